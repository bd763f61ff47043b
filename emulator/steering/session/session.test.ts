import { describe, expect, test } from 'vitest';
import type { LoadBalancer, Pool, SessionAffinityAttributes } from '../../state/objects.js';
import { observations, origin, pool } from '../account.fixture.js';
import {
  answer,
  attemptsPlan,
  cookieOf,
  decideBy,
  first,
  HOST,
  nameOf,
  sentBack,
  snapshotOf,
  steps,
} from '../decision.fixture.js';
import type { SteeringSnapshot } from '../snapshot.types.js';
import type { HttpFacts } from '../steering.types.js';

const HOUR = 3_600_000;
const TTL = 1800;
const p = (part: Partial<Pool> = {}): Pool =>
  pool(
    'p',
    ['a', 'b', 'c'].map((name) => origin(name)),
    { monitor: 'm', ...part },
  );
const q = (part: Partial<Pool> = {}): Pool => pool('q', [origin('x')], { monitor: 'm', ...part });
const spare = pool('spare', [origin('s')], { monitor: 'm' });

const sticky = (attributes: Partial<SessionAffinityAttributes> = {}, part: Partial<LoadBalancer> = {}) =>
  ({
    session_affinity: 'cookie',
    session_affinity_ttl: TTL,
    session_affinity_attributes: attributes as SessionAffinityAttributes,
    ...part,
  }) satisfies Partial<LoadBalancer>;

const plain = snapshotOf([p(), q(), spare], sticky());

/** A session at an endpoint of p, from time 0: whichever the seed gives. */
function begun(snapshot: SteeringSnapshot = plain, seed = 1, facts: Partial<HttpFacts> = {}) {
  const { to, session } = answer(decideBy(snapshot, { seed, facts }));
  return { to, endpoint: to.split('/')[1] ?? '', cookie: sentBack(cookieOf(session)) };
}

/** Many draws, so that an endpoint which comes every time is no chance. */
function goesTo(snapshot: SteeringSnapshot, facts: Partial<HttpFacts>, ...unhealthy: string[]): string {
  const to = new Set<string>();
  for (let seed = 0; seed < 30; seed++)
    to.add(first(decideBy(snapshot, { seed, facts, seen: observations(...unhealthy) })));
  return [...to].sort().join(' ');
}

