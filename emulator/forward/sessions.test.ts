import { describe, expect, test } from 'vitest';
import type { ConfigInput } from '../config/index.js';
import { answering, type Endpoint, failing, useForwarder } from './forwarder.fixture.js';

type LoadBalancer = NonNullable<NonNullable<ConfigInput['zones']>[number]['load_balancers']>[number];

/** Endpoints a, b and c in one pool, d in another. */
function configOf(part: Partial<LoadBalancer>): ConfigInput {
  const origins = (...names: string[]) => names.map((name) => ({ name, address: `192.0.2.${name.charCodeAt(0)}` }));
  return {
    zones: [
      {
        name: 'example.com',
        load_balancers: [{ name: 'app.example.com', proxied: true, default_pools: ['p', 'q'], ...part }],
      },
    ],
    pools: [
      { name: 'p', origins: origins('a', 'b', 'c') },
      { name: 'q', origins: origins('d') },
    ],
  };
}

/** Endpoints that fail as long as they are named here; the others answer. */
function useEndpoints(part: Partial<LoadBalancer>) {
  const broken = new Map<string, Endpoint>();
  const forwarder = useForwarder({ config: configOf(part), endpoint: ({ name }) => broken.get(name) ?? answering });
  return { ...forwarder, broken };
}

const sentBack = (setCookie: string | undefined) => ({ headers: ['Cookie', setCookie?.split(';')[0] ?? ''] });
const COOKIE = { session_affinity: 'cookie' } as const;
const zdf = (zero_downtime_failover: 'none' | 'temporary' | 'sticky') => ({
  ...COOKIE,
  session_affinity_attributes: { zero_downtime_failover },
});

// docs/reference/load-balancing.md 5.1.
describe('an answer', () => {
  test('sets the cookie of a new session once, whatever status the endpoint gave', async () => {
    const { ask, broken } = useEndpoints(COOKIE);
    for (const name of ['a', 'b', 'c'])
      broken.set(name, (_head, _body, handler) =>
        queueMicrotask(() => {
          handler.head({ status: 503, headers: ['Set-Cookie', 'own=1'], source: 'origin' });
          handler.end([]);
        }),
      );
    const begun = await ask();
    expect(begun.status).toBe(503);
    const cookies = begun.headers.filter((_, index) => begun.headers[index - 1] === 'Set-Cookie');
    expect(cookies).toEqual([
      'own=1',
      expect.stringMatching(/^__cflb=[\w-]{40}; path=\/; expires=.*; HttpOnly; SameSite=None$/),
    ]);
    const again = await ask(sentBack(cookies[1]));
    expect(again.tried).toEqual(begun.tried);
    expect(again.headers.filter((value) => value.includes('__cflb='))).toEqual([]);
  });

  test('of the edge sets none: there is no endpoint to stay at', async () => {
    const { ask, broken } = useEndpoints(COOKIE);
    for (const name of ['a', 'b', 'c']) broken.set(name, failing('refused'));
    const answer = await ask();
    expect(answer).toMatchObject({ status: 521, attempts: 2 });
    expect(answer.header('set-cookie')).toBeUndefined();
  });

  test('without affinity sets none', async () => {
    expect((await useEndpoints({}).ask()).header('set-cookie')).toBeUndefined();
  });
});

// Section 6, 14.19, 14.20.
describe('failover with a session', () => {
  test.each(['none', 'temporary', 'sticky'] as const)(
    '%s: the first request fails over, and its cookie is for the endpoint that answered',
    async (mode) => {
      const { ask, broken } = useEndpoints(zdf(mode));
      const [home = ''] = (await ask()).tried;
      broken.set(home, failing('refused'));
      let answer = await ask();
      // Each request is another draw: until one meets the endpoint that fails.
      while (answer.attempts === 1) answer = await ask();
      expect(answer).toMatchObject({ status: 200, attempts: 2 });
      broken.clear();
      expect((await ask(sentBack(answer.header('set-cookie')))).tried).toEqual([answer.tried[1]]);
    },
  );

  async function pinned(mode: 'none' | 'temporary' | 'sticky') {
    const used = useEndpoints(zdf(mode));
    const begun = await used.ask();
    const [home = ''] = begun.tried;
    const cookie = sentBack(begun.header('set-cookie'));
    used.broken.set(home, failing('refused'));
    return { ...used, home, cookie };
  }

  test('none: the client sees the error, and hears why', async () => {
    const { ask, home, cookie } = await pinned('none');
    const answer = await ask(cookie);
    expect(answer).toMatchObject({ status: 521, tried: [home] });
    expect(answer.lastFailover).toMatch(/the session stays at its endpoint/);
    expect(answer.header('set-cookie')).toBeUndefined();
  });

  test('temporary: another serves, the cookie stays, and the session is back once its endpoint works', async () => {
    const { ask, home, cookie, broken } = await pinned('temporary');
    for (let time = 0; time < 3; time++) {
      const answer = await ask(cookie);
      expect(answer).toMatchObject({ status: 200, attempts: 2 });
      expect(answer.tried[0]).toBe(home);
      expect(answer.header('set-cookie')).toBeUndefined();
    }
    broken.clear();
    expect((await ask(cookie)).tried).toEqual([home]);
  });

  test('sticky: the session moves, and stays there', async () => {
    const { ask, cookie, broken } = await pinned('sticky');
    const moved = await ask(cookie);
    expect(moved).toMatchObject({ status: 200, attempts: 2 });
    broken.clear();
    expect((await ask(sentBack(moved.header('set-cookie')))).tried).toEqual([moved.tried[1]]);
  });

  test('one further attempt, not more: the error of the second is the answer, without a cookie', async () => {
    const { ask, cookie, broken } = await pinned('sticky');
    for (const name of ['a', 'b', 'c']) broken.set(name, failing('timeout'));
    const answer = await ask(cookie);
    expect(answer).toMatchObject({ status: 522, attempts: 2 });
    expect(answer.header('set-cookie')).toBeUndefined();
  });
});

