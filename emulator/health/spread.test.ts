import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextTurn, spread } from './spread.js';

describe('turns', () => {
  test('are evenly apart and the same in every run', () => {
    const turns = spread(['a', 'b', 'c', 'd']);
    expect([...turns.values()].sort()).toEqual([0, 0.25, 0.5, 0.75]);
    expect(spread(['d', 'c', 'b', 'a'])).toEqual(turns);
  });

  test('of neighbours by name are not neighbours in time', () => {
    const turns = spread(Array.from({ length: 1000 }, (_, index) => `pool-1 endpoint NRT ${index}`));
    const firstHundred = Array.from({ length: 100 }, (_, index) => turns.get(`pool-1 endpoint NRT ${index}`) ?? 0);
    expect(firstHundred.filter((turn) => turn < 0.5).length).toBeGreaterThan(30);
    expect(firstHundred.filter((turn) => turn < 0.5).length).toBeLessThan(70);
  });

  test('move only a little when one more comes', () => {
    const keys = Array.from({ length: 200 }, (_, index) => `key ${index}`);
    const before = spread(keys);
    const after = spread([...keys, 'one more']);
    for (const key of keys) expect(Math.abs((after.get(key) ?? 0) - (before.get(key) ?? 0))).toBeLessThan(2 / 200);
  });
});

test('the next turn is after the given moment, within one interval, and at the phase', () => {
  fc.assert(
    fc.property(fc.nat(1e12), fc.integer({ min: 1, max: 3_600_000 }), fc.nat(), (after, interval, any) => {
      const phase = any % interval;
      const next = nextTurn(after, interval, phase);
      expect(next).toBeGreaterThan(after);
      expect(next).toBeLessThanOrEqual(after + interval);
      expect((next - phase) % interval).toBe(0);
    }),
  );
});