// docs/reference/load-balancing.md 5.1.
describe('a session by cookie', () => {
  test('begins at whatever endpoint is drawn, and stays there', () => {
    for (let seed = 0; seed < 10; seed++) {
      const { to, cookie } = begun(plain, seed);
      expect(goesTo(plain, cookie)).toBe(to);
    }
  });

  test('sets no cookie again while it lasts', () => {
    const { cookie } = begun();
    expect(answer(decideBy(plain, { facts: { ...cookie, now: HOUR / 4 } })).session).toBeUndefined();
  });

  test('ends its lifetime after it began; that it is used does not matter', () => {
    const { to, cookie } = begun();
    const last = { ...cookie, now: TTL * 1000 - 1 };
    expect(goesTo(plain, last)).toBe(to);
    const over = { ...cookie, now: TTL * 1000 };
    expect(goesTo(plain, over)).toBe('p/a p/b p/c');
    const plan = decideBy(plain, { facts: over });
    expect(steps(plan)).toContain('session none');
    expect(cookieOf(answer(plan).session)).toContain(`expires=${new Date(2 * TTL * 1000).toUTCString()}`);
  });

  test('goes before steering, weights and the health of its pool (14.23)', () => {
    const { to, cookie, endpoint } = begun();
    const critical = snapshotOf([q(), p({ minimum_origins: 3 }), spare], sticky());
    const others = ['a', 'b', 'c'].filter((name) => name !== endpoint).map((name) => `p/${name}`);
    expect(goesTo(critical, cookie, ...others)).toBe(to);
  });

  test('moves when its endpoint is unhealthy, with a new cookie; the old one counts again once it is back', () => {
    const { to, cookie } = begun();
    const seen = observations(to);
    expect(goesTo(plain, cookie, to)).not.toContain(to);
    expect(answer(decideBy(plain, { facts: cookie, seen })).session).toMatchObject({ kind: 'cookie' });
    expect(goesTo(plain, cookie)).toBe(to);
  });

  test('is not ended by what nobody probes', () => {
    const { to, cookie } = begun();
    const unwatched = snapshotOf([pool('p', p().origins), q(), spare], sticky());
    expect(goesTo(unwatched, cookie, to)).toBe(to);
  });

  test.each<[string, (endpoint: string) => readonly Pool[]]>([
    ['its pool is disabled', () => [p({ enabled: false }), q(), spare]],
    ['its pool is removed', () => [q(), spare]],
    [
      'its endpoint is removed',
      (gone) => [p({ origins: p().origins.filter(({ name }) => name !== gone) }), q(), spare],
    ],
    [
      'its endpoint weighs 0',
      (gone) => [p({ origins: p().origins.map((o) => (o.name === gone ? { ...o, weight: 0 } : o)) }), q(), spare],
    ],
    [
      'its endpoint is disabled',
      (gone) => [p({ origins: p().origins.map((o) => (o.name === gone ? { ...o, enabled: false } : o)) }), q(), spare],
    ],
  ])('ends when %s', (_why, pools) => {
    const { to, endpoint, cookie } = begun();
    const snapshot = snapshotOf(pools(endpoint), sticky());
    const plan = decideBy(snapshot, { facts: cookie });
    expect(first(plan)).not.toBe(to);
    expect(plan.reasons[1]?.step).toBe('session');
    expect(answer(decideBy(snapshot, { facts: cookie })).session).toMatchObject({ kind: 'cookie' });
  });

  test('goes on when its endpoint stands elsewhere in its pool, or its address is another', () => {
    const { to, cookie } = begun();
    const origins = [...p().origins].reverse().map((o) => ({ ...o, address: `new-${o.address}` }));
    expect(goesTo(snapshotOf([p({ origins }), q(), spare], sticky()), cookie)).toBe(to);
  });

  test.each([
    ['forged', 'A'.repeat(40)],
    ['truncated', begun().cookie.headers[1]?.slice('__cflb='.length, -3) ?? ''],
    ['oversized', 'A'.repeat(8000)],
    ['empty', ''],
  ])('a cookie that is %s is ignored, and replaced', (_what, value) => {
    const { to, session } = answer(decideBy(plain, { facts: { headers: ['Cookie', `__cflb=${value}`] } }));
    expect(to).toMatch(/^p\//);
    expect(session).toMatchObject({ kind: 'cookie' });
  });

  test('a cookie of another account is ignored; one among forged ones is found', () => {
    const { to, cookie } = begun();
    const other = snapshotOf([p(), q(), spare], sticky(), { apiToken: 'another' });
    expect(goesTo(other, cookie)).toBe('p/a p/b p/c');
    expect(goesTo(plain, { headers: ['Cookie', `__cflb=${'A'.repeat(40)}; x=1`, ...cookie.headers] })).toBe(to);
  });

  test('with Always Use HTTPS the cookie is Lax and Secure, without it None', () => {
    const https = snapshotOf([p(), q(), spare], sticky(), { zoneSettings: { always_use_https: true } });
    expect(cookieOf(answer(decideBy(https)).session)).toMatch(/; HttpOnly; SameSite=Lax; Secure$/);
    expect(cookieOf(answer(decideBy(plain)).session)).toMatch(/; HttpOnly; SameSite=None$/);
  });

  test('begun in the fallback pool is honoured there', () => {
    const seen = observations('p/a', 'p/b', 'p/c', 'q/x');
    const snapshot = snapshotOf([p(), q(), spare], sticky({}, { default_pools: ['p', 'q'] }));
    const { to, session } = answer(decideBy(snapshot, { seen }));
    expect(to).toBe('spare/s (Fallback)');
    expect(first(decideBy(snapshot, { facts: sentBack(cookieOf(session)) }))).toBe('spare/s');
  });
});

// 5.3, 14.22.
describe('draining', () => {
  const { to, endpoint, cookie } = begun();
  const disabled = (drain_duration?: number) =>
    snapshotOf(
      [
        p({
          origins: p().origins.map((o) => (o.name === endpoint ? { ...o, enabled: false, disabled_at: HOUR / 6 } : o)),
        }),
        q(),
        spare,
      ],
      sticky(drain_duration === undefined ? {} : { drain_duration }),
    );

  test('sessions go on until drain_duration after the endpoint was disabled, healthy or not', () => {
    const before = { ...cookie, now: HOUR / 6 + 299_999 };
    expect(goesTo(disabled(300), before)).toBe(to);
    expect(goesTo(disabled(300), before, to)).toBe(to);
    expect(goesTo(disabled(300), { ...cookie, now: HOUR / 6 + 300_000 })).not.toContain(to);
  });

  test('without drain_duration they end at once', () => {
    expect(goesTo(disabled(), { ...cookie, now: HOUR / 6 })).not.toContain(to);
  });

  test('nothing new goes there', () => {
    expect(goesTo(disabled(300), { now: HOUR / 6 + 1 })).not.toContain(to);
  });

  test('a drain that is longer than the lifetime of sessions does not lengthen them', () => {
    expect(goesTo(disabled(86_400), { ...cookie, now: TTL * 1000 })).not.toContain(to);
  });

  test('failover may leave the endpoint, with temporary and sticky', () => {
    const snapshot = snapshotOf(
      [
        p({ origins: p().origins.map((o) => (o.name === endpoint ? { ...o, enabled: false, disabled_at: 0 } : o)) }),
        q(),
      ],
      sticky({ drain_duration: 300, zero_downtime_failover: 'temporary' }),
    );
    const plan = attemptsPlan(decideBy(snapshot, { facts: { ...cookie, now: 1 } }));
    expect(plan.mayFailOver).toBe(true);
    expect(nameOf(plan.next())).toBe(to);
    expect(nameOf(plan.next())).not.toBe(to);
  });
});

// 14.21.
describe('a session whose pool is no longer among those of the request is not honoured', () => {
  const { to, cookie } = begun();
  const rules = [
    {
      name: 'elsewhere',
      condition: 'http.request.uri.path contains "/q"',
      priority: 0,
      disabled: false,
      terminates: false,
      overrides: { pools: ['q'], fallback_pool: 'spare' },
    },
  ];

  test('by a rule', () => {
    const snapshot = snapshotOf([p(), q(), spare], sticky({}, { rules }));
    expect(goesTo(snapshot, { ...cookie, path: '/q' })).toBe('q/x');
    expect(goesTo(snapshot, { ...cookie, path: '/' })).toBe(to);
  });

  test('by a pool set', () => {
    const pool_sets = [
      { name: 's', disabled: false, match: { topology: { pops: ['FRA'] } }, overrides: { pools: ['q'] } },
    ];
    const snapshot = snapshotOf([p(), q(), spare], sticky({}, { pool_sets }));
    expect(goesTo(snapshot, { ...cookie, dataCenter: 'FRA' })).toBe('q/x');
    expect(goesTo(snapshot, cookie)).toBe(to);
  });

  test('with geo every list counts, since a client may move; without it only default_pools', () => {
    const part = { default_pools: ['q'], fallback_pool: 'spare', region_pools: { WEU: ['p'] } };
    const geo = snapshotOf([p(), q(), spare], sticky({}, { ...part, steering_policy: 'geo' }));
    expect(goesTo(geo, cookie)).toBe(to);
    const off = snapshotOf([p(), q(), spare], sticky({}, { ...part, steering_policy: 'off' }));
    expect(goesTo(off, cookie)).toBe('q/x');
  });
});

describe('a session by ip_cookie', () => {
  const snapshot = snapshotOf([p(), q(), spare], {
    session_affinity: 'ip_cookie',
    steering_policy: 'random',
  });
  const client = (last: number) => ({ clientIp: `203.0.113.${last}` });

  test('begins where the address says: without a cookie the same endpoint again, whatever the seed', () => {
    const all = new Set<string>();
    for (let last = 0; last < 60; last++) {
      const to = goesTo(snapshot, client(last));
      expect(to).not.toContain(' ');
      all.add(to);
    }
    expect(all).toEqual(new Set(['p/a', 'p/b', 'p/c', 'q/x', 'spare/s']));
  });

  test.each(['least_outstanding_requests', 'least_connections'] as const)(
    'also with %s, whatever is in hand',
    (policy) => {
      const busy = snapshotOf([p({ origin_steering: { policy } }), q(), spare], {
        session_affinity: 'ip_cookie',
        steering_policy: policy,
      });
      for (let last = 0; last < 20; last++) {
        const idle = first(decideBy(busy, { facts: client(last) }));
        const seen = {
          ...observations(),
          outstanding: () => last * 7,
          openConnections: (id: string) => (id === 'p' ? 90 : 0),
        };
        expect(first(decideBy(busy, { facts: client(last), seen, seed: 9 }))).toBe(idle);
      }
    },
  );

  test('goes on by the cookie, also from another address', () => {
    const { to, cookie } = begun(snapshot, 1, client(1));
    expect(goesTo(snapshot, { ...cookie, ...client(77) })).toBe(to);
  });
});

describe('a session by headers', () => {
  const attributes = { headers: ['x-user'] };
  const snapshot = snapshotOf(
    [p(), q(), spare],
    sticky(attributes, { session_affinity: 'header', session_affinity_ttl: 60 }),
  );
  const facts = { headers: ['X-User', 'ann'] };
  const kept = (poolId: string, endpointName: string) => ({
    ...observations(),
    headerSession: () => ({ poolId, endpointName }),
  });

  test('is kept by its key for as long as it is used, and sets no cookie', () => {
    const { to, session } = answer(decideBy(snapshot, { facts }));
    expect(session).toMatchObject({
      kind: 'header',
      loadBalancerId: `lb ${HOST}`,
      pinned: { poolId: 'p', endpointName: to.split('/')[1] },
      ttl: 60,
    });
    // Used again: kept again, so that its time begins anew.
    const again = answer(decideBy(snapshot, { facts, seen: kept('p', 'b') }));
    expect(again).toMatchObject({ to: 'p/b', session: { kind: 'header', pinned: { endpointName: 'b' }, ttl: 60 } });
  });

  test('is looked for by load balancer and key', () => {
    const keys: string[] = [];
    const seen = {
      ...observations(),
      headerSession: (id: string, key: string) => {
        keys.push(`${id} ${key}`);
        return undefined;
      },
    };
    for (const user of ['ann', 'ann', 'bob']) decideBy(snapshot, { facts: { headers: ['x-user', user] }, seen });
    expect(new Set(keys).size).toBe(2);
    expect(keys[0]).toMatch(/^lb app\.example\.com /);
  });

  test('there is none without the headers: steered normally', () => {
    const plan = decideBy(snapshot, { facts: { headers: [] } });
    expect(answer(plan).session).toBeUndefined();
    expect(steps(plan)).toContain('session none');
  });

  test('moves when its endpoint is unhealthy or removed', () => {
    const seen = { ...kept('p', 'b'), healthOf: observations('p/b').healthOf };
    for (const each of [seen, kept('p', 'gone'), kept('gone', 'b')]) {
      const { to, session } = answer(decideBy(snapshot, { facts, seen: each }));
      expect(to).toMatch(/^p\/[abc]$/);
      expect(session).toMatchObject({ kind: 'header', pinned: { endpointName: to.split('/')[1] } });
    }
  });
});

// Section 6, 14.19, 14.20.
describe('failover of a session', () => {
  const zdf = (zero_downtime_failover: SessionAffinityAttributes['zero_downtime_failover']) =>
    snapshotOf([p(), q(), spare], sticky({ zero_downtime_failover }));

  test.each([
    ['none', false],
    ['temporary', true],
    ['sticky', true],
  ] as const)('%s: may fail over: %s', (mode, expected) => {
    const { cookie, to } = begun();
    const plan = attemptsPlan(decideBy(zdf(mode), { facts: cookie }));
    expect(plan.mayFailOver).toBe(expected);
    expect(nameOf(plan.next())).toBe(to);
  });

  test('in every mode the first request of a session may, and its cookie is that of the endpoint that answered', () => {
    for (const mode of ['none', 'temporary', 'sticky'] as const) {
      const plan = attemptsPlan(decideBy(zdf(mode)));
      expect(plan.mayFailOver).toBe(true);
      const [failed, answering] = [plan.next(), plan.next()];
      if (!answering) throw new Error('there are three endpoints');
      const cookie = sentBack(cookieOf(plan.answered?.(answering)));
      expect(goesTo(zdf(mode), cookie)).toBe(nameOf(answering));
      expect(nameOf(answering)).not.toBe(nameOf(failed));
    }
  });

  test('an expired or ignored session is a first request', () => {
    const { cookie } = begun();
    expect(attemptsPlan(decideBy(zdf('none'), { facts: { ...cookie, now: TTL * 1000 } })).mayFailOver).toBe(true);
    expect(attemptsPlan(decideBy(zdf('none'), { facts: { headers: ['Cookie', '__cflb=x'] } })).mayFailOver).toBe(true);
  });

  const failedOver = (snapshot: SteeringSnapshot, facts: Partial<HttpFacts>, seen = observations()) => {
    const plan = attemptsPlan(decideBy(snapshot, { facts, seen }));
    const [failed, answering] = [plan.next(), plan.next()];
    if (!answering) throw new Error('there are three endpoints');
    return { failed: nameOf(failed), to: nameOf(answering), session: plan.answered?.(answering) };
  };

  test('temporary leaves the cookie alone: the next request tries the pinned endpoint again', () => {
    const { cookie, to } = begun();
    const { failed, session } = failedOver(zdf('temporary'), cookie);
    expect(failed).toBe(to);
    expect(session).toBeUndefined();
  });

  test('sticky rewrites it, with a fresh lifetime', () => {
    const { cookie } = begun();
    const { to, session } = failedOver(zdf('sticky'), { ...cookie, now: 1000 * 1000 });
    expect(cookieOf(session)).toContain(`expires=${new Date((1000 + TTL) * 1000).toUTCString()}`);
    expect(goesTo(zdf('sticky'), { ...sentBack(cookieOf(session)), now: 2700 * 1000 })).toBe(to);
  });

  test('temporary keeps a session by headers where it is', () => {
    const attributes = { headers: ['x-user'], zero_downtime_failover: 'temporary' } as const;
    const snapshot = snapshotOf([p(), q(), spare], sticky(attributes, { session_affinity: 'header' }));
    const seen = { ...observations(), headerSession: () => ({ poolId: 'p', endpointName: 'b' }) };
    const { failed, session } = failedOver(snapshot, { headers: ['x-user', 'ann'] }, seen);
    expect(failed).toBe('p/b');
    expect(session).toMatchObject({ kind: 'header', pinned: { poolId: 'p', endpointName: 'b' } });
  });
});
