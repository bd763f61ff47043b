import type { Readable } from 'node:stream';
import { createClock } from '../../runtime/clock.js';
import { ManualDeadlines } from '../../runtime/deadlines.js';
import { createRng } from '../../runtime/rng.js';
import { accountOf, applyConfig, type ConfigInput, configFromObject } from '../config/index.js';
import { createGeography } from '../geo/geography.js';
import { createJournal } from '../observe/journal.js';
import { createMetrics } from '../observe/metrics.js';
import type { RecordSettings } from '../state/objects.js';
import { createState } from '../state/state.js';
import { compileSnapshot } from '../steering/compile.js';
import type { Endpoint as SteeredEndpoint } from '../steering/steering.types.js';
import type { FailureKind, RequestHead, ResponseHandler } from '../tunnel/connection.js';
import type { ClientRequest, ClientResponse } from './exchange.js';
import { createForwarder } from './forward.js';
import { createErrorPages } from './pages.js';

/** What an endpoint of these tests does with a request. */
export type Endpoint = (head: RequestHead, body: Readable | null, handler: ResponseHandler) => void;

/** Answers 200 with the body that it got. */
export const answering: Endpoint = (_head, body, handler) => {
  const chunks: Buffer[] = [];
  const done = (): void => {
    handler.head({ status: 200, headers: [], source: 'origin' });
    handler.data(Buffer.concat(chunks));
    handler.end([]);
  };
  if (body) body.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', done);
  else queueMicrotask(done);
};

export const failing =
  (kind: FailureKind, unsent = true): Endpoint =>
  (_head, _body, handler) =>
    queueMicrotask(() => handler.fail({ kind, detail: 'as the test wants it', unsent }));

export type ForwarderRequest = Partial<
  Pick<ClientRequest, 'method' | 'host' | 'body' | 'headers' | 'scheme' | 'path'> & { readonly clientIp: string }
>;

export interface Exchanged {
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: string;
  readonly attempts: number;
  /** Names of the endpoints, in the order in which they were tried. */
  readonly tried: readonly string[];
  readonly failures: readonly (string | undefined)[];
  readonly lastFailover: string | undefined;
  /** What became of the request's session, if one was looked for. */
  readonly session: string | undefined;
  header(name: string): string | undefined;
}

export interface ForwarderOptions {
  readonly config?: ConfigInput;
  /** Default: nothing. */
  readonly record?: RecordSettings;
  /** What the endpoint does that is tried now. */
  readonly endpoint: (endpoint: SteeredEndpoint) => Endpoint | undefined;
}

/** A forwarder whose endpoints are functions: no sockets, and time that stands still until `advance`. */
export function useForwarder({ config: input = POOL, endpoint, record = NOTHING_RECORDED }: ForwarderOptions) {
  const deadlines = new ManualDeadlines();
  const clock = createClock({ mode: 'manual', deadlines });
  const config = configFromObject(input);
  const state = createState({ clock, account: accountOf(config) });
  applyConfig(state, config);
  const snapshot = compileSnapshot(state.read());
  const journal = createJournal();
  const opened = new Map<unknown, SteeredEndpoint>();
  const forwarder = createForwarder(
    {
      snapshot: () => snapshot,
      zone: (id) => state.read().zones.get(id),
      tunnelName: () => undefined,
      settings: () => ({ routeHeader: true, record, responseTimeout: 120, idleTimeout: 900 }),
      health: { healthOf: () => undefined, roundTripOf: () => undefined },
      reach: {
        isFull: () => false,
        whyNone: () => [],
        resolve: (to) => {
          const path = {
            kind: 'public' as const,
            endpoint: to,
            host: to.address,
            port: to.port,
            secure: false,
            legs: [],
          };
          opened.set(path, to);
          return path;
        },
        preview: () => ({ legs: [] }),
        open: (path) => ({
          request: (head, body, handler) => {
            const to = opened.get(path);
            if (to) endpoint(to)?.(head, body, handler);
            return { resume: () => undefined, abort: () => undefined };
          },
          switching: { by: 'edge', connect: () => Promise.reject(new Error('not in these tests')) },
          legs: [],
        }),
      },
      journal,
      metrics: createMetrics(),
      deadlines,
      now: () => clock.now(),
      pages: createErrorPages(),
      failedAttempts: { note: () => undefined },
    },
    createRng(1),
  );

  /** Sends a request and waits for the end of the answer. */
  const ask = async ({ clientIp = '127.0.0.1', ...request }: ForwarderRequest = {}): Promise<Exchanged> => {
    const answer = { status: 0, body: '', headers: [] as readonly string[] };
    await new Promise<void>((resolve) => {
      const response: ClientResponse = {
        continue: () => undefined,
        head: (status, headers) => {
          answer.status = status;
          answer.headers = headers;
        },
        write: (chunk) => {
          answer.body += chunk;
          return true;
        },
        end: () => resolve(),
        destroy: () => resolve(),
        onDrain: () => undefined,
        onClose: () => undefined,
        headSent: false,
      };
      const dataCenter = createGeography(['NRT']).default;
      const host = request.host ?? 'app.example.com';
      forwarder.handle(
        {
          method: 'GET',
          scheme: 'http',
          host,
          authority: host,
          path: '/',
          httpVersion: '1.1',
          headers: [],
          body: null,
          expectsContinue: false,
          vantage: { dataCenter, clientIp, clientPort: 1, reasons: [] },
          ...request,
        },
        response,
      );
    });
    const [trace] = journal.list(1);
    return {
      ...answer,
      attempts: trace?.attempts.length ?? 0,
      tried: trace?.attempts.map((attempt) => attempt.endpoint) ?? [],
      failures: trace?.attempts.map((attempt) => attempt.failure) ?? [],
      lastFailover: trace?.reasons.filter(({ step }) => step === 'failover').at(-1)?.detail,
      session: trace?.reasons.find(({ step }) => step === 'session')?.outcome,
      header(name) {
        const at = answer.headers.findIndex((each, index) => index % 2 === 0 && each.toLowerCase() === name);
        return at < 0 ? undefined : answer.headers[at + 1];
      },
    };
  };
  /** Outstanding requests and open connections of a pool. */
  const counts = (name: string): readonly number[] => {
    const id = [...state.read().pools.values()].find((pool) => pool.name === name)?.id ?? '';
    const { observations } = forwarder;
    return [observations.outstanding(id), observations.openConnections(id)];
  };
  return { ask, forwarder, journal, counts, advance: (by: number) => clock.advance(by) };
}

const NOTHING_RECORDED: RecordSettings = { headers: false, bodies: 0 };

/** Three endpoints behind a name, and a DNS record with two addresses. */
const POOL: ConfigInput = {
  zones: [
    {
      name: 'example.com',
      load_balancers: [{ name: 'app.example.com', proxied: true, default_pools: ['pool'] }],
      dns_records: ['192.0.2.1', '192.0.2.2'].map((content) => ({ name: 'www', type: 'A', content, proxied: true })),
    },
  ],
  pools: [{ name: 'pool', origins: ['a', 'b', 'c'].map((name, index) => ({ name, address: `192.0.2.${index + 1}` })) }],
};
