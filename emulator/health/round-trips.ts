/** What a new sample weighs (docs/reference/load-balancing.md 14.5). */
const FACTOR = 0.2;

/**
 * What a sample is good for. `provisional`: it was measured in a crowd of probes that start at once, so that what it
 * waited for this process may be in it.
 */
export type Soundness = 'sound' | 'provisional';

/**
 * Exponentially weighted moving averages of round trips, milliseconds, by where they were measured from. Provisional
 * samples count only until the first sound one, which takes their place.
 */
export class RoundTrips {
  private readonly averages = new Map<string, number>();
  private readonly sound = new Set<string>();

  add(key: string, sample: number, soundness: Soundness = 'sound'): void {
    const wasSound = this.sound.has(key);
    if (soundness === 'provisional' && wasSound) return;
    const begins = soundness === 'sound' && !wasSound;
    if (begins) this.sound.add(key);
    const before = begins ? undefined : this.averages.get(key);
    this.averages.set(key, before === undefined ? sample : before + FACTOR * (sample - before));
  }

  /** undefined: nothing was measured there. */
  of(key: string): number | undefined {
    return this.averages.get(key);
  }

  clear(): void {
    this.averages.clear();
    this.sound.clear();
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
