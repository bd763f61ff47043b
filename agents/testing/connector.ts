import { encodeToken } from '../../protocol/token.js';
import { ManualDeadlines } from '../../runtime/deadlines.js';
import { createRng } from '../../runtime/rng.js';
import { runConnector } from '../connector.js';
import type { Connector, ConnectorOptions, Log } from '../connector.types.js';
import { type TestConnection, TestEdge, type TestEdgeOptions } from './edge.js';

export const TOKEN = encodeToken({
  accountId: '0123456789abcdef0123456789abcdef',
  tunnelId: '6ff42ae2-765d-4adf-8112-31c55c1551ef',
  secret: 'c2VjcmV0',
});

/** A log that keeps its messages, with what went with them. */
export class TestLog implements Log {
  readonly lines: string[] = [];
  private readonly write = (fields: object, message: string): void => {
    this.lines.push(`${message} ${JSON.stringify(fields)}`);
  };
  debug = this.write;
  info = this.write;
  warn = this.write;
  error = this.write;
}

type Given = Partial<ConnectorOptions>;

/** Time stands still unless a test lets it pass. */
export function startConnector(
  edge: string,
  given: Given = {},
): Connector & { readonly log: TestLog; readonly time: ManualDeadlines } {
  const log = new TestLog();
  const time = new ManualDeadlines();
  const connector = runConnector({
    edge,
    token: TOKEN,
    deadlines: time,
    rng: createRng('test'),
    log,
    connections: 1,
    ...given,
  });
  return Object.assign(connector, { log, time });
}

export interface Setup {
  readonly edge: TestEdge;
  readonly connector: ReturnType<typeof startConnector>;
  readonly connection: TestConnection;
  close(): Promise<void>;
}

/** An edge and a connector with one connection, the edge's configuration applied. */
export async function connected(edgeOptions: TestEdgeOptions = {}, given: Given = {}): Promise<Setup> {
  const edge = await TestEdge.open(edgeOptions);
  const connector = startConnector(edge.url, given);
  const connection = await edge.connection();
  return {
    edge,
    connector,
    connection,
    async close() {
      await connector.close();
      await edge.close();
    },
  };
}

/** One rule for everything. */
export function everythingTo(service: string, originRequest: object = {}): object {
  return { ingress: [{ service, originRequest }] };
}
