import { constants } from 'node:http2';
import { FailureError } from '../connection.js';
import { TunnelDuplex } from '../tunnel-duplex.js';
import type { OpenedStream } from './streams.js';

/** The two bodies of a stream as bytes both ways, for what is dialled or upgraded. */
export class BodyDuplex extends TunnelDuplex {
  private ended = false;

  constructor(private readonly opened: OpenedStream) {
    super();
    const { stream } = opened;
    stream.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) stream.pause();
    });
    stream.on('end', () => {
      if (stream.rstCode) return;
      this.ended = true;
      this.push(null);
    });
    stream.on('close', () => this.cutOff());
  }

  private cutOff(): void {
    if (this.destroyed) return;
    if (!this.ended) this.destroy(new FailureError(this.opened.failure()));
    // What has come is still read; what would be sent has nobody to go to.
    else if (this.readableEnded) this.destroy();
    else this.once('end', () => this.destroy());
  }

  override _read(): void {
    this.opened.stream.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const { stream } = this.opened;
    if (stream.write(chunk)) done();
    else stream.once('drain', done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.opened.stream.end();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const { stream } = this.opened;
    const isOver = this.ended && this.writableFinished && !error;
    if (!stream.closed) stream.close(isOver ? constants.NGHTTP2_NO_ERROR : constants.NGHTTP2_CANCEL);
    done(error);
  }
}
