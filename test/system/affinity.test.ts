import { describe, expect, test } from 'vitest';
import type { ConfigInput, Emulator } from '../../emulator/index.js';
import { configOfPaths, useEmulator } from '../support/emulator.js';
import { advance } from '../support/health.js';
import { parseRoute, type Route } from '../support/route.js';
import { closedPort, useOrigin, useServer } from '../support/servers.js';
import { connectWebSocket, useWebSocketServer } from '../support/websocket.js';

type LoadBalancer = NonNullable<NonNullable<ConfigInput['zones']>[number]['load_balancers']>[number];
type Pool = NonNullable<ConfigInput['pools']>[number];

const URL_OF_APP = 'http://app.example.com/';

/** Load balancer app.example.com over these pools. */
function configOf(pools: Pool[], part: Partial<LoadBalancer>, always_use_https = false): ConfigInput {
  const default_pools = pools.map(({ name }) => name);
  return {
    settings: { duplicate_addresses: 'allow' },
    zones: [
      {
        name: 'example.com',
        settings: { ssl: 'flexible', always_use_https },
        load_balancers: [{ name: 'app.example.com', proxied: true, default_pools, ...part }],
      },
    ],
    pools,
  };
}

async function usePool(name: string, endpoints: readonly string[]): Promise<Pool> {
  const origins = await Promise.all(
    endpoints.map(async (endpoint) => {
      const { port } = await useServer((_request, response) => response.end(endpoint));
      return { name: endpoint, address: '127.0.0.1', port };
    }),
  );
  return { name, origins };
}

interface Asked {
  readonly status: number;
  readonly route: Route;
  /** The whole Set-Cookie header of a session. */
  readonly setCookie: string | undefined;
}

async function ask(emu: Emulator, headers: Record<string, string> = {}, url = URL_OF_APP): Promise<Asked> {
  const response = await emu.fetch(url, { headers });
  await response.arrayBuffer();
  const setCookie = response.headers.getSetCookie().find((cookie) => cookie.startsWith('__cflb='));
  return { status: response.status, route: parseRoute(response.headers.get('colocal-route')), setCookie };
}

const sentBack = (setCookie: string | undefined) => ({ cookie: setCookie?.split(';')[0] ?? '' });

/** Where many requests go. */
async function endpointsOf(emu: Emulator, headers: Record<string, string> = {}, times = 12): Promise<Set<unknown>> {
  const endpoints = new Set<unknown>();
  for (let time = 0; time < times; time++) endpoints.add((await ask(emu, headers)).route.endpoint);
  return endpoints;
}

const COOKIE = { session_affinity: 'cookie' } as const;

