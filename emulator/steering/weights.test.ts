import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRng, type Rng } from '../../runtime/rng.js';
import { drawByWeight, share } from './weights.js';

const DRAWS = 40_000;
/** Five standard deviations of a share over that many draws, at its widest. */
const TOLERANCE = 5 * Math.sqrt(0.25 / DRAWS);

function shares(weights: readonly number[], seed: number): number[] {
  const items = weights.map((weight, index) => ({ weight, index }));
  const rng = createRng(seed);
  const counts = weights.map(() => 0);
  for (let i = 0; i < DRAWS; i++) {
    const drawn = drawByWeight(items, rng.fork(i));
    if (drawn) counts[drawn.index] = (counts[drawn.index] ?? 0) + 1;
  }
  return counts.map((count) => count / DRAWS);
}

describe('a draw by weight', () => {
  // docs/reference/load-balancing.md 3.4 (weight examples) and 4 (worked example).
  test.each([
    [
      [1, 1, 1],
      [1 / 3, 1 / 3, 1 / 3],
    ],
    [
      [0.1, 0.1, 0.1],
      [1 / 3, 1 / 3, 1 / 3],
    ],
    [
      [0.4, 0.5, 0.6],
      [0.2667, 0.3333, 0.4],
    ],
    [
      [0.8, 0.5, 0.6],
      [0.4211, 0.2632, 0.3157],
    ],
    [
      [0.25, 0.25, 0.5],
      [0.25, 0.25, 0.5],
    ],
    [
      [0.25, 0.25],
      [0.5, 0.5],
    ],
  ])('weights %j give shares %j', (weights, expected) => {
    shares(weights, 7).forEach((got, i) => {
      expect(Math.abs(got - (expected[i] ?? 0))).toBeLessThan(TOLERANCE);
    });
  });

  test('shares follow the weights, whatever they are', () => {
    const weight = fc.integer({ min: 0, max: 100 }).map((hundredths) => hundredths / 100);
    fc.assert(
      fc.property(fc.array(weight, { minLength: 1, maxLength: 6 }), fc.nat(), (weights, seed) => {
        const sum = weights.reduce((a, b) => a + b, 0);
        fc.pre(sum > 0);
        shares(weights, seed).forEach((got, i) => {
          const expected = (weights[i] ?? 0) / sum;
          if (expected === 0) expect(got).toBe(0);
          else expect(Math.abs(got - expected)).toBeLessThan(TOLERANCE);
        });
      }),
      { numRuns: 15, seed: 1 },
    );
  });

  test('nothing is drawn from nothing', () => {
    expect(drawByWeight([], createRng(1))).toBeUndefined();
  });

  test('what weighs 0 is drawn only when everything does, and then the first', () => {
    const items = [{ weight: 0 }, { weight: 0 }];
    expect(drawByWeight(items, createRng(1))).toBe(items[0]);
  });

  test('a single item costs no draw', () => {
    const rng = createRng(1);
    const untouched = createRng(1);
    expect(drawByWeight([{ weight: 0 }, { weight: 0.3 }], rng)).toEqual({ weight: 0.3 });
    expect(rng.next()).toBe(untouched.next());
  });

  test('the ends of the generator’s range are inside', () => {
    const at = (value: number): Rng => ({ ...createRng(1), next: () => value });
    const items = [{ weight: 0 }, { weight: 0.1 }, { weight: 0.2 }, { weight: 0 }];
    expect(drawByWeight(items, at(0))).toBe(items[1]);
    expect(drawByWeight(items, at(1 - 2 ** -32))).toBe(items[2]);
    expect(drawByWeight(items, at(1))).toBe(items[2]);
  });
});

test('a share is written without the noise of binary fractions', () => {
  expect(share(0.1, 0.1 + 0.2, 2, 'endpoint', 'random')).toBe('weight 0.1 of 0.3 among 2 endpoints (random)');
  expect(share(1, 1, 1, 'endpoint', 'random')).toBe('the only endpoint that may be chosen');
});
