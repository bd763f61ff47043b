import { describe, expect, test } from 'vitest';
import { createRng } from '../../runtime/rng.js';
import type { LoadBalancer, Pool } from '../state/objects.js';
import { facts, observations, origin, pool } from './account.fixture.js';
import { attempts, decideWith, first, HOST, snapshotOf, steps } from './decision.fixture.js';
import { steer } from './steer.js';
import type { Observations, Plan } from './steering.types.js';

function decide(
  pools: readonly Pool[],
  seen: Observations = observations(),
  part: Partial<LoadBalancer> = {},
  seed = 1,
): Plan {
  return decideWith(pools, { seen, seed, loadBalancer: part });
}

describe('off', () => {
  test('takes the first pool of the list', () => {
    const plan = decide([pool('tokyo', [origin('a')]), pool('osaka', [origin('b')])]);
    expect(plan).toMatchObject({ kind: 'attempts', zoneId: 'example.com', loadBalancer: { name: HOST } });
    expect(steps(plan)).toEqual(['load_balancer app.example.com matched', 'pool tokyo chosen', 'endpoint a chosen']);
    expect(first(plan)).toBe('tokyo/a');
  });

  test('skips what is not available, and says why', () => {
    const plan = decide([
      pool('disabled', [origin('a')], { enabled: false }),
      pool('origins-disabled', [origin('a', { enabled: false })]),
      pool('weightless', [origin('a', { weight: 0 })]),
      pool('empty', []),
      pool('osaka', [origin('b')]),
    ]);
    expect(steps(plan)).toEqual([
      'load_balancer app.example.com matched',
      'pool disabled skipped',
      'pool origins-disabled skipped',
      'pool weightless skipped',
      'pool empty skipped',
      'pool osaka chosen',
      'endpoint b chosen',
    ]);
    const details = plan.reasons.map((reason) => reason.detail);
    expect(details[1]).toContain('disabled');
    expect(details[3]).toContain('weight 0');
    expect(first(plan)).toBe('osaka/b');
  });
});

describe('health', () => {
  const monitored = (name: string, origins: Pool['origins'], part: Partial<Pool> = {}): Pool =>
    pool(name, origins, { monitor: 'm', ...part });

  test('is not considered without a monitor', () => {
    expect(first(decide([pool('tokyo', [origin('a')])], observations('tokyo/a')))).toBe('tokyo/a');
  });

  // 14.11.
  test('minimum_origins is not considered without a monitor either', () => {
    expect(first(decide([pool('tokyo', [origin('a')], { minimum_origins: 5 })]))).toBe('tokyo/a');
  });

  test('an endpoint whose health nobody watches counts as healthy', () => {
    expect(first(decide([monitored('tokyo', [origin('a')])], { ...observations(), healthOf: () => undefined }))).toBe(
      'tokyo/a',
    );
  });

  test('a pool with fewer healthy endpoints than minimum_origins is critical: the next one takes over', () => {
    const tokyo = monitored('tokyo', [origin('a'), origin('b')], { minimum_origins: 2 });
    const plan = decide([tokyo, pool('osaka', [origin('c')])], observations('tokyo/b'));
    expect(steps(plan)).toContain('pool tokyo skipped');
    expect(plan.reasons[1]?.detail).toContain('critical');
    expect(first(plan)).toBe('osaka/c');
  });

  test('a degraded pool still gets traffic, but not its unhealthy endpoint', () => {
    const plan = decide([monitored('tokyo', [origin('a'), origin('b')])], observations('tokyo/a'));
    expect(steps(plan)).toEqual([
      'load_balancer app.example.com matched',
      'pool tokyo chosen',
      'endpoint a skipped',
      'endpoint b chosen',
    ]);
    expect(attempts(plan).map((attempt) => attempt.endpoint.name)).toEqual(['b']);
  });

  test('disabled endpoints do not count as healthy, those of weight 0 do', () => {
    const withDisabled = monitored('tokyo', [origin('a'), origin('b', { enabled: false })], { minimum_origins: 2 });
    expect(first(decide([withDisabled, pool('osaka', [origin('c')])]))).toBe('osaka/c');
    const withWeightless = monitored('tokyo', [origin('a'), origin('b', { weight: 0 })], { minimum_origins: 2 });
    expect(first(decide([withWeightless, pool('osaka', [origin('c')])]))).toBe('tokyo/a');
  });

  test('a pool whose healthy endpoints all weigh 0 is not available', () => {
    const tokyo = monitored('tokyo', [origin('a'), origin('b', { weight: 0 })]);
    expect(first(decide([tokyo, pool('osaka', [origin('c')])], observations('tokyo/a')))).toBe('osaka/c');
  });

  test('is the deciding data center’s', () => {
    const tokyo = monitored('tokyo', [origin('a')]);
    const asked: string[] = [];
    decide([tokyo], {
      ...observations(),
      healthOf(poolId, endpoint, dataCenter) {
        asked.push(`${poolId} ${endpoint} ${dataCenter}`);
        return undefined;
      },
    });
    expect(new Set(asked)).toEqual(new Set(['tokyo a NRT']));
  });

  test('is read again when a further attempt is pulled', () => {
    const down = new Set<string>();
    const seen: Observations = {
      ...observations(),
      healthOf: (_pool, endpoint) => (down.has(endpoint) ? 'unhealthy' : 'healthy'),
    };
    const plan = decide([monitored('tokyo', [origin('a'), origin('b'), origin('c')])], seen);
    if (plan.kind !== 'attempts') throw new Error(plan.kind);
    const one = plan.next()?.endpoint.name ?? '';
    const [next, last] = ['a', 'b', 'c'].filter((name) => name !== one);
    down.add(next ?? '');
    expect(plan.next()?.endpoint.name).toBe(last);
    expect(steps(plan)).toContain(`endpoint ${next} skipped`);
    down.clear();
    expect(plan.next()?.endpoint.name).toBe(next);
    expect(plan.next()).toBeUndefined();
  });
});

