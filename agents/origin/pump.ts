import type { Socket } from 'node:net';
import { ResetCause } from '../../protocol/messages.js';
import type { ProtocolStream, StreamHandler } from '../../protocol/stream.js';
import { resetStream } from '../../runtime/reset-stream.js';

/**
 * Bytes both ways between a stream and a socket, each side as fast as the other takes them. Either side may
 * end on its own (half-close); a broken socket resets the stream and the other way round.
 *
 *     edge --- stream ---> data() ---> socket.write     credit is returned when the socket took the bytes
 *     edge <-- stream <--- write() <-- socket 'data'    the socket is paused while the stream has a backlog
 *
 * What comes before the socket is there (`attach`) is kept: at most the stream's window.
 */
export class Pump implements StreamHandler {
  private socket: Socket | undefined;
  private readonly early: Buffer[] = [];
  private endedEarly = false;
  /** Bytes whose credit is returned once the socket has drained. */
  private owed = 0;
  private over = false;

  constructor(
    private readonly stream: ProtocolStream,
    /** What leads to the service, as messages name it. */
    private readonly name: string,
    /** Called once: the stream was given up by the other side, the service failed (`detail` says how), or both sides are done. */
    private readonly closed: (cause: ResetCause | undefined, detail?: string) => void,
  ) {}

  attach(socket: Socket): void {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      if (!this.stream.write(chunk)) socket.pause();
    });
    socket.on('end', () => this.stream.end());
    socket.on('drain', () => this.settle());
    socket.on('error', (error) => this.broken(error.message));
    socket.on('close', () => this.gone());
    for (const chunk of this.early.splice(0)) this.data(chunk);
    if (this.endedEarly) socket.end();
  }

  data(chunk: Buffer): void {
    const { socket } = this;
    if (!socket) this.early.push(chunk);
    else if (socket.destroyed || socket.write(chunk)) this.stream.consumed(chunk.length);
    else this.owed += chunk.length;
  }

  end(): void {
    if (this.socket) this.socket.end();
    else this.endedEarly = true;
  }

  reset(): void {
    if (this.over) return;
    this.finish(ResetCause.CANCELLED);
    // A reset is passed on as one: the service must not take it for a complete exchange.
    if (this.socket) resetStream(this.socket);
  }

  drain(): void {
    this.socket?.resume();
  }

  /** Gives the stream up from this side, before there is a socket. */
  fail(cause: ResetCause, why: string): void {
    if (this.over) return;
    const detail = `${this.name}: ${why}`;
    this.stream.reset(cause, detail, true);
    this.finish(cause, detail);
  }

  private settle(): void {
    const { owed } = this;
    this.owed = 0;
    this.stream.consumed(owed);
  }

  private broken(why: string): void {
    if (this.over) return;
    const detail = `${this.name}: ${why}`;
    this.stream.reset(ResetCause.ORIGIN_RESET, detail);
    this.finish(ResetCause.ORIGIN_RESET, detail);
  }

  private gone(): void {
    if (this.over) return;
    // Everything was said in both directions, or the socket was destroyed before that.
    if (this.stream.closed) this.finish(undefined);
    else if (this.socket?.readableEnded && this.socket.writableFinished) this.finishOrWait();
    else this.broken('the connection was closed');
  }

  /** Both halves of the socket ended properly; the stream's last bytes may still wait for credit. */
  private finishOrWait(): void {
    this.settle();
    this.finish(undefined);
  }

  private finish(cause: ResetCause | undefined, detail?: string): void {
    this.over = true;
    this.early.length = 0;
    this.closed(cause, detail);
  }
}
