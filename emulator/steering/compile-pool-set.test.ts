import { describe, expect, test } from 'vitest';
import type { LoadBalancer, PoolSet } from '../state/objects.js';
import { observations, origin, pool } from './account.fixture.js';
import { decideWith, first, names, sharesOf, snapshotOf, steps } from './decision.fixture.js';

const pools = ['own', 'one', 'two', 'three', 'spare', 'last'].map((name) =>
  pool(name, [origin('a')], { monitor: 'm' }),
);
const set = (name: string, part: Partial<PoolSet>): PoolSet => ({ name, disabled: false, ...part });
const to = (...ids: string[]) => ({ overrides: { pools: ids } });
const topology = (part: NonNullable<NonNullable<PoolSet['match']>['topology']>) => ({ match: { topology: part } });
const withSets = (...pool_sets: PoolSet[]): Partial<LoadBalancer> => ({
  default_pools: ['own'],
  fallback_pool: 'last',
  pool_sets,
});
const chosen = (loadBalancer: Partial<LoadBalancer>, facts = {}) => first(decideWith(pools, { loadBalancer, facts }));

// docs/reference/load-balancing.md 3.3.
describe('the pool set that counts is', () => {
  test('the first that matches: a data center’s does not beat a region’s before it', () => {
    const region = set('region', { ...topology({ regions: ['NEAS'] }), ...to('one') });
    const pop = set('pop', { ...topology({ pops: ['NRT'] }), ...to('two') });
    expect(chosen(withSets(region, pop))).toBe('one/a');
    expect(chosen(withSets(pop, region))).toBe('two/a');
    expect(chosen(withSets(pop, region), { dataCenter: 'KIX' })).toBe('one/a');
  });

  test('not one that is disabled', () => {
    expect(chosen(withSets(set('off', { disabled: true, ...to('one') }), set('on', to('two'))))).toBe('two/a');
  });

  test('for every request without match, and with default: true', () => {
    expect(chosen(withSets(set('all', to('one'))))).toBe('one/a');
    expect(chosen(withSets(set('all', { match: { default: true }, ...to('one') })))).toBe('one/a');
  });

  test.each([
    [{}, 'one/a'],
    [{ dataCenter: 'KIX' }, 'one/a'],
    [{ dataCenter: 'ICN' }, 'own/a'],
    [{ country: 'US' }, 'one/a'],
    [{ country: 'KR' }, 'own/a'],
    [{ region: 'OC' }, 'own/a'],
  ])('any entry of a list, but something of each list: %j goes to %s', (facts, expected) => {
    const all = topology({ pops: ['NRT', 'KIX'], countries: ['US', 'JP'], regions: ['WEU', 'NEAS'] });
    expect(chosen(withSets(set('both', { ...all, ...to('one') })), facts)).toBe(expected);
  });

  test('none when nothing matches: the standard fields are used', () => {
    const plan = decideWith(pools, {
      loadBalancer: withSets(set('eu', { ...topology({ regions: ['WEU'] }), ...to('one') })),
    });
    expect(steps(plan).slice(1)).toEqual(['pool_set skipped', 'pool own chosen', 'endpoint a chosen']);
  });
});

test('those that do not count say why, in one line', () => {
  const sets = [
    set('off', { disabled: true, ...to('one') }),
    set('eu', { ...topology({ regions: ['WEU'] }), ...to('one') }),
    set('', { ...topology({ pops: ['KIX'] }), ...to('one') }),
    set('rest', to('two')),
    set('never asked', to('one')),
  ];
  const reasonsOf = (...given: PoolSet[]) =>
    decideWith(pools, { loadBalancer: withSets(...given) })
      .reasons.filter(({ step }) => step === 'pool_set')
      .map(({ subject = '', detail }) => `${subject}: ${detail}`);
  const before = ': not for this data center, country and region: eu, pool_sets[2]; disabled: off';
  expect(reasonsOf(...sets)).toEqual([before, 'rest: it is for every request']);
  expect(reasonsOf(...sets.slice(0, 3))).toEqual([before]);
  expect(reasonsOf(...sets.slice(3))).toEqual(['rest: it is for every request']);
});

describe('a pool set that matched', () => {
  test('replaces the whole selection: maps, policy and weights of the load balancer have no effect', () => {
    const loadBalancer = {
      ...withSets(set('all', to('one', 'two'))),
      steering_policy: 'geo' as const,
      pop_pools: { NRT: ['three'] },
      random_steering: { default_weight: 0, pool_weights: { two: 1 } },
      adaptive_routing: { failover_across_pools: true },
    };
    expect(names(decideWith(pools, { loadBalancer }))).toEqual(['one/a', 'two/a', 'last/a (Fallback)']);
  });

  test('without a policy has the order of failover, with one uses it, by weights of its own', () => {
    const overrides = {
      pools: ['one', 'two', 'three'],
      steering_policy: 'random' as const,
      pool_weights: { one: 0.5 },
      pool_default_weight: 0,
    };
    const loadBalancer = {
      ...withSets(set('all', { overrides })),
      random_steering: { default_weight: 1, pool_weights: { two: 1 } },
    };
    expect(sharesOf({ snapshot: snapshotOf(pools, loadBalancer), draws: 300 })).toEqual({ one: expect.closeTo(1) });
    const even = { ...overrides, pool_weights: {}, pool_default_weight: 0.3 };
    const shares = sharesOf({
      snapshot: snapshotOf(pools, { ...loadBalancer, ...withSets(set('all', { overrides: even })) }),
      draws: 3000,
    });
    expect(Object.keys(shares).sort()).toEqual(['one', 'three', 'two']);
    for (const share of Object.values(shares)) expect(Math.abs(share - 1 / 3)).toBeLessThan(0.05);
  });

  test('has its own fallback pool, else the load balancer’s', () => {
    const seen = observations('one/a');
    const own = withSets(set('all', { overrides: { pools: ['one'], fallback_pool: 'spare' } }));
    expect(first(decideWith(pools, { loadBalancer: own, seen }))).toBe('spare/a (Fallback)');
    expect(first(decideWith(pools, { loadBalancer: withSets(set('all', to('one'))), seen }))).toBe('last/a (Fallback)');
  });

  test('may answer itself, which ends everything: rules too', () => {
    const response = { status_code: 451, content_type: 'text/plain', message_body: 'not here', location: '' };
    const plan = decideWith(pools, {
      loadBalancer: {
        ...withSets(set('closed', { fixed_response: response })),
        rules: [
          { name: 'r', condition: '', priority: 0, disabled: false, terminates: false, overrides: { pools: ['one'] } },
        ],
      },
    });
    expect(plan).toMatchObject({ kind: 'fixed_response', response });
    expect(steps(plan).slice(1)).toEqual(['pool_set closed answered']);
  });

  test('is named by its place when it has no name, and shows no more than a reader can take in', () => {
    const many = Array.from({ length: 1000 }, (_, index) => (index === 0 ? 'NRT' : `X${index}`));
    const plan = decideWith(pools, {
      loadBalancer: withSets(
        set('', { disabled: true, ...to('two') }),
        set('', { ...topology({ pops: many }), ...to('one') }),
      ),
    });
    expect(plan.reasons[2]).toMatchObject({ step: 'pool_set', subject: 'pool_sets[1]', outcome: 'matched' });
    expect(plan.reasons[2]?.detail).toMatch(/data centers NRT, .* and 992 more$/);
  });
});
