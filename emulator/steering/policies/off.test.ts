import { expect, test } from 'vitest';
import { observations, origin, pool } from '../account.fixture.js';
import { decideWith, first, names } from '../decision.fixture.js';

const pools = ['one', 'two', 'three'].map((name) => pool(name, [origin('a')], { monitor: 'm' }));
const loadBalancer = { steering_policy: 'off' } as const;

// docs/reference/load-balancing.md 3.4.
test('the first pool of the list gets everything', () => {
  for (let seed = 0; seed < 20; seed++) expect(first(decideWith(pools, { loadBalancer, seed }))).toBe('one/a');
});

test('an unhealthy pool further down changes nothing now', () => {
  expect(first(decideWith(pools, { loadBalancer, seen: observations('two/a') }))).toBe('one/a');
});

test('when the first turns critical the next one takes over; when that does, the one behind it', () => {
  expect(first(decideWith(pools, { loadBalancer, seen: observations('one/a') }))).toBe('two/a');
  expect(first(decideWith(pools, { loadBalancer, seen: observations('one/a', 'two/a') }))).toBe('three/a');
});

test('weights of pools do not matter', () => {
  const weighted = { ...loadBalancer, random_steering: { default_weight: 0, pool_weights: { three: 1 } } };
  expect(first(decideWith(pools, { loadBalancer: weighted }))).toBe('one/a');
});

test('failover across pools goes on in the order of the list', () => {
  const across = { ...loadBalancer, adaptive_routing: { failover_across_pools: true } };
  expect(names(decideWith(pools, { loadBalancer: across }))).toEqual(['one/a', 'two/a', 'three/a']);
});
