import { expect, test } from 'vitest';
import { PoolRoundTrips } from './pool-round-trips.js';
import { mean, RoundTrips } from './round-trips.js';

test('a new sample weighs a fifth', () => {
  const trips = new RoundTrips();
  const averages = [100, 200, 200, 0].map((sample) => {
    trips.add('NRT', sample);
    return trips.of('NRT');
  });
  expect(averages).toEqual([100, 120, 136, 108.8]);
  expect(trips.of('KIX')).toBeUndefined();
});

test('provisional samples count until a sound one takes their place, and not after that', () => {
  const trips = new RoundTrips();
  const averages = (
    [
      [300, 'provisional'],
      [200, 'provisional'],
      [10, 'sound'],
      [300, 'provisional'],
      [20, 'sound'],
    ] as const
  ).map(([sample, soundness]) => {
    trips.add('NRT', sample, soundness);
    return trips.of('NRT');
  });
  expect(averages).toEqual([300, 280, 10, 10, 12]);
});

test('the mean is of what is known', () => {
  expect([mean([10, undefined, 20]), mean([undefined]), mean([])]).toEqual([15, undefined, undefined]);
});

test('what is kept of pools is worked out once between two changes', () => {
  const pools = new PoolRoundTrips();
  let measured = 0;
  const measure = (): number | undefined => (measured++ === 0 ? 5 : undefined);
  expect([pools.of('p', 'NRT', measure), pools.of('p', 'NRT', measure), measured]).toEqual([5, 5, 1]);
  pools.clear('other');
  expect(pools.of('p', 'NRT', measure)).toBe(5);
  pools.clear('p');
  expect([pools.of('p', 'NRT', measure), pools.of('p', 'NRT', measure), measured]).toEqual([undefined, undefined, 2]);
});
