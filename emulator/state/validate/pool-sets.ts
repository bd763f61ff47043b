import type { PoolSet, PoolSetTopology } from '../objects.js';
import type { Problem } from '../state.types.js';
import type { Check } from './index.js';
import { unknownPlace } from './place-codes.js';

/** docs/reference/load-balancing.md 3.3: sets of one load balancer, and entries of one list. */
const MOST = 1000;

const LISTS = [
  ['pops', 'pop'],
  ['countries', 'country'],
  ['regions', 'region'],
] as const;

/** docs/reference/load-balancing.md 3.3. Codes in capitals are the API's own: people look them up, so the messages have them. */
export const checkPoolSets: Check = function* (account, before, suspects) {
  for (const problem of problemsOf(account, before, suspects)) {
    const isApis = problem.code.startsWith('POOL_SET');
    yield isApis ? { ...problem, message: `${problem.message} (${problem.code})` } : problem;
  }
};

const problemsOf: Check = function* (_account, _before, suspects) {
  for (const [id, { pool_sets }] of suspects.load_balancers) {
    const at = ['load_balancers', id, 'pool_sets'];
    if (pool_sets.length > MOST) {
      yield { path: at, code: 'POOL_SETS_TOO_LARGE', message: tooMany(pool_sets.length) };
    }
    for (const [index, set] of pool_sets.entries()) {
      yield* checkIntent(set, [...at, index]);
      yield* checkMatch(set, [...at, index]);
    }
  }
};

function tooMany(count: number): string {
  return `must have at most ${MOST} items; it has ${count}`;
}

function* checkIntent({ overrides, fixed_response }: PoolSet, at: Problem['path']): Generator<Problem> {
  if (fixed_response) {
    if (Object.keys(overrides ?? {}).length === 0) return;
    yield {
      path: [...at, 'overrides'],
      code: 'conflict',
      message: 'cannot stand beside fixed_response, which answers before anything is steered; keep one of them',
    };
  } else if ((overrides?.pools ?? []).length === 0) {
    yield {
      path: at,
      code: 'POOL_SET_NO_INTENT',
      message: 'needs overrides.pools or fixed_response: what it matches has nowhere to go',
    };
  }
}

function* checkMatch({ match }: PoolSet, at: Problem['path']): Generator<Problem> {
  if (!match) return;
  const path = [...at, 'match'];
  if (match.topology) {
    if (match.default === true) {
      const message = 'cannot stand beside topology: it matches every request; keep one of them';
      yield { path: [...path, 'default'], code: 'POOL_SET_DEFAULT_WITH_MATCH', message };
    }
    yield* checkTopology(match.topology, [...path, 'topology']);
  } else if (match.default !== true) {
    yield {
      path,
      code: 'POOL_SET_EMPTY_MATCH',
      message: 'must have topology, or default: true; leave match out for every request',
    };
  }
}

function* checkTopology(topology: PoolSetTopology, at: Problem['path']): Generator<Problem> {
  const given = LISTS.filter(([key]) => topology[key] !== undefined);
  if (given.every(([key]) => topology[key]?.length === 0)) {
    const message = 'must have at least one of pops, countries and regions, with an item';
    yield { path: at, code: 'POOL_SET_EMPTY_TOPOLOGY', message };
    return;
  }
  for (const [key, kind] of given) {
    const codes = topology[key] ?? [];
    const path = [...at, key];
    if (codes.length === 0) {
      const message = 'must have at least 1 item: every list that is given has to fit; it has 0';
      yield { path, code: 'out_of_range', message };
    }
    if (codes.length > MOST) yield { path, code: 'POOL_SET_TOPOLOGY_TOO_LARGE', message: tooMany(codes.length) };
    const seen = new Set<string>();
    for (const [index, code] of codes.entries()) {
      const wrong = unknownPlace(kind, code);
      if (wrong) yield { path: [...path, index], ...wrong };
      else if (seen.has(code)) yield { path: [...path, index], code: 'not_unique', message: `is there twice: ${code}` };
      seen.add(code);
    }
  }
}
