import type { Rng } from '../../runtime/rng.js';

/** Something that is chosen by weight. Weights are not negative; those that are 0 are chosen only when all are. */
export interface Weighted {
  readonly weight: number;
}

/**
 * One of `items`, each with probability `weightOf(item) / sum`; the first when nothing has a positive weight, and
 * undefined when there are none. `draw` gives a number in [0, 1); it is not called when there is no choice.
 */
export function pickByWeight<T>(items: readonly T[], weightOf: (item: T) => number, draw: () => number): T | undefined {
  let total = 0;
  let last: T | undefined;
  let positive = 0;
  for (const item of items) {
    const weight = weightOf(item);
    if (weight <= 0) continue;
    total += weight;
    last = item;
    positive++;
  }
  if (positive === 0) return items[0];
  if (positive === 1) return last;

  let left = draw() * total;
  for (const item of items) {
    const weight = weightOf(item);
    if (weight <= 0) continue;
    left -= weight;
    if (left < 0) return item;
  }
  // The subtractions may round to exactly what the sum was.
  return last;
}

/** {@link pickByWeight} by the items' own weights. */
export function drawByWeight<T extends Weighted>(items: readonly T[], rng: Rng): T | undefined {
  return pickByWeight(items, ownWeight, () => rng.next());
}

export function ownWeight({ weight }: Weighted): number {
  return weight;
}

/** `w' = w / (busy + 1)` (docs/reference/load-balancing.md 3.4, 4). */
export function weightUnderLoad(weight: number, busy: number): number {
  return weight / (busy + 1);
}

/** Says how likely the draw was, e.g. `weight 0.5 of 2 among 3 endpoints (random)`. */
export function share(weight: number, sum: number, count: number, what: string, policy: string): string {
  if (count === 1) return `the only ${what} that may be chosen`;
  return `weight ${rounded(weight)} of ${rounded(sum)} among ${count} ${what}s (${policy})`;
}

export function sumOf<T>(items: readonly T[], weightOf: (item: T) => number): number {
  let sum = 0;
  for (const item of items) sum += weightOf(item);
  return sum;
}

/** Weights have at most two decimals; what a sum has more comes from binary fractions. Then there is a short way. */
function rounded(value: number): number {
  const hundredths = Math.round(value * 100);
  if (Math.abs(value * 100 - hundredths) < 1e-7) return hundredths / 100;
  return Number(value.toFixed(6));
}
