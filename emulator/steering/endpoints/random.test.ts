import { expect, test } from 'vitest';
import { observations, origin, pool } from '../account.fixture.js';
import { sharesOf, snapshotOf, TOLERANCE } from '../decision.fixture.js';

const by = (attempt: { endpoint: { name: string } }): string => attempt.endpoint.name;

// docs/reference/load-balancing.md 4.
test('4, worked example: A 0.25, B 0.25, C 0.5 get 25/25/50 %; with C unhealthy 50/50', () => {
  const origins = [origin('A', { weight: 0.25 }), origin('B', { weight: 0.25 }), origin('C', { weight: 0.5 })];
  const snapshot = snapshotOf([pool('p', origins, { monitor: 'm' })]);
  const all = sharesOf({ snapshot, by });
  for (const [name, share] of Object.entries({ A: 0.25, B: 0.25, C: 0.5 }))
    expect(Math.abs((all[name] ?? 0) - share)).toBeLessThan(TOLERANCE);
  const rest = sharesOf({ snapshot, by, seen: observations('p/C') });
  expect(Object.keys(rest).sort()).toEqual(['A', 'B']);
  expect(Math.abs((rest.A ?? 0) - 0.5)).toBeLessThan(TOLERANCE);
});

test('an endpoint in two pools is weighted in each separately', () => {
  const shared = (weight: number) => [origin('A', { weight }), origin('B', { weight: 0.5 })];
  const shares = (weight: number) => sharesOf({ snapshot: snapshotOf([pool('p', shared(weight))]), by, draws: 4000 });
  expect(shares(0)).toEqual({ B: expect.closeTo(1) });
  expect(Math.abs((shares(0.5).A ?? 0) - 0.5)).toBeLessThan(2 * TOLERANCE);
});
