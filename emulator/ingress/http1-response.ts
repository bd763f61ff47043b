import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { messageOf } from '../../runtime/errors.js';
import type { ClientResponse } from '../forward/exchange.js';
import type { Http1Connection } from './http1-connection.js';
import type { ClientMessage } from './http1-message.js';
import type { IngressLog } from './ingress.types.js';

/** The way back to an HTTP/1 client. */
export class Http1Response implements ClientResponse {
  headSent = false;
  /** Nothing more is sent: it was ended or broken, or the client is gone. */
  private over = false;
  private gone = false;
  private bodyStarted = false;
  private closeListener: (() => void) | undefined = undefined;
  private drainListener: (() => void) | undefined = undefined;

  constructor(
    protected readonly raw: ServerResponse,
    private readonly message: ClientMessage,
    private readonly connection: Http1Connection,
    private readonly log: IngressLog,
  ) {}

  /** Whether the request has arrived whole. */
  get received(): boolean {
    return this.message.complete;
  }

  continue(): void {
    if (!this.over && !this.headSent) this.raw.writeContinue();
  }

  head(status: number, headers: readonly string[]): void {
    if (this.over || this.headSent) return;
    this.headSent = true;
    if (this.connection.leaving) this.raw.shouldKeepAlive = false;
    try {
      // Statuses that Node has no words for get none: its "unknown" would read like a finding of ours.
      this.raw.writeHead(status, STATUS_CODES[status] ?? '', headers as string[]);
    } catch (error) {
      this.fail(error);
      return;
    }
    // What follows in this turn goes out together with the head; otherwise the head must not wait for it (server-sent events).
    process.nextTick(flushHead, this);
  }

  /** @internal */
  flush(): void {
    if (!this.bodyStarted && !this.over) this.raw.flushHeaders();
  }

  write(chunk: Buffer): boolean {
    if (this.over) return true;
    this.bodyStarted = true;
    return this.raw.write(chunk);
  }

  end(trailers: readonly string[]): void {
    if (this.over) return;
    if (trailers.length > 0) {
      try {
        this.raw.addTrailers(pairsOf(trailers));
      } catch (error) {
        this.fail(error);
        return;
      }
    }
    this.over = true;
    this.connection.end(this);
    this.raw.end();
    this.message.linger();
  }

  destroy(): void {
    if (this.over) return;
    this.over = true;
    this.connection.end(this);
    this.breakOff();
  }

  /** For HTTP/1.0 the end of the connection is the end of the body: only a reset tells the client that it is not whole. */
  private breakOff(): void {
    const { socket } = this.message;
    if (this.message.httpVersionMinor === 0 && !('encrypted' in socket)) (socket as Socket).resetAndDestroy();
    else socket.destroy();
  }

  /** Nobody but the origin can be blamed for such a header: Node refuses it, and the client must not get half of it. */
  private fail(error: unknown): void {
    this.log.warn({ error: messageOf(error) }, 'a response has a header that cannot be sent; it is broken off');
    this.destroy();
    this.notifyClose();
  }

  onDrain(listener: () => void): void {
    if (!this.drainListener) this.raw.on('drain', () => this.drainListener?.());
    this.drainListener = listener;
  }

  onClose(listener: () => void): void {
    if (this.gone) {
      process.nextTick(listener);
      return;
    }
    const before = this.closeListener;
    this.closeListener = before
      ? () => {
          before();
          listener();
        }
      : listener;
  }

  /** Calls back when everything has been given to the system. */
  onFlushed(listener: () => void): void {
    this.raw.once('finish', listener);
  }

  /** The client went away, or was answered in another way: nothing of this response is sent any more. */
  clientGone(): void {
    if (this.over) return;
    this.over = true;
    if (!this.message.complete) this.message.destroy(new Error('the client broke off its request'));
    this.notifyClose();
  }

  private notifyClose(): void {
    this.gone = true;
    const listener = this.closeListener;
    this.closeListener = undefined;
    listener?.();
  }
}

function pairsOf(list: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let i = 0; i + 1 < list.length; i += 2) pairs.push([list[i] ?? '', list[i + 1] ?? '']);
  return pairs;
}

function flushHead(response: Http1Response): void {
  response.flush();
}

/** The answer to an upgrade that is not switched: Node gave the socket away, so the response takes it when it needs it. */
export class Http1UpgradeResponse extends Http1Response {
  private readonly socket: Socket;

  constructor(raw: ServerResponse, message: ClientMessage, connection: Http1Connection, log: IngressLog) {
    super(raw, message, connection, log);
    this.socket = connection.socket;
  }

  override head(status: number, headers: readonly string[]): void {
    if (!this.headSent && !this.raw.socket && !this.socket.destroyed) {
      this.raw.assignSocket(this.socket);
      this.socket.on('drain', () => this.raw.emit('drain'));
    }
    super.head(status, headers);
  }
}
