import { expect, test } from 'vitest';
import { pool, testState } from './account.fixture.js';
import type { Writable } from './state.types.js';
import { ValidationError } from './validation-error.js';

type Part = Partial<Writable<'pools'>>;

/** What is wrong with a pool: its place in the pool, and the text. */
function problemsOf(part: Part): (readonly [string, string])[] {
  const { state } = testState();
  try {
    state.transact('api', (draft) => draft.put('pools', pool('tokyo', part)));
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    return error.problems.map(({ path, message }) => [path.slice(2).join('.'), message]);
  }
  return [];
}

test('a pool has each of its check_regions once', () => {
  expect(problemsOf({ check_regions: ['WNAM', 'WNAM'] })).toEqual([
    ['check_regions.1', 'must be unique in check_regions; WNAM is there already'],
  ]);
});

test('ALL_REGIONS stands alone', () => {
  expect(problemsOf({ check_regions: ['ALL_REGIONS'] })).toEqual([]);
  expect(problemsOf({ check_regions: ['WNAM', 'ALL_REGIONS'] })).toEqual([
    ['check_regions.1', expect.stringContaining('cannot stand beside other regions')],
  ]);
});

test.each([[['local']], [['regional', 'global', 'local']], [[]]])(
  'health_sources %j is told what it may be',
  (sources) => {
    const part = { check_regions: ['WNAM'], health_sources: sources } as unknown as Part;
    expect(problemsOf(part)).toContainEqual([
      'health_sources',
      expect.stringMatching(/^must be null or \[regional, global\]/),
    ]);
  },
);
