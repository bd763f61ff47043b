import type { Rng } from '../../runtime/rng.js';

const FIRST = 1000;
const LONGEST = 30_000;

/**
 * How long to wait before the next attempt to connect, in milliseconds: anywhere up to a bound that doubles
 * from 1 to 30 seconds. The full range is drawn from, so that many connectors do not come back in step
 * when an edge restarts.
 */
export class Backoff {
  private bound = FIRST;

  constructor(private readonly rng: Rng) {}

  next(): number {
    const delay = this.rng.next() * this.bound;
    this.bound = Math.min(this.bound * 2, LONGEST);
    return delay;
  }

  reset(): void {
    this.bound = FIRST;
  }
}
