import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Dispatcher } from 'undici';
import type { Deadline, Deadlines } from '../../runtime/deadlines.js';
import { type DialTarget, dial } from './connect.js';
import { Http2Exchange } from './http2-exchange.js';

/** What a pool needs of a connection to an origin, whatever that speaks. Busy with one request at a time. */
export interface OriginClient {
  dispatch(request: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): unknown;
  /** Once the request in progress is over. */
  close(): unknown;
  /** Now. */
  destroy(): unknown;
}

export interface NegotiatedClientOptions {
  /** With TLS. */
  readonly target: DialTarget;
  readonly deadlines: Deadlines;
  /** Milliseconds that an unused connection is kept. */
  readonly keepAlive: number;
  /** Bytes of a response's headers. */
  readonly maxHeaderSize: number;
  /** The origin speaks HTTP/1.1: takes the connection over. */
  readonly overHttp1: (socket: Socket) => OriginClient;
  readonly connected: () => void;
  readonly disconnected: () => void;
}

/** What the connector takes in of a response before it is read: the tunnel's own streams take as much. */
const WINDOW = 256 * 1024;

/**
 * A connection to an origin that is offered HTTP/2 in the TLS handshake, and spoken to as it chooses: cloudflared's
 * `http2Origin` (docs/reference/api.md 5.3). Not undici's `allowH2`: that one ends a response when its trailers come,
 * whether its body was read or not.
 */
export class NegotiatedClient implements OriginClient {
  private session: ClientHttp2Session | undefined;
  private http1: OriginClient | undefined;
  private cancelDial: (() => void) | undefined;
  private unused: Deadline | undefined;
  private busy = false;
  private closing = false;

  constructor(private readonly options: NegotiatedClientOptions) {}

  dispatch(request: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
    if (this.http1) {
      this.http1.dispatch(request, handler);
      return;
    }
    this.busy = true;
    this.unused?.cancel();
    const exchange = new Http2Exchange(request, handler, () => this.requestOver());
    if (this.session) exchange.send(this.session);
    else this.connect(exchange, request, handler);
  }

  private connect(
    exchange: Http2Exchange,
    request: Dispatcher.DispatchOptions,
    handler: Dispatcher.DispatchHandler,
  ): void {
    const { target, deadlines, overHttp1 } = this.options;
    this.cancelDial = dial(target, deadlines, (error, socket) => {
      this.cancelDial = undefined;
      if (error) exchange.fail(error);
      else if ((socket as TLSSocket).alpnProtocol === 'h2') {
        this.session = this.open(socket);
        exchange.send(this.session);
      } else {
        this.http1 = overHttp1(socket);
        this.http1.dispatch(request, handler);
      }
    });
  }

  private open(socket: Socket): ClientHttp2Session {
    const session = connectHttp2('https://origin', {
      createConnection: () => socket,
      settings: { enablePush: false, initialWindowSize: WINDOW, maxHeaderListSize: this.options.maxHeaderSize },
    });
    session.on('error', () => undefined);
    session.on('goaway', () => this.lose(session));
    session.on('close', () => this.lose(session));
    this.options.connected();
    return session;
  }

  /** It takes no further requests; the one in progress may still be answered. */
  private lose(session: ClientHttp2Session): void {
    if (this.session !== session) return;
    this.session = undefined;
    this.unused?.cancel();
    if (!session.closed) session.close();
    this.options.disconnected();
  }

  private requestOver(): void {
    this.busy = false;
    const { session } = this;
    if (!session) return;
    if (this.closing) session.close();
    else this.unused = this.options.deadlines.after(this.options.keepAlive, () => session.close());
  }

  close(): void {
    this.closing = true;
    this.unused?.cancel();
    this.http1?.close();
    if (!this.busy) this.session?.close();
  }

  destroy(): void {
    this.closing = true;
    this.unused?.cancel();
    this.cancelDial?.();
    this.http1?.destroy();
    this.session?.destroy();
  }
}
