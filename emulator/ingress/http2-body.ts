import type { ServerHttp2Stream } from 'node:http2';
import { Readable } from 'node:stream';
import type { Deadline, Deadlines } from '../../runtime/deadlines.js';
import { BUFFER_BYTES } from './limits.js';

/**
 * The body of an HTTP/2 request, apart from its stream: destroying it does not end the stream, on which a response is
 * still to be sent; what still comes is discarded. It has the same idle deadline as the body of an HTTP/1 message.
 */
export class Http2Body extends Readable {
  /** The whole body has arrived. */
  complete = false;
  private deadline: Deadline | undefined = undefined;

  constructor(
    private readonly stream: ServerHttp2Stream,
    private readonly deadlines: Deadlines,
    private readonly idleTimeout: number,
    private readonly onIdle: () => void,
  ) {
    super({ highWaterMark: BUFFER_BYTES });
    stream.on('data', (chunk: Buffer) => {
      if (this.destroyed) return;
      this.deadline?.refresh();
      if (!this.push(chunk)) {
        this.rest();
        stream.pause();
      }
    });
    stream.pause();
    stream.on('end', () => {
      // Node ends the stream of a client that went away, too.
      if (stream.aborted) return;
      this.complete = true;
      this.rest();
      this.push(null);
    });
    stream.on('close', () => {
      if (!this.complete) this.destroy(new Error('the client broke off its request'));
    });
  }

  override _read(): void {
    if (!this.complete) this.deadline ??= this.deadlines.after(this.idleTimeout, this.onIdle);
    this.stream.resume();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.rest();
    this.stream.resume();
    // An error that nobody listens for is no reason to end the process.
    process.nextTick(callback, this.listenerCount('error') === 0 ? null : error);
  }

  private rest(): void {
    this.deadline?.cancel();
    this.deadline = undefined;
  }
}