// docs/reference/load-balancing.md 5.1.
describe('the cookie __cflb', () => {
  test('keeps a client at its endpoint, and is set only once', async () => {
    const emu = await useEmulator({ config: configOf([await usePool('p', ['a', 'b', 'c'])], COOKIE) });
    const begun = await ask(emu);
    expect(begun.setCookie).toMatch(/^__cflb=[\w-]+; path=\/; expires=[^;]+ GMT; HttpOnly; SameSite=None$/);
    const cookie = sentBack(begun.setCookie);
    expect((await ask(emu, cookie)).setCookie).toBeUndefined();
    expect(await endpointsOf(emu, cookie)).toEqual(new Set([begun.route.endpoint]));
    expect((await endpointsOf(emu, {}, 40)).size).toBe(3);
  });

  test('is Lax and Secure in a zone that always uses HTTPS', async () => {
    const emu = await useEmulator({ config: configOf([await usePool('p', ['a'])], COOKIE, true) });
    const { setCookie } = await ask(emu, {}, 'https://app.example.com/');
    expect(setCookie).toMatch(/; HttpOnly; SameSite=Lax; Secure$/);
  });

  test('is set and honoured by a WebSocket, which shares its session with requests', async () => {
    const names = ['a', 'b', 'c'];
    const origins = await Promise.all(
      names.map(async (name) => {
        const { port, server } = await useServer((_request, response) => response.end(name));
        await useWebSocketServer((socket) => socket.send(name), { server });
        return { name, address: '127.0.0.1', port };
      }),
    );
    const emu = await useEmulator({ config: configOf([{ name: 'p', origins }], COOKIE) });
    const { head } = await connectWebSocket(emu, 'app.example.com', '/');
    const setCookie = head.headers['set-cookie']?.[0];
    const { endpoint } = parseRoute(String(head.headers['colocal-route']));
    const cookie = sentBack(setCookie);
    expect(await endpointsOf(emu, cookie)).toEqual(new Set([endpoint]));
    for (let time = 0; time < 6; time++) {
      const again = await connectWebSocket(emu, 'app.example.com', '/', { headers: cookie });
      expect(parseRoute(String(again.head.headers['colocal-route'])).endpoint).toBe(endpoint);
      expect(again.head.headers['set-cookie']).toBeUndefined();
    }
  });

  test('that somebody forged, cut off or grew is ignored', async () => {
    const emu = await useEmulator({ config: configOf([await usePool('p', ['a', 'b'])], COOKIE) });
    const { cookie } = sentBack((await ask(emu)).setCookie);
    const last = cookie.endsWith('A') ? 'B' : 'A';
    for (const forged of [
      cookie.slice(0, -1) + last,
      cookie.slice(0, -2),
      cookie + last,
      `${cookie}${'A'.repeat(4000)}`,
    ]) {
      const answer = await ask(emu, { cookie: forged });
      expect(answer.status).toBe(200);
      expect(answer.setCookie).toBeDefined();
    }
  });

  test('ends its lifetime after it was set', async () => {
    const part = { ...COOKIE, session_affinity_ttl: 1800 };
    const emu = await useEmulator({ config: configOf([await usePool('p', ['a', 'b'])], part), clock: 'manual' });
    const { setCookie, route } = await ask(emu);
    await advance(emu, '29m');
    expect(await endpointsOf(emu, sentBack(setCookie))).toEqual(new Set([route.endpoint]));
    await advance(emu, '1m');
    expect((await ask(emu, sentBack(setCookie))).setCookie).toBeDefined();
    expect(await endpointsOf(emu, sentBack(setCookie), 20)).toEqual(new Set(['a', 'b']));
  });

  test('of another load balancer does not count', async () => {
    const config = configOf([await usePool('p', ['a', 'b'])], COOKIE);
    const [zone] = config.zones ?? [];
    zone?.load_balancers?.push({ name: 'other.example.com', proxied: true, default_pools: ['p'], ...COOKIE });
    const emu = await useEmulator({ config });
    const { setCookie } = await ask(emu);
    expect((await ask(emu, sentBack(setCookie), 'http://other.example.com/')).setCookie).toBeDefined();
  });
});

test('ip_cookie: an address goes to the same endpoint, with its cookie or without', async () => {
  const emu = await useEmulator({
    config: configOf([await usePool('p', ['a', 'b', 'c'])], { session_affinity: 'ip_cookie' }),
  });
  const all = new Set<unknown>();
  for (let client = 1; client < 20; client++) {
    const from = { 'colocal-client-ip': `203.0.113.${client}` };
    const begun = await ask(emu, from);
    expect(await endpointsOf(emu, from, 3)).toEqual(new Set([begun.route.endpoint]));
    expect(await endpointsOf(emu, sentBack(begun.setCookie), 2)).toEqual(new Set([begun.route.endpoint]));
    all.add(begun.route.endpoint);
  }
  expect(all.size).toBe(3);
});

test('header: the same headers go to the same endpoint while they are used, without a cookie', async () => {
  const part: Partial<LoadBalancer> = {
    session_affinity: 'header',
    session_affinity_ttl: 60,
    session_affinity_attributes: { headers: ['x-user', 'cookie:sid'] },
  };
  const emu = await useEmulator({ config: configOf([await usePool('p', ['a', 'b', 'c'])], part), clock: 'manual' });
  const ann = { 'x-user': 'ann', cookie: 'theme=dark; sid=1' };
  const { route, setCookie } = await ask(emu, ann);
  expect(setCookie).toBeUndefined();
  for (let time = 0; time < 4; time++) {
    await advance(emu, '59s');
    expect((await ask(emu, { ...ann, cookie: `theme=${time}; sid=1` })).route.endpoint).toBe(route.endpoint);
  }
  const endpoints = new Set<unknown>();
  for (let time = 0; time < 20; time++) {
    await advance(emu, '60s');
    endpoints.add((await ask(emu, ann)).route.endpoint);
  }
  expect(endpoints.size).toBeGreaterThan(1);
});

