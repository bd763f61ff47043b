import type { Duplex, Readable } from 'node:stream';
import type { TunnelConfiguration } from '../state/objects.js';

/**
 * Why an exchange with an endpoint or connector failed.
 *
 * - `refused`, `timeout`, `unreachable`: dialling the service failed so.
 * - `no_connector`: nobody there to take it. - `overloaded`: they are there, but have no room.
 * - `unspecified`: the connector only said that it failed (cloudflared's bare 502).
 * - `lost`: the connection broke. - `reset`: the other side gave the exchange up.
 * - `tls`, `certificate`: the handshake failed, or the certificate is not accepted.
 * - `invalid_response`: what came back is not HTTP. - `response_timeout`: no response head in time, or it stopped after the head.
 * - `dns`: the name does not resolve. - `aborted`: we gave up, because the client went away.
 */
export type FailureKind =
  | 'refused'
  | 'timeout'
  | 'unreachable'
  | 'no_connector'
  | 'overloaded'
  | 'unspecified'
  | 'lost'
  | 'reset'
  | 'tls'
  | 'certificate'
  | 'invalid_response'
  | 'response_timeout'
  | 'dns'
  | 'aborted';

export interface Failure {
  readonly kind: FailureKind;
  /** One sentence for people: what was being done and what happened. */
  readonly detail: string;
  /** True when certainly nothing of the request reached an origin, so that it may be sent again whatever its method. */
  readonly unsent: boolean;
  /** The system's or TLS library's own code, e.g. `ERR_TLS_CERT_ALTNAME_INVALID`, where there was one. */
  readonly code?: string;
}

/** A request towards an origin. Header lists are flat: name, value, name, value. */
export interface RequestHead {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly scheme: 'http' | 'https';
  /** What the origin gets as Host; for a tunnel, what its ingress rules match. */
  readonly authority: string;
  readonly headers: readonly string[];
}

export interface ResponseHead {
  readonly status: number;
  readonly headers: readonly string[];
  /** Whether the origin answered, or the connector in its place. */
  readonly source: 'origin' | 'connector';
  /** The connector's own words for an answer that it gave by itself: which one, by which rule, and why. */
  readonly detail?: string;
}

/** Receives one response. `head` comes at most once and first; then data; then exactly one of `end` and `fail`. Nothing is called after that, nor after `abort`. */
export interface ResponseHandler {
  head(head: ResponseHead): void;
  /** Returns false to be sent no more until {@link Exchange.resume}; what is in flight may still come. */
  data(chunk: Buffer): boolean;
  end(trailers: readonly string[]): void;
  fail(failure: Failure): void;
}

/** One request in progress, as its sender holds it. */
export interface Exchange {
  /** Lets data flow again after the handler answered false. */
  resume(): void;
  /** Gives the request up; the other side is told. Idempotent; nothing is called afterwards. */
  abort(): void;
}

/** Bytes both ways: what an upgraded request or a dialled address gives. */
export type UpgradeResult =
  | { readonly accepted: true; readonly head: ResponseHead; readonly stream: Duplex }
  /** The origin refused the upgrade: its answer is passed on, body and all. */
  | { readonly accepted: false; readonly head: ResponseHead; readonly body: Readable };

/** Somewhere a request can be sent: a tunnel's connection, a public address, a routed private address. Failures of promises are {@link FailureError}. */
export interface Upstream {
  /** `body` is null for requests without one. It is read only as fast as the other side takes it. */
  request(head: RequestHead, body: Readable | null, handler: ResponseHandler): Exchange;
  upgrade(head: RequestHead, signal: AbortSignal): Promise<UpgradeResult>;
}

/**
 * One of a connector's connections: it ends in one data center, whatever it speaks. Whoever holds one knows
 * only this; what it cannot do is said by `capabilities`, never by its class.
 */
export interface Connection extends Upstream {
  readonly id: string;
  readonly tunnelId: string;
  readonly connectorId: string;
  /** 0 to 3: which of the connector's connections. */
  readonly index: number;
  /** Code of the data center it ends in. */
  readonly dataCenter: string;
  /** IATA code of where the connector says it stands; absent: it does not say. */
  readonly location?: string;
  /** Code of the data center whose address it dialled, in which it ends while that runs; absent: it dialled none. */
  readonly home?: string;
  readonly openedAt: number;
  readonly version: string;
  readonly originIp: string;
  readonly capabilities: { readonly upgrade: boolean; readonly tcp: boolean };
  /** Version of the pushed configuration that the connector last acknowledged; 0 before the first. */
  readonly configVersion: number;
  /** What the connector reported as its own configuration; absent when it takes the edge's. */
  readonly localConfiguration?: TunnelConfiguration;
  /**
   * Whether it takes new requests: from the moment in which the connector has answered its first configuration, because
   * before that it has no rules to answer by, until it says that it is leaving. What is open then goes on.
   */
  readonly accepting: boolean;
  /** The connector said that it is leaving, or was told to. */
  readonly leaving: boolean;
  /** It has as many open as it may have, and therefore does not accept. */
  readonly full: boolean;
  /** Requests, upgrades and dials now open. */
  readonly open: number;
  /** Opens a TCP connection from where the connector stands. */
  dial(ip: string, port: number, signal: AbortSignal): Promise<Duplex>;
  /**
   * Pushes a configuration (null: the connector keeps its own) and the networks it may dial; resolves with the
   * version the connector acknowledged.
   */
  configure(version: number, config: TunnelConfiguration | null, networks: readonly string[]): Promise<number>;
  /** Has the connector dial in anew: it gets nothing new here, and the connection closes once what is open is done. */
  redial(reason: string): void;
  close(reason: string): void;
}

/** How a promise of an {@link Upstream} fails. */
export class FailureError extends Error {
  override readonly name = 'FailureError';
  constructor(
    readonly failure: Failure,
    options?: ErrorOptions,
  ) {
    super(failure.detail, options);
  }
}
