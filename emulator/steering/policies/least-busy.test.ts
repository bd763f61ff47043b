import { describe, expect, test } from 'vitest';
import { observations, origin, pool } from '../account.fixture.js';
import { decideWith, sharesOf, snapshotOf, TOLERANCE } from '../decision.fixture.js';
import type { Observations } from '../steering.types.js';

const pools = ['A', 'B'].map((name) => pool(name, [origin('a')], { monitor: 'm' }));
const WEIGHTS = { default_weight: 1, pool_weights: { A: 0.4, B: 0.6 } };

/** Both counts per pool: what the other policy reads must not matter. */
const seen = (outstanding: Record<string, number>, connections: Record<string, number>): Observations => ({
  ...observations(),
  outstanding: (id, endpoint) => (endpoint === undefined ? (outstanding[id] ?? 0) : 99),
  openConnections: (id, endpoint) => (endpoint === undefined ? (connections[id] ?? 0) : 99),
});

describe.each([
  ['least_outstanding_requests', (busy: Record<string, number>) => seen(busy, { B: 50 })],
  ['least_connections', (busy: Record<string, number>) => seen({ B: 50 }, busy)],
] as const)('%s', (steering_policy, busy) => {
  const snapshot = snapshotOf(pools, { steering_policy, random_steering: WEIGHTS });

  // docs/reference/load-balancing.md 3.4: 0.4/4 = 0.1 against 0.6/1 = 0.6.
  test('3.4, worked example: A 0.4 with 3 in hand gets 14.29 %, B 0.6 with 0 gets 85.71 %', () => {
    const shares = sharesOf({ snapshot, seen: busy({ A: 3 }) });
    expect(Math.abs((shares.A ?? 0) - 0.1429)).toBeLessThan(TOLERANCE);
    expect(Math.abs((shares.B ?? 0) - 0.8571)).toBeLessThan(TOLERANCE);
  });

  test('with nothing in hand it is a draw by weight', () => {
    const shares = sharesOf({ snapshot, seen: busy({}) });
    expect(Math.abs((shares.A ?? 0) - 0.4)).toBeLessThan(TOLERANCE);
  });

  test('redistributes over the pools that are available', () => {
    const shares = sharesOf({ snapshot, seen: { ...busy({ A: 30 }), healthOf: observations('B/a').healthOf } });
    expect(shares).toEqual({ A: expect.closeTo(1) });
  });

  test('says what it counted', () => {
    const plan = decideWith(pools, {
      loadBalancer: { steering_policy, random_steering: WEIGHTS },
      seen: busy({ A: 1, B: 1 }),
    });
    expect(plan.reasons[1]?.detail).toMatch(/^weight 0\.[23] of 0\.5 among 2 pools .*: weight 0\.[46] with 1 o/);
  });
});
