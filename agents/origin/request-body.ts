import { Readable } from 'node:stream';

/**
 * A request body on its way from a stream to an origin. It holds what has arrived, at most the stream's
 * window, and returns credit only for what undici takes: a slow origin slows its client and nobody else.
 */
export class RequestBody extends Readable {
  private readonly arrived: Buffer[] = [];
  private wanted = false;
  private finished = false;

  constructor(private readonly taken: (bytes: number) => void) {
    // One chunk ahead is enough: what waits, waits in `arrived`, where its credit is not returned yet.
    super({ highWaterMark: 1 });
  }

  add(chunk: Buffer): void {
    if (this.destroyed) {
      // Nobody reads the rest: the origin has answered already, or is gone.
      this.taken(chunk.length);
      return;
    }
    this.arrived.push(chunk);
    this.feed();
  }

  finish(): void {
    this.finished = true;
    this.feed();
  }

  override _read(): void {
    this.wanted = true;
    this.feed();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    for (const chunk of this.arrived) this.taken(chunk.length);
    this.arrived.length = 0;
    callback(error);
  }

  private feed(): void {
    while (this.wanted) {
      const chunk = this.arrived.shift();
      if (!chunk) break;
      this.wanted = this.push(chunk);
      this.taken(chunk.length);
    }
    if (this.finished && this.arrived.length === 0) {
      this.finished = false;
      this.push(null);
    }
  }
}
