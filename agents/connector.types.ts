import type { Deadlines } from '../runtime/deadlines.js';
import type { Detour } from '../runtime/detour.js';
import type { Rng } from '../runtime/rng.js';

/** Where the connector writes what it does. pino's loggers fit, and so does anything else with these four. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface ConnectorOptions {
  /** Its UUID. Default: one that nobody else has. */
  readonly id?: string;
  /** Where the edge takes connectors, e.g. `ws://127.0.0.1:7843`. `http` and `https` mean `ws` and `wss`. */
  readonly edge: string;
  /** The tunnel's token. Needed unless one of the two below, or a `credentials-file` in the configuration file, has it. */
  readonly token?: string;
  /** A file with the token. */
  readonly tokenFile?: string;
  /** cloudflared's credentials file, in place of a token. */
  readonly credentialsFile?: string;
  /** IATA code of the data center this connector stands closest to. Absent: the edge's default data center. */
  readonly location?: string;
  /** cloudflared's `config.yml`. */
  readonly configFile?: string;
  /** cloudflared's configuration document (docs/reference/api.md 5.3), in place of a file. */
  readonly config?: unknown;
  /** One service for every request, as cloudflared's `--url`. A configuration file with ingress rules wins over it. */
  readonly service?: string;
  /** `CIDR=CIDR` or `IP:PORT=HOST:PORT`: where dials to private addresses really go. */
  readonly maps?: readonly string[];
  /** The same as a function, for services too: a test's origins listen on ports that were free. */
  readonly detour?: Detour | undefined;
  /** `HOST:PORT` for `/ready` and `/metrics`. Absent: no listener. */
  readonly metrics?: string;
  /** How many connections to hold. Default 4: two in each of two data centers. */
  readonly connections?: number;
  /** How long SIGTERM waits for open requests, in milliseconds. Default 30000. */
  readonly gracePeriodMs?: number;
  readonly deadlines: Deadlines;
  /** Spreads the delays of reconnecting connectors. */
  readonly rng: Rng;
  readonly log: Log;
  /**
   * Mask WebSocket payloads with random keys. Default false: the mask only defends old intermediaries that
   * mistake a payload for HTTP, and costs 93 us instead of 15 us per 16 KiB. Turn it on where the path to
   * the edge crosses a proxy that is not yours.
   */
  readonly maskPayload?: boolean;
}

/** `waiting`: until the next attempt to connect. `leaving`: it takes nothing new, what is open goes on. */
export type ConnectionState = 'waiting' | 'connecting' | 'connected' | 'leaving' | 'closed';

export interface ConnectionStatus {
  readonly index: number;
  /** Code of the data center in which the connection ends; absent until it was registered once. */
  readonly dataCenter?: string;
  readonly state: ConnectionState;
}

export interface Closed {
  /** What the process exits with: 0 after a drain or `close`, 1 when the connector cannot go on. */
  readonly code: number;
  readonly reason: string;
  /** Why it cannot go on. */
  readonly error?: Error;
}

export interface Connector {
  /** UUID of this connector: the same on all its connections. */
  readonly id: string;
  /** Resolves when all wanted connections are registered. Rejects when the connector ends before that. */
  readonly ready: Promise<void>;
  /** Resolves once, when the connector has ended. Never rejects. */
  readonly closed: Promise<Closed>;
  /** Version of the configuration in force; 0 until one was pushed. */
  readonly configVersion: number;
  /** Where `/ready` and `/metrics` listen, `http://HOST:PORT`, once they do. */
  readonly metricsUrl: string | undefined;
  connections(): readonly ConnectionStatus[];
  /** Takes nothing new, lets what is open finish for `graceMs` at most, then closes. */
  drain(graceMs?: number): Promise<void>;
  /** Closes now. What is open is cut off. */
  close(): Promise<void>;
}
