import { expect, test } from 'vitest';
import { observations, origin, pool } from '../account.fixture.js';
import { decideWith, first, names } from '../decision.fixture.js';
import type { Observations } from '../steering.types.js';

const pools = ['A', 'B', 'C', 'D'].map((name) => pool(name, [origin('a')], { monitor: 'm' }));
const loadBalancer = {
  steering_policy: 'dynamic_latency',
  adaptive_routing: { failover_across_pools: true },
} as const;
const measured = (times: Record<string, number>, ...unhealthy: string[]): Observations => ({
  ...observations(...unhealthy),
  roundTripOf: (id) => times[id],
});

// docs/reference/load-balancing.md 3.4, 14.5.
test('the lowest round trip comes first, the others after it in ascending order', () => {
  const seen = measured({ A: 40, B: 10, C: 30, D: 20 });
  expect(names(decideWith(pools, { loadBalancer, seen }))).toEqual(['B/a', 'D/a', 'C/a', 'A/a']);
});

test('pools without a measurement come after those with one, in the order of the list', () => {
  const seen = measured({ C: 30, D: 20 });
  expect(names(decideWith(pools, { loadBalancer, seen }))).toEqual(['D/a', 'C/a', 'A/a', 'B/a']);
});

test('without any measurement the order of the list counts', () => {
  expect(names(decideWith(pools, { loadBalancer }))).toEqual(['A/a', 'B/a', 'C/a', 'D/a']);
});

test('equal round trips: the order of the list', () => {
  expect(names(decideWith(pools, { loadBalancer, seen: measured({ A: 5, B: 5, C: 5, D: 5 }) }))).toEqual([
    'A/a',
    'B/a',
    'C/a',
    'D/a',
  ]);
});

test('an unhealthy pool is passed over however fast it was', () => {
  expect(first(decideWith(pools, { loadBalancer, seen: measured({ A: 2, B: 1 }, 'B/a') }))).toBe('A/a');
});

test('asks for what this data center and region measured, and says it', () => {
  const asked = new Set<string>();
  const seen: Observations = {
    ...observations(),
    roundTripOf(id, dataCenter, region) {
      asked.add(`${dataCenter} ${region}`);
      return id === 'C' ? 12.34 : 50;
    },
  };
  const plan = decideWith(pools, { loadBalancer, seen, facts: { dataCenter: 'FRA', region: 'WEU' } });
  expect(asked).toEqual(new Set(['FRA WEU']));
  expect(plan.reasons[1]?.detail).toBe('lowest round trip of the available pools: 12.3 ms on average');
});
