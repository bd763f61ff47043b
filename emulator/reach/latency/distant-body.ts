import { Readable } from 'node:stream';
import { type Line, sendBytes } from './crossing.js';

/** A body at the other end of a line: what its source gives arrives here later. The source is read as the line has room. */
export class DistantBody extends Readable {
  private ended = false;

  /** @param onArrived called when all of it is here */
  constructor(
    private readonly source: Readable,
    private readonly line: Line,
    onArrived: () => void = () => undefined,
  ) {
    super();
    // Whoever reads hears of it by 'close' as well.
    this.on('error', () => undefined);
    line.room = () => source.resume();
    source.on('data', (chunk: Buffer) => {
      if (!sendBytes(line, chunk, (piece) => this.arrive(piece))) source.pause();
    });
    source.on('end', () => {
      this.ended = true;
      line.send(() => {
        this.push(null);
        onArrived();
      });
    });
    source.on('error', (error) => line.send(() => this.destroy(error)));
    source.on('close', () => {
      if (!this.ended) line.send(() => this.destroy());
    });
  }

  private arrive(chunk: Buffer): void {
    if (!this.push(chunk)) this.line.pause();
  }

  override _read(): void {
    this.line.resume();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.line.close();
    this.source.destroy();
    done(error);
  }
}
