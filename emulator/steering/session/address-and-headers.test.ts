import { describe, expect, test } from 'vitest';
import { observations } from '../account.fixture.js';
import { answer, decideBy, first, HOST, snapshotOf, steps } from '../decision.fixture.js';
import { begun, goesTo, p, q, spare, sticky } from './session.fixture.js';

// docs/reference/load-balancing.md 5.1, 14.18.
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

  test('has a cookie of its own, though it begins at the same endpoint', () => {
    const sessions = [1, 2, 3].map((seed) => begun(snapshot, seed, client(5)));
    expect(new Set(sessions.map(({ to }) => to)).size).toBe(1);
    expect(new Set(sessions.map(({ cookie }) => cookie.headers?.join())).size).toBe(3);
  });

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
      begins: true,
      pinned: { poolId: 'p', endpointName: to.split('/')[1] },
      ttl: 60,
    });
    // Used again: kept again, so that its time begins anew.
    const again = answer(decideBy(snapshot, { facts, seen: kept('p', 'b') }));
    expect(again).toMatchObject({
      to: 'p/b',
      session: { kind: 'header', begins: false, pinned: { endpointName: 'b' }, ttl: 60 },
    });
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