// docs/reference/load-balancing.md 2.7 and 14.10.
describe('the fallback pool', () => {
  const off = (name: string): Pool => pool(name, [origin('a')], { enabled: false });

  test('takes over when no default pool is available', () => {
    const pools = [off('tokyo'), pool('spare', [origin('s')])];
    const plan = decide(pools, observations(), { default_pools: ['tokyo'], fallback_pool: 'spare' });
    expect(steps(plan)).toEqual([
      'load_balancer app.example.com matched',
      'pool tokyo skipped',
      'pool none',
      'fallback spare chosen',
      'endpoint s chosen',
    ]);
    expect(first(plan)).toBe('spare/s (Fallback)');
  });

  test('its health does not matter, not even for the choice of the endpoint', () => {
    const tokyo = pool('tokyo', [origin('a'), origin('b')], { monitor: 'm', minimum_origins: 2 });
    const chosen = new Set<string>();
    for (let seed = 0; seed < 40; seed++)
      chosen.add(first(decide([tokyo], observations('tokyo/a', 'tokyo/b'), {}, seed)));
    expect(chosen).toEqual(new Set(['tokyo/a (Fallback)', 'tokyo/b (Fallback)']));
  });

  test('its disabled endpoints get nothing', () => {
    const spare = pool('spare', [origin('s', { enabled: false }), origin('t')]);
    const part = { default_pools: ['tokyo'], fallback_pool: 'spare' };
    for (let seed = 0; seed < 20; seed++)
      expect(first(decide([off('tokyo'), spare], observations(), part, seed))).toBe('spare/t (Fallback)');
  });

  test.each([
    ['is disabled', off('spare')],
    ['has no enabled endpoint', pool('spare', [origin('s', { enabled: false })])],
    ['has only endpoints of weight 0', pool('spare', [origin('s', { weight: 0 })])],
  ])('that %s: 530 with error 1016', (_why, spare) => {
    const plan = decide([off('tokyo'), spare], observations(), { default_pools: ['tokyo'], fallback_pool: 'spare' });
    expect(plan).toMatchObject({ kind: 'refused', status: 530, code: 1016, loadBalancer: { name: HOST } });
    expect(plan.reasons.at(-1)).toMatchObject({ step: 'fallback', subject: 'spare', outcome: 'refused' });
  });
});

