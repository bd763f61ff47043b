import { describe, expect, test } from 'vitest';
import { loadBalancer, pool, testState, zone } from '../account.fixture.js';
import type { Writable } from '../state.types.js';
import { ValidationError } from '../validation-error.js';

type PoolSets = NonNullable<Writable<'load_balancers'>['pool_sets']>;

const to = { pools: ['pool tokyo'] };

describe('pool sets have the codes of the API', () => {
  test.each<[string, PoolSets]>([
    ['POOL_SETS_TOO_LARGE', Array.from({ length: 1001 }, () => ({ overrides: to }))],
    ['POOL_SET_NO_INTENT', [{ match: { default: true } }]],
    ['POOL_SET_NO_INTENT', [{ overrides: { pools: [] } }]],
    ['POOL_SET_EMPTY_MATCH', [{ match: {}, overrides: to }]],
    ['POOL_SET_DEFAULT_WITH_MATCH', [{ match: { default: true, topology: { pops: ['NRT'] } }, overrides: to }]],
    ['POOL_SET_EMPTY_TOPOLOGY', [{ match: { topology: {} }, overrides: to }]],
  ])('%s', (code, pool_sets) => {
    expect(codesFor(pool_sets)).toEqual([code]);
  });

  test('POOL_SET_TOPOLOGY_TOO_LARGE, beside what else is wrong with so many codes', () => {
    const countries = Array.from({ length: 1001 }, () => 'JP');
    const codes = codesFor([{ match: { topology: { countries } }, overrides: to }]);
    expect(new Set(codes)).toEqual(new Set(['POOL_SET_TOPOLOGY_TOO_LARGE', 'not_unique']));
  });

  test('and none when they are well', () => {
    const topology = { pops: ['NRT'], countries: ['JP'], regions: ['NEAS'] };
    expect(
      codesFor([
        { match: { default: false, topology }, overrides: to },
        { match: { topology: { countries: ['US'] } }, fixed_response: { status_code: 403 }, overrides: {} },
        { match: { default: true }, overrides: { ...to, steering_policy: 'random', pool_default_weight: 0.5 } },
        { overrides: to },
      ]),
    ).toEqual([]);
  });
});

function codesFor(pool_sets: PoolSets): string[] {
  const { state } = testState();
  try {
    state.transact('api', (draft) => {
      draft.put('zones', zone);
      draft.put('pools', pool('tokyo'));
      draft.put('load_balancers', { ...loadBalancer('app.example.com', ['pool tokyo']), pool_sets });
    });
    return [];
  } catch (error) {
    if (error instanceof ValidationError) return error.problems.map(({ code }) => code);
    throw error;
  }
}
