import { describe, expect, test } from 'vitest';
import { observations, origin, pool } from '../account.fixture.js';
import { decideWith, first, names } from '../decision.fixture.js';

const pools = ['P1', 'P2'].map((name) => pool(name, [origin('a')], { monitor: 'm' }));
const at = (region: string) => ({ facts: { region } });

// docs/reference/load-balancing.md 3.2, the example of the docs.
describe('3.2: WNAM [P1,P2], ENAM [P1,P2], EEU [P2,P1], default [P1,P2], fallback P2', () => {
  const loadBalancer = {
    steering_policy: 'geo',
    default_pools: ['P1', 'P2'],
    fallback_pool: 'P2',
    region_pools: { WNAM: ['P1', 'P2'], ENAM: ['P1', 'P2'], EEU: ['P2', 'P1'] },
  } as const;

  test.each([
    ['WNAM', 'P1/a', 'P2/a'],
    ['ENAM', 'P1/a', 'P2/a'],
    ['EEU', 'P2/a', 'P1/a'],
    ['OC', 'P1/a', 'P2/a'],
  ])('a request in %s goes to %s, and to %s when that is critical', (region, best, next) => {
    expect(first(decideWith(pools, { loadBalancer, ...at(region) }))).toBe(best);
    expect(first(decideWith(pools, { loadBalancer, ...at(region), seen: observations(best) }))).toBe(next);
  });

  test('with only WNAM defined, a request in ENAM uses the default pools', () => {
    const only = { ...loadBalancer, default_pools: ['P2', 'P1'], region_pools: { WNAM: ['P1'] } };
    const plan = decideWith(pools, { loadBalancer: only, ...at('ENAM') });
    expect(plan.reasons[1]).toMatchObject({ step: 'candidates', subject: 'default_pools' });
    expect(first(plan)).toBe('P2/a');
  });
});

test('the list that is exhausted gives way to the fallback pool, not to the default pools nor to another list', () => {
  const three = ['P1', 'P2', 'P3', 'spare'].map((name) => pool(name, [origin('a')], { monitor: 'm' }));
  const loadBalancer = {
    steering_policy: 'geo',
    default_pools: ['P2'],
    region_pools: { NEAS: ['P1'], WEU: ['P3'] },
    fallback_pool: 'spare',
    adaptive_routing: { failover_across_pools: true },
  } as const;
  expect(first(decideWith(three, { loadBalancer, seen: observations('P1/a') }))).toBe('spare/a (Fallback)');
  // The same for failover across pools (docs/reference/load-balancing.md section 6).
  expect(names(decideWith(three, { loadBalancer }))).toEqual(['P1/a', 'spare/a (Fallback)']);
});
