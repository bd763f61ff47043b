import type { Duplex } from 'node:stream';
import { resetStream } from '../../../runtime/reset-stream.js';
import { TunnelDuplex } from '../../tunnel/tunnel-duplex.js';
import { type Crossing, closeCrossing, sendBytes } from './crossing.js';

/** The near end of a stream to somebody who is far: bytes, half-close and breaks take their time, in order. */
export class DistantDuplex extends TunnelDuplex {
  private ended = false;
  private taken: (() => void) | undefined;

  constructor(
    private readonly far: Duplex,
    private readonly crossing: Crossing,
  ) {
    super();
    // As this end is.
    far.allowHalfOpen = true;
    const { out, back } = crossing;
    out.room = () => this.written();
    back.room = () => far.resume();
    far.on('data', (chunk: Buffer) => {
      const more = sendBytes(back, chunk, (piece) => {
        if (!this.push(piece)) back.pause();
      });
      if (!more) far.pause();
    });
    far.on('end', () => {
      this.ended = true;
      back.send(() => this.push(null));
    });
    far.on('drain', () => out.resume());
    far.on('error', (error) => back.send(() => this.destroy(error)));
    far.on('close', () => {
      if (!this.ended || !far.writableFinished) back.send(() => this.destroy());
    });
    // It may have broken before anybody listened.
    if (far.destroyed) back.send(() => this.destroy(far.errored ?? undefined));
  }

  override _read(): void {
    this.crossing.back.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    const { out } = this.crossing;
    const more = sendBytes(out, chunk, (piece) => {
      if (!this.far.write(piece)) out.pause();
    });
    if (more) done();
    else this.taken = done;
  }

  private written(): void {
    const done = this.taken;
    this.taken = undefined;
    done?.();
  }

  /** It is finished when the other side has it all: what is on its way would be dropped before. */
  override _final(done: (error?: Error | null) => void): void {
    this.crossing.out.send(() => this.far.end(done));
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    closeCrossing(this.crossing);
    if (this.ended && this.writableFinished) this.far.destroy();
    else resetStream(this.far);
    done(error);
  }
}
