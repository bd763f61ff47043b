import type { Rng } from '../../runtime/rng.js';

/**
 * One of `items`, each with probability `weight / sum of weights`; undefined when nothing has a positive weight.
 * A single item costs no draw.
 */
export function drawByWeight<T extends { readonly weight: number }>(items: readonly T[], rng: Rng): T | undefined {
  let total = 0;
  let last: T | undefined;
  let positive = 0;
  for (const item of items) {
    if (item.weight <= 0) continue;
    total += item.weight;
    last = item;
    positive++;
  }
  if (positive <= 1) return last;

  let left = rng.next() * total;
  for (const item of items) {
    if (item.weight <= 0) continue;
    left -= item.weight;
    if (left < 0) return item;
  }
  // The subtractions may round to exactly what the sum was.
  return last;
}

/** Says how likely the draw was, e.g. `weight 0.5 of 2 among 3 endpoints (random)`. */
export function share(weight: number, sum: number, count: number, policy: string): string {
  if (count === 1) return 'the only endpoint that may be chosen';
  // Weights have at most two decimals; what a sum has more comes from binary fractions.
  return `weight ${weight} of ${Number(sum.toFixed(6))} among ${count} endpoints (${policy})`;
}
