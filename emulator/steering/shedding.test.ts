import { describe, expect, test } from 'vitest';
import type { LoadShedding, Pool } from '../state/objects.js';
import { origin, pool } from './account.fixture.js';
import {
  address,
  answer,
  cookieOf,
  decideBy,
  decideWith,
  first,
  names,
  sentBack,
  sharesOf,
  snapshotOf,
  steps,
  TOLERANCE,
} from './decision.fixture.js';

const shedding = (name: string, part: Partial<LoadShedding>): Pool =>
  pool(name, [origin('a')], {
    load_shedding: {
      default_percent: 0,
      default_policy: 'random',
      session_percent: 0,
      session_policy: 'hash',
      ...part,
    },
  });
const spare = pool('spare', [origin('a')]);
const CLIENTS = 4000;
const byAddress = (draw: number) => ({ clientIp: address(draw) });

// docs/reference/load-balancing.md section 7.
describe('random shedding', () => {
  test('sheds each request with that probability, whoever sends it', () => {
    const snapshot = snapshotOf([shedding('p', { default_percent: 30 }), spare]);
    const shares = sharesOf({ snapshot });
    expect(Math.abs((shares.spare ?? 0) - 0.3)).toBeLessThan(TOLERANCE);
  });

  test.each([
    [0, 'p/a'],
    [100, 'spare/a'],
  ])('at %i percent everything goes to %s', (default_percent, expected) => {
    const snapshot = snapshotOf([shedding('p', { default_percent }), spare]);
    for (let seed = 0; seed < 50; seed++) expect(first(decideBy(snapshot, { seed }))).toBe(expected);
  });
});

describe('shedding by hash', () => {
  const half = (name: string) => shedding(name, { default_percent: 50, default_policy: 'hash' });

  // docs/reference/load-balancing.md 3.6, method 2 of DNS persistence, which is the same here.
  test('with off, half of the addresses go to the next pool in order, and always the same ones', () => {
    const snapshot = snapshotOf([half('pool_1'), pool('pool_2', [origin('a')]), spare]);
    const goesTo = (client: number, seed: number) =>
      first(decideBy(snapshot, { seed, facts: { clientIp: address(client) } }));
    let shed = 0;
    for (let client = 0; client < CLIENTS; client++) {
      const chosen = goesTo(client, client);
      expect(goesTo(client, client + 1)).toBe(chosen);
      if (chosen === 'pool_2/a') shed++;
    }
    expect(Math.abs(shed / CLIENTS - 0.5)).toBeLessThan(2 * TOLERANCE);
  });

  // 14.9.
  test('two pools do not shed the same addresses: a quarter is shed by both', () => {
    const snapshot = snapshotOf([half('p'), half('q'), spare]);
    const shares = sharesOf({ snapshot, draws: CLIENTS, factsOf: byAddress });
    for (const [name, share] of Object.entries({ p: 0.5, q: 0.25, spare: 0.25 }))
      expect(Math.abs((shares[name] ?? 0) - share)).toBeLessThan(2 * TOLERANCE);
  });

  test('a larger percentage sheds those that a smaller one sheds, and more', () => {
    const shedAt = (default_percent: number, client: number): boolean =>
      first(
        decideWith([shedding('p', { default_percent, default_policy: 'hash' }), spare], {
          facts: { clientIp: address(client) },
        }),
      ) === 'spare/a';
    for (let client = 0; client < 200; client++) if (shedAt(20, client)) expect(shedAt(60, client)).toBe(true);
  });
});

