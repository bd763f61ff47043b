import { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Deadline, Deadlines } from '../../runtime/deadlines.js';
import { headerOf } from './refusal.js';

/** How the body of a message is watched. */
export interface BodyWatch {
  readonly deadlines: Deadlines;
  readonly idleTimeout: number;
  readonly lingerTimeout: number;
}

/**
 * Node's incoming message with three manners changed.
 *
 * - Only a WebSocket handshake or CONNECT is an upgrade. Node asks `upgrade` before it gives the socket away; an
 *   offer of h2c, or of anything else nobody here speaks, is then an ordinary request, body included (RFC 9110
 *   section 7.8: a server may ignore Upgrade).
 * - Destroying the body does not destroy the connection: whoever reads it gives up on an endpoint, and the client is
 *   still to be told so. What still comes of the body is discarded.
 * - A body that is waited for has an idle deadline. It runs only while the reader wants more and nothing comes,
 *   so an endpoint that reads slowly is not held against the client.
 */
export class ClientMessage extends IncomingMessage {
  declare private offered: boolean | null;
  private watch: BodyWatch | undefined = undefined;
  private onIdle: (() => void) | undefined = undefined;
  private deadline: Deadline | undefined = undefined;
  private discarding = false;

  constructor(socket: Socket) {
    super(socket);
    this.offered = false;
  }

  get upgrade(): boolean {
    return this.offered === true && (this.method === 'CONNECT' || asksForWebSocket(this));
  }

  // Node sets this before there are headers to look at.
  set upgrade(offered: boolean | null) {
    this.offered = offered;
  }

  /** Starts to watch the body: `onIdle` is called when it stays away for too long. */
  watchBody(watch: BodyWatch, onIdle: () => void): void {
    this.watch = watch;
    this.onIdle = onIdle;
  }

  /** The response has ended: what is left of the body gets a moment to arrive, so that the client reads the response. */
  linger(): void {
    if (this.complete || !this.watch) return;
    this.rest();
    this.onIdle = undefined;
    this.discarding = true;
    const { socket } = this;
    this.deadline = this.watch.deadlines.after(this.watch.lingerTimeout, () => socket.destroy());
    super._read(0);
  }

  override _read(size: number): void {
    super._read(size);
    if (this.onIdle && this.watch && !this.complete && !this.deadline) {
      this.deadline = this.watch.deadlines.after(this.watch.idleTimeout, this.onIdle);
    }
  }

  override push(chunk: unknown, encoding?: BufferEncoding): boolean {
    if (this.discarding) {
      if (chunk === null) {
        this.rest();
        return super.push(null);
      }
      return true;
    }
    const more = super.push(chunk, encoding);
    if (this.deadline) {
      if (chunk === null || !more) this.rest();
      else this.deadline.refresh();
    }
    return more;
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.rest();
    this.onIdle = undefined;
    if (this.socket.destroyed) {
      super._destroy(error, callback);
      return;
    }
    if (!this.complete) {
      this.discarding = true;
      super._read(0);
    }
    // As Node does: an error that nobody listens for is no reason to end the process.
    process.nextTick(callback, this.listenerCount('error') === 0 ? null : error);
  }

  private rest(): void {
    this.deadline?.cancel();
    this.deadline = undefined;
  }
}

const WEBSOCKET = /(?:^|,)\s*websocket\s*(?:,|$)/i;

/** RFC 6455 section 4.1: GET, HTTP/1.1. */
function asksForWebSocket({ method, httpVersionMinor, rawHeaders }: IncomingMessage): boolean {
  return method === 'GET' && httpVersionMinor === 1 && WEBSOCKET.test(headerOf(rawHeaders, 'upgrade') ?? '');
}
