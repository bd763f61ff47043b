import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRng, type Rng } from './rng.js';

/** The value that chi squared with 15 degrees of freedom exceeds once in 10,000 times. */
const CHI_15 = 44.3;

function chiSquared(bins: readonly number[]): number {
  const expected = bins.reduce((sum, count) => sum + count, 0) / bins.length;
  return bins.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

const draws = (rng: Rng, count = 20): number[] => Array.from({ length: count }, () => rng.next());

describe('the generator', () => {
  test('equal seeds give equal sequences, different seeds different ones', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), (a, b) => {
        expect(draws(createRng(a))).toEqual(draws(createRng(a)));
        if (a !== b) expect(draws(createRng(a))).not.toEqual(draws(createRng(b)));
      }),
    );
    expect(draws(createRng('demo'))).toEqual(draws(createRng('demo')));
  });

  test('gives the same values on every machine', () => {
    const rng = createRng(1);
    expect([rng.int(1000), rng.int(1000), rng.hex(4)]).toEqual([597, 521, '741f9ed1']);
    expect(createRng(1).fork('steering').fork(42).hex(8)).toBe('e5d4ee16649d6f83');
  });

  test('is uniform: every sixteenth of the range is hit evenly', () => {
    const rng = createRng(99);
    const count = 160_000;
    const bins = new Array<number>(16).fill(0);
    for (let i = 0; i < count; i++) {
      const value = rng.next();
      if (!(value >= 0 && value < 1)) throw new Error(`${value} is not in [0, 1)`);
      const bin = Math.floor(value * 16);
      bins[bin] = (bins[bin] ?? 0) + 1;
    }
    expect(chiSquared(bins)).toBeLessThan(CHI_15);
  });

  test('int stays below its bound and hits every value evenly', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 2 ** 31 }), (seed, bound) => {
        const rng = createRng(seed);
        for (let i = 0; i < 50; i++) {
          const value = rng.int(bound);
          expect(Number.isInteger(value) && value >= 0 && value < bound).toBe(true);
        }
      }),
    );
    const rng = createRng(5);
    const bins = new Array<number>(16).fill(0);
    for (let i = 0; i < 80_000; i++) {
      const bin = rng.int(16);
      bins[bin] = (bins[bin] ?? 0) + 1;
    }
    expect(chiSquared(bins)).toBeLessThan(CHI_15);
  });

  test('hex gives two digits a byte, whatever the number of bytes', () => {
    for (const bytes of [0, 1, 3, 4, 5, 8, 16, 33]) {
      expect(createRng(1).hex(bytes)).toMatch(new RegExp(`^[0-9a-f]{${bytes * 2}}$`));
    }
  });
});

describe('a fork', () => {
  test('does not depend on how much its parent was used, nor changes what its parent gives', () => {
    const fresh = createRng(7);
    const used = createRng(7);
    draws(used, 100);
    expect(draws(used.fork('health'))).toEqual(draws(fresh.fork('health')));
    expect(draws(used.fork(3))).toEqual(draws(fresh.fork(3)));

    const forked = createRng(7);
    forked.fork('health').next();
    forked.fork(1).next();
    expect(draws(forked)).toEqual(draws(createRng(7)));
  });

  test('differs from its parent and from every other fork', () => {
    const root = createRng(7);
    const seen = new Set<string>([
      root.fork('a').hex(16),
      root.fork('b').hex(16),
      root.fork('1').hex(16),
      createRng(7).hex(16),
    ]);
    for (let i = 0; i < 10_000; i++) seen.add(root.fork(i).hex(16));
    // Numbers beyond 32 bits are told apart from those within.
    for (let i = 0; i < 100; i++) seen.add(root.fork(2 ** 32 + i).hex(16));
    expect(seen.size).toBe(4 + 10_000 + 100);
  });

  test('the first draws of forks by running number are uniform and independent of their neighbours', () => {
    const root = createRng(123);
    const count = 160_000;
    const bins = new Array<number>(16).fill(0);
    const pairs = new Array<number>(16).fill(0);
    let before = 0;
    for (let i = 0; i < count; i++) {
      const value = root.fork(i).next();
      const bin = Math.floor(value * 16);
      bins[bin] = (bins[bin] ?? 0) + 1;
      const pair = Math.floor(before * 4) * 4 + Math.floor(value * 4);
      pairs[pair] = (pairs[pair] ?? 0) + 1;
      before = value;
    }
    expect(chiSquared(bins)).toBeLessThan(CHI_15);
    expect(chiSquared(pairs)).toBeLessThan(CHI_15);
  });
});
