import type { Reason } from '../steering/steering.types.js';

/** One attempt to get a request answered by an endpoint. */
export interface AttemptTrace {
  pool?: string;
  endpoint: string;
  address: string;
  tunnel?: string;
  connector?: string;
  /** Data center in which the tunnel's connection ends. */
  egress?: string;
  /** The answer's status, or what failed. */
  status?: number;
  failure?: string;
  /** Modelled round trips of the path's legs, milliseconds. */
  legs?: readonly { readonly from: string; readonly to: string; readonly roundTripMs: number }[];
}

/** What is particular to a connection into a private network. */
export interface PrivateTrace {
  /** How it came in: SOCKS5, or HTTP's CONNECT. */
  readonly protocol: 'socks5' | 'connect';
  readonly port: number;
  /** E-mail address of the user; absent: nobody has to say. */
  readonly user?: string;
  /** Of the virtual network; absent until it is known. */
  name?: string;
}

/** What is particular to a connection to a Spectrum application. */
export interface SpectrumTrace {
  readonly protocol: 'spectrum';
  /** Its name. */
  readonly application: string;
  /** Where the client connected. */
  readonly port: number;
}

/** What is kept of a body. */
export interface RecordedBody {
  /** Its beginning. */
  readonly kept: Buffer;
  /** Whether that is all of it; so it is when there was none. */
  readonly whole: boolean;
}

export interface RecordedMessage {
  /** Flat: name, value, name, value. With their secrets: what shows them hides those. */
  readonly headers: readonly string[];
  readonly body: RecordedBody;
}

/** What `settings.record` has the journal keep of an exchange. */
export interface RecordedExchange {
  /** Host and port as the client wrote them. */
  readonly authority: string;
  /** As the client sent it, minus Colocal-Colo and the like. */
  readonly request: RecordedMessage;
  /** As the client got it. Absent when it got none, or a WebSocket. */
  readonly response?: RecordedMessage;
}

/** Everything the edge knows of one request. Times are model time, milliseconds since the epoch. */
export interface RequestTrace {
  /** 16 hexadecimal digits; `CF-Ray` is this, a hyphen and the data center's code. */
  readonly ray: string;
  readonly startedAt: number;
  endedAt?: number;
  readonly dataCenter: string;
  /** Code of the data center that it would have entered, had that been running. */
  readonly insteadOf?: string;
  readonly country?: string;
  readonly clientIp: string;
  readonly method: string;
  /** `tcp`: a connection into a private network, or to a Spectrum application. */
  readonly scheme: 'http' | 'https' | 'tcp';
  readonly host: string;
  readonly path: string;
  /** Empty for what is not asked for by HTTP. */
  readonly httpVersion: string;
  /** Of a connection into a private network. */
  readonly privateNetwork?: PrivateTrace;
  /** Of a connection to a Spectrum application. */
  readonly spectrum?: SpectrumTrace;
  loadBalancer?: string;
  pool?: string;
  endpoint?: string;
  fallback?: boolean;
  status?: number;
  /** Cloudflare's 1xxx code, when the edge answered with one. */
  error?: number;
  requestBytes: number;
  responseBytes: number;
  readonly attempts: AttemptTrace[];
  reasons: readonly Reason[];
  /** Ray of the request that this one repeats. */
  readonly replayOf?: string;
  /** How it ended: answered whole, given up by the client, or cut off. Absent while a connection is open. */
  outcome?: 'complete' | 'client_closed' | 'cut_off';
  /** Absent: nothing was to be recorded. */
  recorded?: RecordedExchange;
}

/** Keeps the latest requests, bounded by count and by bytes. */
export interface Journal {
  /** Takes a finished request. */
  record(trace: RequestTrace): void;
  /** With or without the data center behind the ray. */
  find(ray: string): RequestTrace | undefined;
  /** Newest first: the latest that fit, or without `matches` the latest of all. */
  list(limit: number, matches?: (trace: RequestTrace) => boolean): readonly RequestTrace[];
  /** Tells of each request as it is recorded. Returns the way to stop. */
  follow(listener: (trace: RequestTrace) => void): () => void;
  clear(): void;
}

/** Something that happened, for `GET /colocal/v1/events` and the log. */
export interface EdgeEvent {
  /** Model time, milliseconds since the epoch. */
  readonly at: number;
  /** Dotted, e.g. `connector.connected`, `connection.lost`, `config.applied`, `config.refused`, `state.changed`. */
  readonly type: string;
  /** One sentence for people. */
  readonly message: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface Events {
  emit(type: string, message: string, data?: Readonly<Record<string, unknown>>): void;
  subscribe(listener: (event: EdgeEvent) => void): () => void;
  /** The latest, oldest first; bounded. */
  recent(): readonly EdgeEvent[];
}
