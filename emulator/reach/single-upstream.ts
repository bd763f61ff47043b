import { lookup } from 'node:dns';
import { type ClientRequest, type IncomingMessage, request as startRequest } from 'node:http';
import { connect as connectTcp, type LookupFunction } from 'node:net';
import type { Duplex, Readable } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import type { Deadlines } from '../../runtime/deadlines.js';
import type { Detour } from '../../runtime/detour.js';
import { type Exchange, FailureError, type RequestHead, type ResponseHandler } from '../tunnel/connection.js';
import { Dialling, type DialPhase, type SocketOpener, type UpstreamKey } from './dial.js';
import { failureOfError } from './dial-failure.js';
import { MAX_RESPONSE_HEADERS } from './limits.js';

/**
 * A way to an origin on which every request and every dial takes a connection of its own, as probes do. A name is
 * looked up each time and its IPv4 address taken, IPv6 only where there is no other
 * (docs/reference/load-balancing.md 2.1); without a server name none is sent. Node's own client, because undici's
 * costs twice as much where a connection serves only once.
 */
export class SingleUpstream {
  /**
   * @param timeout milliseconds for the connection, and again for the handshake on it
   * @param onPhase told how far the connection has come
   * @param detour where dials from here really lead
   */
  constructor(
    private readonly key: UpstreamKey,
    private readonly timeout: number,
    private readonly deadlines: Deadlines,
    private readonly onPhase: (phase: DialPhase) => void,
    private readonly detour?: Detour,
  ) {}

  request(head: RequestHead, body: Readable | null, handler: ResponseHandler): Exchange {
    return new SingleExchange(head, body, handler, (done) => this.dial(done));
  }

  /** Opens a connection. Fails with the error of the dial. */
  readonly connect = (signal: AbortSignal): Promise<Duplex> =>
    new Promise((resolve, reject) => {
      const givenUp = (): void => {
        cancel();
        reject(signal.reason);
      };
      const cancel = this.dial((error, socket) => {
        signal.removeEventListener('abort', givenUp);
        if (socket) resolve(socket);
        else reject(error);
      });
      if (signal.aborted) givenUp();
      else signal.addEventListener('abort', givenUp, { once: true });
    });

  /** Returns how to give it up; `done` is not called after that. */
  private dial(done: Dialled): () => void {
    return new Dialling(this.key, this.timeout, this.deadlines, done, this.onPhase).start(this.open);
  }

  private readonly open: SocketOpener = (over, done) => {
    const { via, host, port, secure, serverName, verify } = this.key;
    const elsewhere = via ? undefined : this.detour?.(host, port);
    const to = { host, port, ...elsewhere, lookup: ipv4First, autoSelectFamily: false };
    const socket = secure
      ? connectTls({
          ...to,
          ...(over ? { socket: over } : {}),
          ...(serverName === '' ? {} : { servername: serverName }),
          rejectUnauthorized: verify,
          ALPNProtocols: ['http/1.1'],
          // docs/reference/load-balancing.md 2.2: TLS 1.0 or newer, which OpenSSL allows at this level only.
          minVersion: 'TLSv1',
          ciphers: 'DEFAULT@SECLEVEL=0',
        })
      : connectTcp(to);
    return socket
      .once(secure ? 'secureConnect' : 'connect', () => done(null, socket))
      .on('error', (error) => done(error, null));
  };
}

function brokenOff(): FailureError {
  return new FailureError({
    kind: 'reset',
    detail: 'the connection was closed before the answer ended',
    unsent: false,
  });
}

type Dialled = (...result: [error: null, socket: Duplex] | [error: Error, socket: null]) => void;

const ipv4First: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, verbatim: false }, callback);
};

/** One request on its own connection. */
class SingleExchange implements Exchange {
  private readonly outgoing: ClientRequest;
  private incoming: IncomingMessage | undefined;
  private cancelDial: () => void = () => undefined;
  private over = false;

  constructor(
    head: RequestHead,
    body: Readable | null,
    private readonly handler: ResponseHandler,
    dial: (done: Dialled) => () => void,
  ) {
    this.outgoing = startRequest({
      method: head.method,
      path: head.path,
      headers: ['Host', head.authority, ...head.headers, 'Connection', 'close'],
      maxHeaderSize: MAX_RESPONSE_HEADERS,
      createConnection: (_options, done) => {
        this.cancelDial = dial((error, socket) => {
          if (socket) done(null, socket);
          else done(error, undefined as never);
        });
        // The connection comes by the callback.
        return undefined;
      },
    });
    this.outgoing.on('response', (incoming) => this.answered(incoming));
    this.outgoing.on('error', (error) => this.failed(error));
    // Node closes what switches protocols unasked without another word.
    this.outgoing.on('close', () => {
      if (!this.incoming) this.failed(brokenOff());
    });
    if (body) body.pipe(this.outgoing);
    else this.outgoing.end();
  }

  private answered(incoming: IncomingMessage): void {
    if (this.over) return;
    this.incoming = incoming;
    incoming.on('data', (chunk: Buffer) => {
      if (!this.over && !this.handler.data(chunk)) incoming.pause();
    });
    incoming.on('end', () => {
      if (this.over) return;
      this.over = true;
      this.handler.end(incoming.rawTrailers);
    });
    incoming.on('error', (error) => this.failed(error));
    incoming.on('close', () => this.failed(brokenOff()));
    this.handler.head({ status: incoming.statusCode ?? 0, headers: incoming.rawHeaders, source: 'origin' });
  }

  private failed(error: Error): void {
    if (this.over) return;
    this.over = true;
    this.handler.fail(failureOfError(error));
  }

  resume(): void {
    this.incoming?.resume();
  }

  abort(): void {
    if (!this.over) this.cancelDial();
    this.over = true;
    this.outgoing.destroy();
  }
}