describe('what a pool sheds', () => {
  const all = (name: string) => shedding(name, { default_percent: 100 });

  test('goes to the next pools by the steering policy, and says so', () => {
    const plan = decideWith([all('p'), all('q'), pool('r', [origin('a')]), spare]);
    expect(steps(plan).slice(1)).toEqual([
      'pool p chosen',
      'shed p shed',
      'pool q chosen',
      'shed q shed',
      'pool r chosen',
      'endpoint a chosen',
    ]);
    const weights = { default_weight: 0.5, pool_weights: { p: 1 } };
    const snapshot = snapshotOf([all('p'), pool('q', [origin('a')]), spare], {
      steering_policy: 'random',
      random_steering: weights,
    });
    const shares = sharesOf({ snapshot, draws: 2000 });
    expect(Object.keys(shares).sort()).toEqual(['q', 'spare']);
    expect(Math.abs((shares.q ?? 0) - 0.5)).toBeLessThan(0.06);
  });

  test('goes to the fallback pool when all shed; that one never sheds', () => {
    const pools = [all('p'), all('q')];
    expect(first(decideWith(pools))).toBe('q/a (Fallback)');
    const loadBalancer = { default_pools: ['p'], fallback_pool: 'q' };
    expect(first(decideWith(pools, { loadBalancer }))).toBe('q/a (Fallback)');
  });

  test('does not come back to it by failover across pools', () => {
    const loadBalancer = {
      default_pools: ['p', 'q', 'r'],
      fallback_pool: 'spare',
      adaptive_routing: { failover_across_pools: true },
    };
    const pools = [all('p'), pool('q', [origin('a')]), all('r'), spare];
    expect(names(decideWith(pools, { loadBalancer }))).toEqual(['q/a', 'spare/a (Fallback)']);
  });
});

describe('sessions', () => {
  const loadBalancer = { session_affinity: 'cookie' } as const;
  const without = snapshotOf([pool('p', [origin('a')]), spare], loadBalancer);
  const cookieFor = (clientIp: string) =>
    sentBack(cookieOf(answer(decideBy(without, { facts: { clientIp } })).session));

  test('are not shed by default_percent', () => {
    const snapshot = snapshotOf([shedding('p', { default_percent: 100 }), spare], loadBalancer);
    const facts = { clientIp: address(1), ...cookieFor(address(1)) };
    expect(first(decideBy(snapshot, { facts }))).toBe('p/a');
  });

  test('are shed by hash alone: the same addresses whenever they come, others than those of new requests', () => {
    const snapshot = snapshotOf([shedding('p', { session_percent: 40 }), spare], loadBalancer);
    const other = snapshotOf([shedding('p', { default_percent: 40, default_policy: 'hash' }), spare], loadBalancer);
    let [shed, both] = [0, 0];
    for (let client = 0; client < 2000; client++) {
      const facts = { clientIp: address(client), ...cookieFor(address(client)) };
      const to = first(decideBy(snapshot, { seed: client, facts }));
      expect(first(decideBy(snapshot, { seed: client + 1, facts }))).toBe(to);
      if (to !== 'spare/a') continue;
      shed++;
      if (first(decideBy(other, { facts: { clientIp: address(client) } })) === 'spare/a') both++;
    }
    expect(Math.abs(shed / 2000 - 0.4)).toBeLessThan(0.06);
    expect(Math.abs(both / shed - 0.4)).toBeLessThan(0.1);
  });

  test('that are shed get another pool and a cookie for it; the pool that shed them does not get them as new ones', () => {
    const snapshot = snapshotOf([shedding('p', { session_percent: 100 }), spare], loadBalancer);
    const facts = { clientIp: address(1), ...cookieFor(address(1)) };
    const { to, session } = answer(decideBy(snapshot, { facts }));
    expect(to).toBe('spare/a');
    expect(first(decideBy(snapshot, { facts: { clientIp: address(1), ...sentBack(cookieOf(session)) } }))).toBe(
      'spare/a',
    );
  });

  test('that are shed by the last pool go to the fallback pool, which may be the same', () => {
    const snapshot = snapshotOf([shedding('p', { session_percent: 100 })], loadBalancer);
    expect(first(decideBy(snapshot, { facts: { clientIp: address(1), ...cookieFor(address(1)) } }))).toBe(
      'p/a (Fallback)',
    );
  });
});