describe('endpoint steering: random', () => {
  const DRAWS = 20_000;
  const TOLERANCE = 5 * Math.sqrt(0.25 / DRAWS);

  function shares(tokyo: Pool, seen: Observations): Map<string, number> {
    const snapshot = snapshotOf([tokyo]);
    const rng = createRng(11);
    const counts = new Map<string, number>();
    for (let i = 0; i < DRAWS; i++) {
      const plan = steer(facts(HOST), snapshot, seen, rng.fork(i));
      const name = plan.kind === 'attempts' ? (plan.next()?.endpoint.name ?? 'none') : plan.kind;
      counts.set(name, (counts.get(name) ?? 0) + 1 / DRAWS);
    }
    return counts;
  }

  // docs/reference/load-balancing.md 4, worked example.
  const abc = pool(
    'abc',
    [origin('A', { weight: 0.25 }), origin('B', { weight: 0.25 }), origin('C', { weight: 0.5 })],
    { monitor: 'm' },
  );

  test.each([
    ['25/25/50 with all healthy', observations(), { A: 0.25, B: 0.25, C: 0.5 }],
    ['50/50 with C unhealthy', observations('abc/C'), { A: 0.5, B: 0.5 }],
  ])('%s', (_name, seen, expected) => {
    const got = shares(abc, seen);
    expect([...got.keys()].sort()).toEqual(Object.keys(expected));
    for (const [name, share] of Object.entries(expected))
      expect(Math.abs((got.get(name) ?? 0) - share)).toBeLessThan(TOLERANCE);
  });

  test('says how likely the choice was', () => {
    expect(decide([abc]).reasons.at(-1)?.detail).toMatch(/^weight 0\.(25|5) of 1 among 3 endpoints \(random\)$/);
    expect(decide([abc], observations('abc/C')).reasons.at(-1)?.detail).toBe(
      'weight 0.25 of 0.5 among 2 endpoints (random)',
    );
  });

  test('further attempts are sampled without replacement by the same weights', () => {
    const snapshot = snapshotOf([abc]);
    const rng = createRng(5);
    let secondIsC = 0;
    let firstIsA = 0;
    for (let i = 0; i < DRAWS; i++) {
      const names = attempts(steer(facts(HOST), snapshot, observations(), rng.fork(i))).map(
        (attempt) => attempt.endpoint.name,
      );
      expect([...names].sort()).toEqual(['A', 'B', 'C']);
      if (names[0] !== 'A') continue;
      firstIsA++;
      if (names[1] === 'C') secondIsC++;
    }
    // Of B (0.25) and C (0.5).
    expect(Math.abs(secondIsC / firstIsA - 2 / 3)).toBeLessThan(2 * TOLERANCE);
  });

  test('an attempt carries the endpoint with its host override, port and virtual network', () => {
    const a = origin('a', {
      address: '10.0.0.1',
      port: 8080,
      virtual_network_id: 'staging',
      header: { Host: ['app.internal'] },
    });
    const [attempt] = attempts(decide([pool('tokyo', [a])]));
    expect(attempt?.endpoint).toEqual({
      name: 'a',
      pool: 'tokyo',
      address: '10.0.0.1',
      port: 8080,
      virtualNetworkId: 'staging',
      host: 'app.internal',
    });
    expect(attempt?.origin).toBe(a);
  });
});

test('leaves the snapshot as it was: plans do not share reasons', () => {
  const snapshot = snapshotOf([pool('tokyo', [origin('a'), origin('b')])]);
  const run = (): Plan => steer(facts(HOST), snapshot, observations(), createRng(1));
  const before = run().reasons.length;
  attempts(run());
  expect(run().reasons).toHaveLength(before);
});

test('minimum_origins 0: a pool says whether nothing in it is healthy, or what is healthy weighs 0', () => {
  const detailFor = (...unhealthy: string[]) => {
    const one = pool('one', [origin('a'), origin('b', { weight: 0 })], { monitor: 'm', minimum_origins: 0 });
    const plan = decideWith([one, pool('two', [origin('x')])], { seen: observations(...unhealthy) });
    return plan.reasons.find(({ step, subject }) => step === 'pool' && subject === 'one')?.detail;
  };
  expect(detailFor('one/a', 'one/b')).toBe('none of its endpoints is healthy, seen from this data center');
  expect(detailFor('one/a')).toBe('none of its healthy endpoints has a weight above 0');
});