// 5.3.
test('an endpoint that is disabled keeps its sessions for drain_duration, and gets no new ones', async () => {
  const part: Partial<LoadBalancer> = { ...COOKIE, session_affinity_attributes: { drain_duration: 300 } };
  const emu = await useEmulator({ config: configOf([await usePool('p', ['a', 'b'])], part), clock: 'manual' });
  const { route, setCookie } = await ask(emu);
  const cookie = sentBack(setCookie);
  emu.state.transact('api', (draft) => {
    for (const pool of draft.read().pools.values()) {
      const origins = pool.origins.map((origin) => ({ ...origin, enabled: origin.name !== route.endpoint }));
      draft.put('pools', { ...pool, check_regions: null, origins });
    }
  });
  expect(await endpointsOf(emu)).not.toContain(route.endpoint);
  await advance(emu, '299s');
  expect(await endpointsOf(emu, cookie, 3)).toEqual(new Set([route.endpoint]));
  await advance(emu, '1s');
  const moved = await ask(emu, cookie);
  expect(moved.route.endpoint).not.toBe(route.endpoint);
  expect(moved.setCookie).toBeDefined();
});

// Section 6.
describe('a session whose endpoint refuses connections', () => {
  /** Pool `first` has one endpoint; it is where sessions begin, and it fails once the test says so. */
  async function failing(zero_downtime_failover: 'none' | 'temporary' | 'sticky') {
    const pools = [await usePool('first', ['a']), await usePool('second', ['b'])];
    const part: Partial<LoadBalancer> = {
      ...COOKIE,
      adaptive_routing: { failover_across_pools: true },
      session_affinity_attributes: { zero_downtime_failover },
    };
    const emu = await useEmulator({ config: configOf(pools, part) });
    const { setCookie } = await ask(emu);
    const gone = await closedPort();
    const moveTo = (port: number) =>
      emu.state.transact('api', (draft) => {
        const pool = [...draft.read().pools.values()].find(({ name }) => name === 'first');
        if (pool)
          draft.put('pools', {
            ...pool,
            check_regions: null,
            origins: pool.origins.map((origin) => ({ ...origin, port })),
          });
      });
    moveTo(gone);
    return { emu, cookie: sentBack(setCookie), back: () => moveTo(pools[0]?.origins[0]?.port ?? 0) };
  }

  test('none: the error', async () => {
    const { emu, cookie } = await failing('none');
    const answer = await ask(emu, cookie);
    expect(answer).toMatchObject({ status: 521, setCookie: undefined, route: { endpoint: 'a', attempts: 1 } });
    // Without a session failover is free to act, across pools too.
    expect(await ask(emu)).toMatchObject({ status: 200, route: { pool: 'second', endpoint: 'b', attempts: 2 } });
  });

  test('temporary: another pool serves until it is back', async () => {
    const { emu, cookie, back } = await failing('temporary');
    const served = await ask(emu, cookie);
    expect(served).toMatchObject({ status: 200, setCookie: undefined, route: { endpoint: 'b', attempts: 2 } });
    back();
    expect(await ask(emu, cookie)).toMatchObject({ status: 200, route: { endpoint: 'a', attempts: 1 } });
  });

  test('sticky: a new cookie for the other pool', async () => {
    const { emu, cookie, back } = await failing('sticky');
    const moved = await ask(emu, cookie);
    expect(moved).toMatchObject({ status: 200, route: { endpoint: 'b', attempts: 2 } });
    back();
    expect((await ask(emu, sentBack(moved.setCookie))).route).toMatchObject({ endpoint: 'b', attempts: 1 });
  });
});

// 5.4.
test('replicas of a tunnel are one endpoint: a session is not pinned to one of them', async () => {
  const origin = await useOrigin();
  const config = configOfPaths({ port: origin.address.port });
  for (const zone of config.zones ?? []) for (const lb of zone.load_balancers ?? []) Object.assign(lb, COOKIE);
  const emu = await useEmulator({ config });
  await Promise.all([0, 1].map(() => emu.connect({ tunnel: 'app', location: 'NRT' })));
  const url = 'http://tunnel.example.com/';
  const cookie = sentBack((await ask(emu, {}, url)).setCookie);
  const connectors = new Set<unknown>();
  for (let time = 0; time < 30; time++) {
    const { route, setCookie } = await ask(emu, cookie, url);
    expect(setCookie).toBeUndefined();
    connectors.add(route.connector);
  }
  expect(connectors.size).toBe(2);
});
