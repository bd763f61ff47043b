import type { Socket } from 'node:net';
import { Client, type Dispatcher } from 'undici';
import type { Deadlines } from '../../runtime/deadlines.js';
import type { OriginRequest } from '../ingress/origin-request.js';
import type { Service } from '../ingress/service.js';
import { type DialError, type DialTarget, dial } from './connect.js';

export type OriginService = Extract<Service, { kind: 'origin' }>;

/** One connection to an origin, busy with one request at a time. */
export interface Slot {
  readonly client: Client;
  /** Responses since the socket was opened: above zero, a request that dies at once may have met a stale socket. */
  served: number;
}

/** An idle connection is kept for 90 seconds, as cloudflared keeps it, or less if the origin says so. */
const KEEP_ALIVE = 90_000;
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

  constructor(
    readonly service: OriginService,
    readonly settings: OriginRequest,
    private readonly deadlines: Deadlines,
    private readonly report: (failing: boolean, origin: string, detail: string) => void,
  ) {}

  /** `http://localhost:3000` */
  get origin(): string {
    return originText(this.service);
  }

  /** How to reach the origin, for requests and upgrades alike. */
  target(halfOpen: boolean): DialTarget {
    const { service, settings } = this;
    return {
      host: service.host,
      port: service.port,
      connectTimeout: settings.connectTimeout,
      halfOpen,
      ...(service.scheme === 'http'
        ? {}
        : {
            tls: {
              timeout: settings.tlsTimeout,
              serverName: settings.originServerName || service.host,
              verify: !settings.noTLSVerify,
            },
          }),
    };
  }

  /** Sends a request over a free connection, or a new one. The caller gives the slot back with `release` or `discard`. */
  dispatch(
    request: Dispatcher.DispatchOptions,
    handler: Dispatcher.DispatchHandler,
    fresh: boolean,
    take: (slot: Slot) => void,
  ): void {
    // The connection that was free last: it is warm, and the others may time out.
    const slot = (fresh ? undefined : this.idle.pop()) ?? this.open();
    take(slot);
    slot.client.dispatch(request, handler);
  }

  release(slot: Slot): void {
    slot.served++;
    this.works();
    if (this.closing) void slot.client.close();
    else this.idle.push(slot);
  }

  discard(slot: Slot): void {
    void slot.client.destroy();
  }

  /** Says once, not for every request, that an origin fails, and once that it is back. */
  fails(detail: string): void {
    if (this.failing) return;
    this.failing = true;
    this.report(true, this.origin, detail);
  }

  works(): void {
    if (!this.failing) return;
    this.failing = false;
    this.report(false, this.origin, '');
  }

  /** No rule uses it any more: requests in progress finish, then it is gone. */
  retire(): void {
    this.closing = true;
    for (const slot of this.idle.splice(0)) void slot.client.close();
  }

  private open(): Slot {
    const client = new Client(this.origin, {
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE,
      maxHeaderSize: MAX_RESPONSE_HEADERS,
      // The edge owns these deadlines: it knows the client, and resets the stream.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: (_, done) => {
        dial(this.target(false), this.deadlines, (...result: [null, Socket] | [DialError, null]) => done(...result));
      },
    });
    const slot: Slot = { client, served: 0 };
    client.on('connect', () => {
      slot.served = 0;
    });
    client.on('disconnect', () => {
      const at = this.idle.indexOf(slot);
      if (at === -1) return;
      this.idle.splice(at, 1);
      void client.close();
    });
    return slot;
  }
}

export function originText(service: OriginService): string {
  const host = service.host.includes(':') ? `[${service.host}]` : service.host;
  return `${service.scheme}://${host}:${service.port}`;
}
