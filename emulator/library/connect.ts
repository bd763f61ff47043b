import type { Connector } from '../../agents/index.js';
import { encodeToken } from '../../protocol/token.js';
import type { Deadlines } from '../../runtime/deadlines.js';
import type { Detour } from '../../runtime/detour.js';
import { defineError } from '../../runtime/errors.js';
import { randomUuid } from '../../runtime/ids.js';
import { createRng } from '../../runtime/rng.js';
import type { Edge } from '../edge.js';
import { DATA_CENTERS } from '../geo/data-centers.js';
import { unknownDataCenter } from '../geo/geography.js';
import { suggestDataCenters } from '../geo/suggest.js';
import type { Log } from '../observe/log.js';
import type { Tunnel } from '../state/objects.js';
import { listenerOff } from './fetch.js';
import { checkOptions, isRecord, type OptionCheck, type OptionTable, TEXT } from './options.js';

export interface ConnectOptions {
  /** Name of the tunnel. */
  readonly tunnel: string;
  /** IATA code of where the connector stands. */
  readonly location?: string;
  /** cloudflared's configuration document, for tunnels that are configured locally. */
  readonly config?: unknown;
  /** `CIDR=CIDR` or `IP:PORT=HOST:PORT`: where dials to private addresses really go. */
  readonly maps?: readonly string[];
  /** How many connections to open. Default 4. */
  readonly connections?: number;
}

/** A connector in this process. */
export interface ConnectedTunnel extends AsyncDisposable {
  /** UUID of the connector. */
  readonly id: string;
  /** Takes nothing new, finishes what is open, leaves. */
  drain(): Promise<void>;
  /** Leaves at once; what is open is cut off. */
  close(): Promise<void>;
}

export const unknownTunnel = defineError<{ name: string; known: readonly string[] }>('UNKNOWN_TUNNEL', {
  message: (d) => `no tunnel is called "${d.name}"`,
  fix: (d) => (d.known.length === 0 ? 'add it to tunnels in the configuration' : `tunnels are: ${d.known.join(', ')}`),
});

export const emulatorClosed = defineError('EMULATOR_CLOSED', {
  message: () => 'the emulator is closed, so nothing can join it or be waited for',
  fix: () => 'await it before close, or start another emulator',
});

const OPTIONS = {
  tunnel: ['the name of a tunnel', TEXT[1]],
  location: ['the code of a data center, e.g. NRT', TEXT[1]],
  config: ["cloudflared's configuration document, an object", isRecord],
  maps: [
    'a list such as ["10.0.0.0/24=127.0.0.0/24"]',
    (value) => Array.isArray(value) && value.every((each) => typeof each === 'string'),
  ],
  connections: ['a number', (value) => typeof value === 'number'],
} as const satisfies Record<keyof ConnectOptions, OptionCheck>;

const CALL: OptionTable = {
  call: 'connect',
  example: "pass at least the name of a tunnel: connect({ tunnel: 'tokyo' })",
  needs: 'tunnel',
  options: OPTIONS,
};

/** The connectors that run in this process, for as long as the edge does. */
export class Connectors {
  private readonly running = new Set<Connector>();
  private ended = false;
  private end: () => void = () => undefined;
  /** Rejects with EMULATOR_CLOSED once `close` is called. */
  private readonly closing: Promise<never>;

  constructor(
    private readonly edge: Edge,
    /** Where the edge takes connectors; undefined when it does not. */
    private readonly url: string | undefined,
    private readonly deadlines: Deadlines,
    private readonly log: Log,
    /** Where their dials really lead. */
    private readonly detour?: Detour,
  ) {
    this.closing = new Promise((_, reject) => {
      this.end = () => reject(emulatorClosed({}));
    });
    // It may be that nobody waits for a connector.
    this.closing.catch(() => undefined);
  }

  /**
   * Starts a connector and waits until all its connections take requests.
   *
   * @throws BAD_OPTION, UNKNOWN_TUNNEL, UNKNOWN_DATA_CENTER, LISTENER_OFF, EMULATOR_CLOSED, or what ends the connector
   */
  async connect(options: ConnectOptions): Promise<ConnectedTunnel> {
    checkOptions(CALL, options);
    const { edge, url, deadlines, log, detour } = this;
    if (this.ended) throw emulatorClosed({});
    if (url === undefined) throw listenerOff({ name: 'connectors' });
    const token = this.tokenOf(options.tunnel);
    checkLocation(options.location);
    const { runConnector } = await import('../../agents/index.js');
    if (this.ended) throw emulatorClosed({});
    const { tunnel: _name, ...rest } = options;
    const rng = createRng(randomUuid());
    const connector = runConnector({ ...rest, edge: url, token, deadlines, rng, log, detour });
    // From here on `close` finds it, however long it takes to connect.
    this.running.add(connector);
    void connector.closed.then(() => this.running.delete(connector));
    try {
      await Promise.race([inService(edge, connector), this.closing]);
    } catch (error) {
      await connector.close();
      throw error;
    }
    return {
      id: connector.id,
      drain: () => connector.drain(),
      close: () => connector.close(),
      [Symbol.asyncDispose]: () => connector.close(),
    };
  }

  /** Ends them all; whoever still waits for one is told. */
  async close(): Promise<void> {
    this.ended = true;
    this.end();
    await Promise.all([...this.running].map((connector) => connector.close()));
  }

  private tokenOf(name: string): string {
    const { account, tunnels } = this.edge.state.read();
    const all: readonly Tunnel[] = [...tunnels.values()];
    const tunnel = all.find((each) => each.name === name);
    if (!tunnel) throw unknownTunnel({ name, known: all.map((each) => each.name) });
    return encodeToken({ accountId: account.id, tunnelId: tunnel.id, secret: tunnel.tunnel_secret });
  }
}

/** @throws UNKNOWN_DATA_CENTER */
function checkLocation(code: string | undefined): void {
  if (code === undefined || DATA_CENTERS.has(code.toUpperCase())) return;
  throw unknownDataCenter({ code, suggestions: suggestDataCenters(code), where: 'the option location' });
}

/**
 * Resolves once the edge gives requests to all connections of a connector: it hears of them after the connector.
 * Rejects when the connector ends before.
 */
async function inService(edge: Edge, connector: Connector): Promise<void> {
  await connector.ready;
  const wanted = connector.connections().length;
  const enough = (): boolean => {
    let accepting = 0;
    for (const connection of edge.connections()) {
      if (connection.connectorId === connector.id && connection.accepting) accepting++;
    }
    return accepting >= wanted;
  };
  if (enough()) return;
  let stop: () => void = () => undefined;
  try {
    await Promise.race([
      new Promise<void>((resolve) => {
        stop = edge.events.subscribe((event) => {
          if (event.type === 'connection.opened' && enough()) resolve();
        });
      }),
      connector.closed.then(({ error }) => {
        throw error ?? emulatorClosed({});
      }),
    ]);
  } finally {
    stop();
  }
}
