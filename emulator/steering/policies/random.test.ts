import { describe, expect, test } from 'vitest';
import { observations, origin, pool } from '../account.fixture.js';
import { attempts, decideWith, sharesOf, snapshotOf, TOLERANCE } from '../decision.fixture.js';

const pools = ['A', 'B', 'C'].map((name) => pool(name, [origin('a')], { monitor: 'm' }));
const weights = (pool_weights: Record<string, number>, default_weight = 1) =>
  ({ steering_policy: 'random', random_steering: { default_weight, pool_weights } }) as const;

function expectShares(shares: Record<string, number>, expected: Record<string, number>): void {
  expect(Object.keys(shares).sort()).toEqual(Object.keys(expected).sort());
  for (const [name, share] of Object.entries(expected))
    expect(Math.abs((shares[name] ?? 0) - share)).toBeLessThan(TOLERANCE);
}

// docs/reference/load-balancing.md 3.4, weight examples.
describe('3.4: weights need not add to 1', () => {
  test.each([
    [
      { A: 1, B: 1, C: 1 },
      { A: 1 / 3, B: 1 / 3, C: 1 / 3 },
    ],
    [
      { A: 0.1, B: 0.1, C: 0.1 },
      { A: 1 / 3, B: 1 / 3, C: 1 / 3 },
    ],
    [
      { A: 0.4, B: 0.5, C: 0.6 },
      { A: 0.2667, B: 0.3333, C: 0.4 },
    ],
    [
      { A: 0.8, B: 0.5, C: 0.6 },
      { A: 0.4211, B: 0.2632, C: 0.3157 },
    ],
  ])('%j', (given, expected) => {
    expectShares(sharesOf({ snapshot: snapshotOf(pools, weights(given)) }), expected);
  });
});

test('3.4: when a pool turns critical the others share its part by their weights', () => {
  const snapshot = snapshotOf(pools, weights({ A: 0.8, B: 0.5, C: 0.6 }));
  expectShares(sharesOf({ snapshot, seen: observations('A/a') }), { B: 5 / 11, C: 6 / 11 });
  expectShares(sharesOf({ snapshot, seen: observations('A/a', 'B/a') }), { C: 1 });
});

test('a pool that is not named has the default weight; without random_steering all weigh 1', () => {
  expectShares(sharesOf({ snapshot: snapshotOf(pools, weights({ A: 0.5 }, 0.25)) }), { A: 0.5, B: 0.25, C: 0.25 });
  const snapshot = snapshotOf(pools, { steering_policy: 'random' });
  expectShares(sharesOf({ snapshot }), { A: 1 / 3, B: 1 / 3, C: 1 / 3 });
});

// 14.7.
test('a pool of weight 0 is taken only when no other is available, and then before the fallback pool', () => {
  const loadBalancer = { ...weights({ A: 0, B: 0 }), default_pools: ['A', 'B', 'C'], fallback_pool: 'C' };
  const snapshot = snapshotOf(pools, loadBalancer);
  expectShares(sharesOf({ snapshot }), { C: 1 });
  expectShares(sharesOf({ snapshot, seen: observations('C/a') }), { A: 1 });
  expectShares(sharesOf({ snapshot, seen: observations('A/a', 'C/a') }), { B: 1 });
});

// 14.4.
test('failover across pools draws again, by the same weights, without the one that was drawn', () => {
  const loadBalancer = { ...weights({ A: 0.25, B: 0.25, C: 0.5 }), adaptive_routing: { failover_across_pools: true } };
  let [firstIsA, secondIsC] = [0, 0];
  for (let seed = 0; seed < 4000; seed++) {
    const order = attempts(decideWith(pools, { loadBalancer, seed })).map((attempt) => attempt.pool?.name);
    expect([...order].sort()).toEqual(['A', 'B', 'C']);
    if (order[0] !== 'A') continue;
    firstIsA++;
    if (order[1] === 'C') secondIsC++;
  }
  expect(Math.abs(secondIsC / firstIsA - 2 / 3)).toBeLessThan(0.08);
});

test('says how likely the choice was', () => {
  const loadBalancer = weights({ A: 0.8, B: 0.5, C: 0.6 });
  const [, chosen] = decideWith(pools, { loadBalancer }).reasons;
  expect(chosen?.detail).toMatch(/^weight 0\.[568] of 1\.9 among 3 pools \(random\)$/);
});
