import { describe, expect, test } from 'vitest';
import { observations, origin, pool } from '../account.fixture.js';
import { decideWith, sharesOf, snapshotOf, TOLERANCE } from '../decision.fixture.js';
import type { Observations } from '../steering.types.js';

const origins = [origin('A', { weight: 0.4 }), origin('B', { weight: 0.6 }), origin('idle', { weight: 0 })];

/** Both counts per endpoint: neither the pool's nor the other policy's may matter. */
const seen = (outstanding: Record<string, number>, connections: Record<string, number>): Observations => ({
  ...observations(),
  outstanding: (_pool, endpoint) => (endpoint === undefined ? 99 : (outstanding[endpoint] ?? 0)),
  openConnections: (_pool, endpoint) => (endpoint === undefined ? 99 : (connections[endpoint] ?? 0)),
});

// docs/reference/load-balancing.md 4.
describe.each([
  ['least_outstanding_requests', (busy: Record<string, number>) => seen(busy, { B: 50 })],
  ['least_connections', (busy: Record<string, number>) => seen({ B: 50 }, busy)],
] as const)('%s', (policy, busy) => {
  const pools = [pool('p', origins, { origin_steering: { policy } })];
  const snapshot = snapshotOf(pools);
  const by = (attempt: { endpoint: { name: string } }): string => attempt.endpoint.name;

  test('0.4 with 3 in hand gets 14.29 %, 0.6 with 0 gets 85.71 %: still a draw', () => {
    const shares = sharesOf({ snapshot, by, seen: busy({ A: 3 }) });
    expect(Math.abs((shares.A ?? 0) - 0.1429)).toBeLessThan(TOLERANCE);
    expect(Math.abs((shares.B ?? 0) - 0.8571)).toBeLessThan(TOLERANCE);
  });

  test('with nothing in hand it is a draw by weight; weight 0 stays 0', () => {
    const shares = sharesOf({ snapshot, by, seen: busy({}) });
    expect(Object.keys(shares).sort()).toEqual(['A', 'B']);
    expect(Math.abs((shares.A ?? 0) - 0.4)).toBeLessThan(TOLERANCE);
  });

  test('says what it counted', () => {
    const chosen = decideWith(pools, { seen: busy({ A: 1, B: 1 }) }).reasons.at(-1);
    expect(chosen?.detail).toMatch(/^weight 0\.[23] of 0\.5 among 2 endpoints .*: weight 0\.[46] with 1 o/);
  });
});
