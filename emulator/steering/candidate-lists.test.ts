import { describe, expect, test } from 'vitest';
import type { LoadBalancer } from '../state/objects.js';
import { observations, origin, pool } from './account.fixture.js';
import { decideWith, first, names, sharesOf, snapshotOf } from './decision.fixture.js';

const pools = ['default', 'pop', 'country', 'region', 'spare'].map((name) =>
  pool(name, [origin('a')], { monitor: 'm' }),
);
const maps = {
  default_pools: ['default'],
  fallback_pool: 'spare',
  pop_pools: { NRT: ['pop'] },
  country_pools: { JP: ['country'], US: ['country'] },
  region_pools: { NEAS: ['region'] },
} satisfies Partial<LoadBalancer>;
const GEO = { ...maps, steering_policy: 'geo' } satisfies Partial<LoadBalancer>;

// docs/reference/load-balancing.md 3.2.
describe('with geo the list is', () => {
  test.each([
    ['the data center’s', {}, 'pop/a', 'pop_pools.NRT'],
    ['else the country’s', { dataCenter: 'KIX' }, 'country/a', 'country_pools.JP'],
    ['else the region’s', { dataCenter: 'KIX', country: 'KR' }, 'region/a', 'region_pools.NEAS'],
    ['else default_pools', { dataCenter: 'FRA', country: 'DE', region: 'WEU' }, 'default/a', 'default_pools'],
  ])('%s', (_which, facts, chosen, list) => {
    const plan = decideWith(pools, { loadBalancer: GEO, facts });
    expect(plan.reasons[1]).toMatchObject({ step: 'candidates', subject: list });
    expect(first(plan)).toBe(chosen);
  });

  // 14.14.
  test('the client’s country, and only when nobody said one that of the data center', () => {
    const elsewhere = { dataCenter: 'FRA', dataCenterCountry: 'DE', region: 'WEU' };
    expect(first(decideWith(pools, { loadBalancer: GEO, facts: { ...elsewhere, country: 'US' } }))).toBe('country/a');
    const inJapan = { dataCenter: 'KIX', dataCenterCountry: 'JP', region: 'OC' };
    expect(first(decideWith(pools, { loadBalancer: GEO, facts: inJapan }))).toBe('country/a');
    expect(first(decideWith(pools, { loadBalancer: GEO, facts: { ...inJapan, country: 'DE' } }))).toBe('default/a');
  });

  test.each([
    ['pop', {}],
    ['country', { dataCenter: 'KIX' }],
    ['region', { dataCenter: 'KIX', country: 'KR' }],
    ['default', { dataCenter: 'FRA', country: 'DE', region: 'WEU' }],
  ])('used alone: when %s is exhausted, the fallback pool takes over', (name, facts) => {
    const plan = decideWith(pools, { loadBalancer: GEO, facts, seen: observations(`${name}/a`) });
    expect(first(plan)).toBe('spare/a (Fallback)');
  });
});

test.each([
  'off',
  'random',
  'dynamic_latency',
  'proximity',
  'least_outstanding_requests',
  'least_connections',
] as const)('with %s it is default_pools, whatever the maps say', (steering_policy) => {
  expect(first(decideWith(pools, { loadBalancer: { ...maps, steering_policy } }))).toBe('default/a');
});

// 1.1.
describe('an empty policy means', () => {
  test('geo when any of the maps is used', () => {
    expect(first(decideWith(pools, { loadBalancer: { ...maps, steering_policy: '' } }))).toBe('pop/a');
    for (const key of ['pop_pools', 'country_pools', 'region_pools'] as const) {
      const none = { pop_pools: {}, country_pools: {}, region_pools: {} };
      const loadBalancer = { ...maps, ...none, [key]: maps[key], steering_policy: '' as const };
      expect(first(decideWith(pools, { loadBalancer }))).toBe(`${key.split('_')[0]}/a`);
    }
  });

  test('off when none is', () => {
    const plan = decideWith(pools, { loadBalancer: { steering_policy: '' } });
    expect(first(plan)).toBe('default/a');
  });
});

test('a pool that is twice in a list counts once, where it is first', () => {
  const loadBalancer = {
    default_pools: ['region', 'pop', 'region'],
    fallback_pool: 'spare',
    adaptive_routing: { failover_across_pools: true },
  };
  expect(names(decideWith(pools, { loadBalancer }))).toEqual(['region/a', 'pop/a', 'spare/a (Fallback)']);
  const shares = sharesOf({ snapshot: snapshotOf(pools, { ...loadBalancer, steering_policy: 'random' }), draws: 2000 });
  expect(Math.abs((shares.region ?? 0) - 0.5)).toBeLessThan(0.06);
});