describe('failover across pools', () => {
  // a alone in its pool, so that there is no other endpoint.
  const config = (failover_across_pools: boolean): Partial<LoadBalancer> => ({
    default_pools: ['q', 'p'],
    adaptive_routing: { failover_across_pools },
  });

  test('happens when it is on and the pool has no other endpoint', async () => {
    const { ask, broken } = useEndpoints(config(true));
    broken.set('d', failing('refused'));
    const answer = await ask();
    expect(answer).toMatchObject({ status: 200, attempts: 2 });
    expect(answer.tried[0]).toBe('d');
  });

  test('does not when it is off', async () => {
    const { ask, broken } = useEndpoints(config(false));
    broken.set('d', failing('refused'));
    expect(await ask()).toMatchObject({ status: 521, tried: ['d'] });
  });
});

describe('sessions by headers', () => {
  const HEADER: Partial<LoadBalancer> = {
    session_affinity: 'header',
    session_affinity_ttl: 60,
    session_affinity_attributes: { headers: ['x-user'] },
  };
  const ann = { headers: ['X-User', 'ann'] };

  test('stay without any cookie, and end when they were not used', async () => {
    const { ask, advance } = useEndpoints(HEADER);
    const begun = await ask(ann);
    expect(begun.header('set-cookie')).toBeUndefined();
    for (let time = 0; time < 10; time++) {
      expect((await ask(ann)).tried).toEqual(begun.tried);
      await advance(59_000);
    }
    await advance(60_000);
    const afterwards = new Set<string>();
    for (let time = 0; time < 20; time++) {
      afterwards.add((await ask(ann)).tried.join());
      await advance(60_000);
    }
    expect(afterwards.size).toBeGreaterThan(1);
  });

  test('are forgotten by reset', async () => {
    const { ask, forwarder } = useEndpoints(HEADER);
    const seen = new Set<string>();
    for (let user = 0; user < 20; user++) seen.add((await ask({ headers: ['x-user', `${user}`] })).tried.join());
    expect(seen.size).toBe(3);
    const { tried } = await ask({ headers: ['x-user', '7'] });
    expect((await ask({ headers: ['x-user', '7'] })).tried).toEqual(tried);
    forwarder.reset();
    // The same requests from the beginning, and the same routes.
    const again: string[] = [];
    for (let user = 0; user < 20; user++) again.push((await ask({ headers: ['x-user', `${user}`] })).tried.join());
    expect(new Set(again)).toEqual(seen);
  });

  test('do not begin with a request that no endpoint answered', async () => {
    const { ask, broken } = useEndpoints(HEADER);
    for (const name of ['a', 'b', 'c']) broken.set(name, failing('refused'));
    expect((await ask(ann)).session).toBe('none');
    broken.clear();
    expect((await ask(ann)).session).toBe('none');
    expect((await ask(ann)).session).toBe('honoured');
  });
});

describe('what is in hand', () => {
  test('counts from the attempt on, as outstanding until the head, as a connection until the end', async () => {
    const { ask, broken, counts } = useEndpoints({ default_pools: ['q'] });
    const seen: unknown[] = [];
    broken.set('d', (_head, _body, handler) => {
      seen.push(counts('q'));
      handler.head({ status: 200, headers: [], source: 'origin' });
      seen.push(counts('q'));
      handler.end([]);
    });
    await ask();
    expect([...seen, counts('q')]).toEqual([
      [1, 1],
      [0, 1],
      [0, 0],
    ]);
  });

  test('is given back by failures and by failover', async () => {
    const { ask, broken, counts } = useEndpoints({});
    broken.set('a', failing('refused')).set('b', failing('refused')).set('c', failing('response_timeout'));
    for (let time = 0; time < 6; time++) await ask();
    expect([counts('p'), counts('q')]).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });
});
