/** What a new sample weighs (docs/reference/load-balancing.md 14.5). */
const FACTOR = 0.2;

/** Exponentially weighted moving averages of round trips, milliseconds, by where they were measured from. */
export class RoundTrips {
  private readonly averages = new Map<string, number>();

  add(key: string, sample: number): void {
    const before = this.averages.get(key);
    this.averages.set(key, before === undefined ? sample : before + FACTOR * (sample - before));
  }

  /** undefined: nothing was measured there. */
  of(key: string): number | undefined {
    return this.averages.get(key);
  }

  clear(): void {
    this.averages.clear();
  }
}

/** The mean of what is known; undefined when nothing is. */
export function mean(values: Iterable<number | undefined>): number | undefined {
  let sum = 0;
  let count = 0;
  for (const value of values) {
    if (value === undefined) continue;
    sum += value;
    count++;
  }
  return count === 0 ? undefined : sum / count;
}
