import type { Duplex } from 'node:stream';
import { Pool } from 'undici';
import type { Deadlines } from '../../runtime/deadlines.js';
import type { Detour } from '../../runtime/detour.js';
import type { Connection } from '../tunnel/connection.js';
import { type DialPhase, dialer, type UpstreamKey } from './dial.js';
import { HttpUpstream } from './http-upstream.js';
import { MAX_RESPONSE_HEADERS } from './limits.js';
import { SingleUpstream } from './single-upstream.js';

export type { UpstreamKey } from './dial.js';

export interface UpstreamTimeouts {
  /** Seconds until a dial counts as timed out. */
  readonly connect: number;
  /** Seconds that an idle connection to an origin is kept (docs/reference/load-balancing.md 10: 900). */
  readonly idle: number;
}

/** Connections to one origin. More are of no use on one machine, and each costs the origin a socket. */
const CONNECTIONS_PER_ORIGIN = 256;
/** Origins whose connections are kept; the one not used for longest goes first. */
const MAX_UPSTREAMS = 1_000;

/** Keeps connections to origins, by where they lead. */
export class Upstreams {
  private readonly direct = new Map<string, { upstream: HttpUpstream; pool: Pool }>();
  private readonly tunnelled = new Map<Connection, Map<string, { upstream: HttpUpstream; pool: Pool }>>();

  constructor(
    private readonly timeouts: () => UpstreamTimeouts,
    private readonly deadlines: Deadlines,
    /** Where dials from here really lead; not those through a tunnel, which its connector makes. */
    private readonly detour?: Detour,
  ) {}

  /** The way to an origin, made on first use. */
  get(key: UpstreamKey): HttpUpstream {
    const kept = this.keptFor(key.via);
    const name = `${key.secure ? (key.verify ? 'strict' : 'tls') : 'tcp'} ${key.host} ${key.port} ${key.secure ? key.serverName : ''}`;
    let entry = kept.get(name);
    if (entry) {
      // Moves to the young end of the map when it is full enough for that to matter.
      if (kept.size >= MAX_UPSTREAMS) {
        kept.delete(name);
        kept.set(name, entry);
      }
      return entry.upstream;
    }
    entry = this.create(key);
    kept.set(name, entry);
    if (kept.size > MAX_UPSTREAMS) {
      const [oldest, old] = kept.entries().next().value as [string, { pool: Pool }];
      kept.delete(oldest);
      void old.pool.close().catch(() => undefined);
    }
    return entry.upstream;
  }

  /** A way on which every request and every dial takes a connection of its own. `onPhase` follows it. */
  single(key: UpstreamKey, onPhase: (phase: DialPhase) => void): SingleUpstream {
    return new SingleUpstream(key, this.timeouts().connect * 1000, this.deadlines, onPhase, this.detour);
  }

  private keptFor(via: Connection | undefined): Map<string, { upstream: HttpUpstream; pool: Pool }> {
    if (!via) return this.direct;
    let kept = this.tunnelled.get(via);
    if (!kept) {
      kept = new Map();
      this.tunnelled.set(via, kept);
    }
    return kept;
  }

  private create(key: UpstreamKey): { upstream: HttpUpstream; pool: Pool } {
    const dial = dialer(key, this.timeouts().connect * 1000, this.deadlines, this.detour);
    const { host, port, secure } = key;
    const authority = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
    const pool = new Pool(`${secure ? 'https' : 'http'}://${authority}`, {
      connections: CONNECTIONS_PER_ORIGIN,
      pipelining: 1,
      keepAliveTimeout: this.timeouts().idle * 1000,
      keepAliveMaxTimeout: this.timeouts().idle * 1000,
      maxHeaderSize: MAX_RESPONSE_HEADERS,
      connect: (options, done) => void dial(options, done),
    });
    const open = (signal: AbortSignal): Promise<Duplex> =>
      new Promise((resolve, reject) => {
        const options = {
          hostname: host,
          host: authority,
          protocol: secure ? 'https:' : 'http:',
          port: String(port),
          servername: key.serverName,
        };
        const givenUp = (): void => {
          cancel();
          reject(signal.reason);
        };
        const cancel = dial(options, (error, socket) => {
          signal.removeEventListener('abort', givenUp);
          if (error) reject(error);
          else resolve(socket as Duplex);
        });
        if (signal.aborted) givenUp();
        else signal.addEventListener('abort', givenUp, { once: true });
      });
    return { pool, upstream: new HttpUpstream(pool, open) };
  }

  /** A tunnel's connection is gone, and everything dialled through it. */
  forget(connection: Connection): void {
    const kept = this.tunnelled.get(connection);
    this.tunnelled.delete(connection);
    for (const { pool } of kept?.values() ?? []) void pool.destroy().catch(() => undefined);
  }

  /** A tunnel's connection takes nothing new: what runs through it may finish, what only waits to be used again is closed. */
  retire(connection: Connection): void {
    const kept = this.tunnelled.get(connection);
    this.tunnelled.delete(connection);
    for (const { pool } of kept?.values() ?? []) void pool.close().catch(() => undefined);
  }

  /** Lets what is open finish and dials anew from now on, as after a change of the timeouts. */
  renew(): void {
    for (const pool of this.empty()) void pool.close().catch(() => undefined);
  }

  async close(): Promise<void> {
    await Promise.all(this.empty().map((pool) => pool.destroy().catch(() => undefined)));
  }

  private empty(): Pool[] {
    const pools = [this.direct, ...this.tunnelled.values()].flatMap((kept) =>
      [...kept.values()].map((entry) => entry.pool),
    );
    this.direct.clear();
    this.tunnelled.clear();
    return pools;
  }
}
