import { describe, expect, test } from 'vitest';
import { loadBalancer, pool, testState, zone } from './account.fixture.js';
import { poolReferences } from './pool-references.js';
import type { Writable } from './state.types.js';
import { ValidationError } from './validation-error.js';

type Part = Partial<Writable<'load_balancers'>>;

/** Every way to name the pool `x`. */
const WAYS: Readonly<Record<string, (x: string) => Part>> = {
  'default_pools.1': (x) => ({ default_pools: ['pool tokyo', x] }),
  fallback_pool: (x) => ({ fallback_pool: x }),
  'region_pools.NEAS.0': (x) => ({ region_pools: { NEAS: [x] } }),
  'country_pools.JP.0': (x) => ({ country_pools: { JP: [x] } }),
  'pop_pools.NRT.0': (x) => ({ pop_pools: { NRT: [x] } }),
  'random_steering.pool_weights.pool osaka': (x) => ({ random_steering: { pool_weights: { [x]: 0.5 } } }),
  'rules.0.overrides.default_pools.0': (x) => ({ rules: [{ overrides: { default_pools: [x] } }] }),
  'rules.0.overrides.fallback_pool': (x) => ({ rules: [{ overrides: { fallback_pool: x } }] }),
  'rules.0.overrides.region_pools.NEAS.0': (x) => ({ rules: [{ overrides: { region_pools: { NEAS: [x] } } }] }),
  'rules.0.overrides.country_pools.JP.0': (x) => ({ rules: [{ overrides: { country_pools: { JP: [x] } } }] }),
  'rules.0.overrides.pop_pools.NRT.0': (x) => ({ rules: [{ overrides: { pop_pools: { NRT: [x] } } }] }),
  'rules.0.overrides.pools.0': (x) => ({ rules: [{ overrides: { pools: [x] } }] }),
  'rules.0.overrides.pool_weights.pool osaka': (x) => ({ rules: [{ overrides: { pool_weights: { [x]: 1 } } }] }),
  'rules.0.overrides.random_steering.pool_weights.pool osaka': (x) => ({
    rules: [{ overrides: { random_steering: { pool_weights: { [x]: 1 } } } }],
  }),
  'pool_sets.0.overrides.pools.0': (x) => ({ pool_sets: [{ overrides: { pools: [x] } }] }),
  'pool_sets.0.overrides.pool_weights.pool osaka': (x) => ({
    pool_sets: [{ overrides: { pools: ['pool tokyo'], pool_weights: { [x]: 1 } } }],
  }),
  'pool_sets.0.overrides.fallback_pool': (x) => ({
    pool_sets: [{ overrides: { pools: ['pool tokyo'], fallback_pool: x } }],
  }),
};

describe.each(Object.entries(WAYS))('a pool at %s', (path, way) => {
  const write = (pools: readonly string[]) => {
    const { state } = testState();
    state.transact('api', (draft) => {
      draft.put('zones', zone);
      for (const name of pools) draft.put('pools', pool(name));
      draft.put('load_balancers', { ...loadBalancer('app.example.com', ['pool tokyo']), ...way('pool osaka') });
    });
    return state;
  };

  test('must be there', () => {
    const [problem, ...others] = caught(() => write(['tokyo'])).problems;
    expect(problem).toMatchObject({ code: 'unknown_reference' });
    expect(problem?.path.slice(2).join('.')).toBe(path);
    expect(others).toEqual([]);
  });

  test('cannot be deleted', () => {
    const state = write(['tokyo', 'osaka']);
    const { problems } = caught(() => state.transact('api', (draft) => draft.delete('pools', 'pool osaka')));
    expect(problems.map(({ path: at, code }) => [at, code])).toEqual([[['pools', 'pool osaka'], 'referenced']]);
  });

  test('is among the references of the load balancer', () => {
    const [written] = write(['tokyo', 'osaka']).read().load_balancers.values();
    const found = written ? [...poolReferences(written)].filter((reference) => reference.pool === 'pool osaka') : [];
    expect(found.map((reference) => reference.path.join('.'))).toEqual([path]);
  });
});

function caught(write: () => unknown): ValidationError {
  try {
    write();
  } catch (error) {
    if (error instanceof ValidationError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}
