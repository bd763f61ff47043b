import type { Socket } from 'node:net';
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import { Client, type Dispatcher } from 'undici';
import { hostnameOf } from '../../protocol/rule-match.js';
import type { Deadlines } from '../../runtime/deadlines.js';
import type { Detour } from '../../runtime/detour.js';
import type { OriginRequest } from '../ingress/origin-request.js';
import { type Service, serviceText } from '../ingress/service.js';
import { type DialError, type DialTarget, dial } from './connect.js';
import { NegotiatedClient, type OriginClient } from './http2-client.js';

export type OriginService = Extract<Service, { kind: 'origin' }>;

/** One connection to an origin, busy with one request at a time. */
export interface Slot {
  readonly client: OriginClient;
  /** What its TLS was asked for; the same for all connections of most pools. */
  readonly serverName: string;
  /** Responses since the socket was opened: above zero, a request that dies at once may have met a stale socket. */
  served: number;
}

/** Kept until the origin closes it: the longest that a timer takes, 24 days. */
const FOR_EVER = 2 ** 31 - 1;
/** Cloudflare accepts 128 KB of response headers (docs/reference/load-balancing.md 10, error 520). */
const MAX_RESPONSE_HEADERS = 128 * 1024;

/**
 * Connections to one origin. Not undici's `Pool`: that one does not tell whether a request went out on a
 * used socket (so a retry would be a guess), looks for a free connection one by one, and never forgets one.
 * The streams of the tunnel's connections bound how many there can be; a lower bound here would let
 * long-lived responses starve the rest.
 */
export class OriginPool {
  private readonly idle: Slot[] = [];
  private closing = false;
  private failing = false;
  private trusted: SecureContext | undefined;

  constructor(
    readonly service: OriginService,
    readonly settings: OriginRequest,
    private readonly deadlines: Deadlines,
    /** It works again after it had failed. */
    private readonly recovered: (origin: string) => void,
    private readonly detour?: Detour,
  ) {}

  /** What TLS asks for and checks for a request with this Host. */
  serverName(host: string): string {
    const { service, settings } = this;
    // Without TLS every connection serves every host.
    if (service.scheme === 'http') return '';
    // A unix socket has no name of its own: like cloudflared, the request's is taken.
    if (settings.matchSNItoHost || (settings.originServerName === '' && service.socketPath !== undefined))
      return hostnameOf(host).replace(/^\[|\]$/g, '');
    return settings.originServerName || service.host;
  }

  /** How to reach the origin, for requests and upgrades alike. */
  target(halfOpen: boolean, serverName: string): DialTarget {
    const { service, settings } = this;
    return {
      host: service.host,
      port: service.port,
      ...(service.socketPath === undefined
        ? { elsewhere: this.detour?.(service.host, service.port) }
        : { socketPath: service.socketPath }),
      connectTimeout: settings.connectTimeout,
      tcpKeepAlive: settings.tcpKeepAlive,
      noHappyEyeballs: settings.noHappyEyeballs,
      halfOpen,
      ...(service.scheme === 'http'
        ? {}
        : {
            tls: {
              timeout: settings.tlsTimeout,
              serverName,
              verify: !settings.noTLSVerify,
              ...(settings.caPool === '' ? {} : { context: this.trust() }),
            },
          }),
    };
  }

  /** Sends a request over a free connection, or a new one. The caller gives the slot back with `release` or `discard`. */
  dispatch(
    request: Dispatcher.DispatchOptions,
    serverName: string,
    handler: Dispatcher.DispatchHandler,
    fresh: boolean,
    take: (slot: Slot) => void,
  ): void {
    const slot = (fresh ? undefined : this.takeIdle(serverName)) ?? this.open(serverName);
    take(slot);
    slot.client.dispatch(request, handler);
  }

  release(slot: Slot): void {
    slot.served++;
    this.works();
    if (this.closing || this.idle.length >= this.settings.keepAliveConnections) void slot.client.close();
    else this.idle.push(slot);
  }

  discard(slot: Slot): void {
    void slot.client.destroy();
  }

  fails(): void {
    this.failing = true;
  }

  works(): void {
    if (!this.failing) return;
    this.failing = false;
    this.recovered(serviceText(this.service));
  }

  /** No rule uses it any more: requests in progress finish, then it is gone. */
  retire(): void {
    this.closing = true;
    for (const slot of this.idle.splice(0)) void slot.client.close();
  }

  /** The connection that was free last: it is warm, and the others may time out. */
  private takeIdle(serverName: string): Slot | undefined {
    if (this.idle.at(-1)?.serverName === serverName) return this.idle.pop();
    const at = this.idle.findLastIndex((slot) => slot.serverName === serverName);
    return at === -1 ? undefined : this.idle.splice(at, 1)[0];
  }

  /** Node's authorities and those of `caPool`; made once, because it parses them all. */
  private trust(): SecureContext {
    this.trusted ??= createSecureContext({ ca: [...rootCertificates, this.settings.caPool] });
    return this.trusted;
  }

  private open(serverName: string): Slot {
    const { service, settings } = this;
    const told = {
      connected: () => {
        slot.served = 0;
      },
      disconnected: () => this.forget(slot),
    };
    const client =
      settings.http2Origin && service.scheme === 'https'
        ? this.negotiated(serverName, told)
        : this.overHttp1(serverName, told);
    const slot: Slot = { client, serverName, served: 0 };
    return slot;
  }

  private forget(slot: Slot): void {
    const at = this.idle.indexOf(slot);
    if (at === -1) return;
    this.idle.splice(at, 1);
    void slot.client.close();
  }

  /** Milliseconds. */
  private get keepAlive(): number {
    return this.settings.keepAliveTimeout || FOR_EVER;
  }

  private negotiated(serverName: string, told: Told): OriginClient {
    const target = this.target(false, serverName);
    return new NegotiatedClient({
      target: target.tls ? { ...target, tls: { ...target.tls, http2: true } } : target,
      deadlines: this.deadlines,
      keepAlive: this.keepAlive,
      maxHeaderSize: MAX_RESPONSE_HEADERS,
      overHttp1: (socket) => this.overHttp1(serverName, told, socket),
      ...told,
    });
  }

  /** @param first a connection that is there already */
  private overHttp1(serverName: string, { connected, disconnected }: Told, first?: Socket): OriginClient {
    const { service } = this;
    const host = service.host.includes(':') ? `[${service.host}]` : service.host;
    let ready = first;
    const client = new Client(`${service.scheme}://${host}:${service.port}`, {
      pipelining: 1,
      keepAliveTimeout: this.keepAlive,
      // The origin may say less, not more.
      keepAliveMaxTimeout: this.keepAlive,
      maxHeaderSize: MAX_RESPONSE_HEADERS,
      // The edge owns these deadlines: it knows the client, and resets the stream.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: (_, done) => {
        if (ready) {
          const socket = ready;
          ready = undefined;
          // undici expects it later than its question.
          queueMicrotask(() => done(null, socket));
          return;
        }
        dial(this.target(false, serverName), this.deadlines, (...result: [null, Socket] | [DialError, null]) =>
          done(...result),
        );
      },
    });
    client.on('connect', connected);
    client.on('disconnect', disconnected);
    return client;
  }
}

/** What a connection tells of itself. */
interface Told {
  readonly connected: () => void;
  readonly disconnected: () => void;
}
