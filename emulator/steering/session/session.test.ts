import { describe, expect, test } from 'vitest';
import type { Pool } from '../../state/objects.js';
import { observations, pool } from '../account.fixture.js';
import { answer, cookieOf, decideBy, first, sentBack, snapshotOf, steps } from '../decision.fixture.js';
import { begun, goesTo, HOUR, p, plain, q, spare, sticky, TTL } from './session.fixture.js';

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

  // 2.7: at a start everything is unhealthy. Without this every request would get another endpoint and cookie.
  test('stays in the fallback pool while that takes the requests, whatever its health', () => {
    const snapshot = snapshotOf([q(), p()], sticky({}, { fallback_pool: 'p' }));
    const unhealthy = ['p/a', 'p/b', 'p/c', 'q/x'];
    const { to, session } = answer(decideBy(snapshot, { seen: observations(...unhealthy) }));
    expect(to).toMatch(/^p\/[abc] \(Fallback\)$/);
    const cookie = sentBack(cookieOf(session));
    expect(goesTo(snapshot, cookie, ...unhealthy)).toBe(to);
    const plan = decideBy(snapshot, { facts: cookie, seen: observations(...unhealthy) });
    expect(answer(plan).session).toBeUndefined();
    const about = `session ${to.split(' ')[0]}`;
    expect(steps(plan)).toEqual(expect.arrayContaining([`${about} dropped`, 'fallback p chosen', `${about} honoured`]));
    // Once another pool can take it, the session ends as any other.
    expect(goesTo(snapshot, cookie, 'p/a', 'p/b', 'p/c')).toBe('q/x');
  });

  test('that has expired does not hide a valid one behind it', () => {
    const old = begun(plain, 1).cookie.headers?.[1] ?? '';
    const facts = { now: TTL * 1000 };
    const { to, session } = answer(decideBy(plain, { seed: 5, facts }));
    const cookie = { ...facts, headers: ['Cookie', `${old}; ${sentBack(cookieOf(session)).headers?.[1]}`] };
    expect(goesTo(plain, cookie)).toBe(to);
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
