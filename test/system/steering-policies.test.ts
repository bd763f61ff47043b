import type { ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import type { ConfigInput, Emulator, EmulatorFetchInit } from '../../emulator/index.js';
import { useEmulator } from '../support/emulator.js';
import { parseRoute, type Route } from '../support/route.js';
import { closedPort, useServer } from '../support/servers.js';
import { connectWebSocket, useWebSocketServer } from '../support/websocket.js';

type LoadBalancer = NonNullable<NonNullable<ConfigInput['zones']>[number]['load_balancers']>[number];
type Pool = NonNullable<ConfigInput['pools']>[number];

/** app.example.com over all pools, and one.example.com over the first alone. */
function configOf(pools: Pool[], part: Partial<LoadBalancer>): ConfigInput {
  const default_pools = pools.map(({ name }) => name);
  return {
    settings: { duplicate_addresses: 'allow' },
    data_centers: ['NRT', 'FRA', 'SJC', 'SYD'],
    zones: [
      {
        name: 'example.com',
        load_balancers: [
          { name: 'app.example.com', proxied: true, default_pools, ...part },
          { name: 'one.example.com', proxied: true, default_pools: default_pools.slice(0, 1) },
        ],
      },
    ],
    pools,
  };
}

async function usePools(names: readonly string[]): Promise<Pool[]> {
  return Promise.all(
    names.map(async (name) => {
      const { port } = await useServer((_request, response) => response.end(name));
      return { name, origins: [{ name: `${name}-1`, address: '127.0.0.1', port }] };
    }),
  );
}

async function ask(emu: Emulator, init: EmulatorFetchInit = {}, url = 'http://app.example.com/'): Promise<Route> {
  const response = await emu.fetch(url, init);
  await response.arrayBuffer();
  return parseRoute(response.headers.get('colocal-route'));
}

async function count(emu: Emulator, times: number): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (let time = 0; time < times; time++) {
    const { pool } = await ask(emu);
    counts[String(pool)] = (counts[String(pool)] ?? 0) + 1;
  }
  return counts;
}

// docs/reference/load-balancing.md 3.4, 4.
describe('least_outstanding_requests', () => {
  test('hardly gives anything to a pool that answers nothing, and shares evenly once it has answered', async () => {
    const held: ServerResponse[] = [];
    let arrived: () => void = () => undefined;
    const slow = await useServer((request, response) => {
      if (request.url !== '/held') return void response.end('slow');
      held.push(response);
      arrived();
    });
    const pools: Pool[] = [
      { name: 'slow', origins: [{ name: 'slow-1', address: '127.0.0.1', port: slow.port }] },
      ...(await usePools(['quick'])),
    ];
    const emu = await useEmulator({ config: configOf(pools, { steering_policy: 'least_outstanding_requests' }) });
    const waiting: Promise<Response>[] = [];
    while (held.length < 20) {
      const next = new Promise<void>((resolve) => {
        arrived = resolve;
      });
      waiting.push(emu.fetch('http://one.example.com/held'));
      await next;
    }
    // One of 21 each time.
    expect((await count(emu, 40)).quick).toBeGreaterThan(30);
    expect(
      emu.requests
        .list(1)[0]
        ?.reasons.map(({ detail }) => detail)
        .join(),
    ).toMatch(/outstanding requests/);

    for (const response of held) response.end();
    for (const response of await Promise.all(waiting)) await response.arrayBuffer();
    const after = await count(emu, 60);
    expect(after.slow).toBeGreaterThan(15);
    expect(after.quick).toBeGreaterThan(15);
  });
});

describe('least_connections', () => {
  test('counts a WebSocket as long as it is open', async () => {
    const pools = await Promise.all(
      ['one', 'two'].map(async (name) => {
        const { port, server } = await useServer((_request, response) => response.end(name));
        await useWebSocketServer(() => undefined, { server });
        return { name, origins: [{ name: `${name}-1`, address: '127.0.0.1', port }] };
      }),
    );
    const emu = await useEmulator({ config: configOf(pools, { steering_policy: 'least_connections' }) });
    const sockets = [];
    for (let time = 0; time < 20; time++) sockets.push(await connectWebSocket(emu, 'one.example.com', '/'));
    expect((await count(emu, 40)).two).toBeGreaterThan(30);
    await Promise.all(
      sockets.map(({ socket }) => {
        const closed = new Promise((resolve) => socket.once('close', resolve));
        socket.close();
        return closed;
      }),
    );
    const after = await count(emu, 60);
    expect(after.one).toBeGreaterThan(15);
    expect(after.two).toBeGreaterThan(15);
  });
});

// 3.2.
test('geo: the list of the data center, else of the country, else of the region, else the default pools', async () => {
  const pools = await usePools(['default', 'sydney', 'mexico', 'europe']);
  const emu = await useEmulator({
    config: configOf(pools, {
      default_pools: ['default'],
      steering_policy: 'geo',
      pop_pools: { SYD: ['sydney'] },
      country_pools: { MX: ['mexico'] },
      region_pools: { WEU: ['europe'] },
    }),
  });
  expect((await ask(emu, { colo: 'SYD', country: 'MX' })).pool).toBe('sydney');
  expect((await ask(emu, { colo: 'SJC', country: 'MX' })).pool).toBe('mexico');
  expect((await ask(emu, { colo: 'FRA' })).pool).toBe('europe');
  expect((await ask(emu, { colo: 'NRT' })).pool).toBe('default');
});

test('proximity: the pool nearest to the data center in which the request enters', async () => {
  const places: Record<string, [number, number]> = { osaka: [34.7, 135.5], paris: [48.9, 2.4], denver: [39.7, -105] };
  const pools = (await usePools(['osaka', 'paris', 'denver'])).map((pool) => {
    const [latitude = 0, longitude = 0] = places[pool.name] ?? [];
    return { ...pool, latitude, longitude };
  });
  const emu = await useEmulator({ config: configOf(pools, { steering_policy: 'proximity' }) });
  const nearest = { NRT: 'osaka', FRA: 'paris', SJC: 'denver', SYD: 'osaka' };
  for (const [colo, pool] of Object.entries(nearest)) expect((await ask(emu, { colo })).pool).toBe(pool);
});

// Section 6.
describe('failover across pools', () => {
  async function refusing(failover_across_pools: boolean) {
    const refused = { name: 'refused', origins: [{ name: 'r-1', address: '127.0.0.1', port: await closedPort() }] };
    const config = configOf([refused, ...(await usePools(['next', 'last']))], {
      steering_policy: 'off',
      adaptive_routing: { failover_across_pools },
    });
    return useEmulator({ config });
  }

  test('on: the next pool answers', async () => {
    const emu = await refusing(true);
    expect(await ask(emu)).toMatchObject({ pool: 'next', endpoint: 'next-1', attempts: 2, fallback: false });
    expect(emu.requests.list(1)[0]?.attempts).toMatchObject([
      { pool: 'refused', failure: 'refused' },
      { pool: 'next' },
    ]);
  });

  test('off: the error', async () => {
    const response = await (await refusing(false)).fetch('http://app.example.com/');
    expect(response.status).toBe(521);
  });
});

// Section 7.
test('load shedding by hash: an address is always shed or never, and what is shed goes to the next pool', async () => {
  const [first, ...others] = await usePools(['shedding', 'next']);
  const shedding = { ...first, name: 'shedding', origins: first?.origins ?? [] };
  const config = configOf(
    [{ ...shedding, load_shedding: { default_percent: 50, default_policy: 'hash' } }, ...others],
    { steering_policy: 'off' },
  );
  const emu = await useEmulator({ config });
  const seen: Record<string, number> = {};
  for (let client = 0; client < 30; client++) {
    const clientIp = `203.0.113.${client}`;
    const { pool } = await ask(emu, { clientIp });
    for (let time = 0; time < 3; time++) expect((await ask(emu, { clientIp })).pool).toBe(pool);
    seen[String(pool)] = (seen[String(pool)] ?? 0) + 1;
  }
  expect(Object.keys(seen).sort()).toEqual(['next', 'shedding']);
});

test('hash: an address goes to the same endpoint of its pool', async () => {
  const origins = await Promise.all(
    ['a', 'b', 'c'].map(async (name) => {
      const { port } = await useServer((_request, response) => response.end(name));
      return { name, address: '127.0.0.1', port };
    }),
  );
  const emu = await useEmulator({
    config: configOf([{ name: 'p', origins, origin_steering: { policy: 'hash' } }], {}),
  });
  const all = new Set<unknown>();
  for (let client = 0; client < 15; client++) {
    const clientIp = `203.0.113.${client}`;
    const { endpoint } = await ask(emu, { clientIp });
    expect((await ask(emu, { clientIp })).endpoint).toBe(endpoint);
    all.add(endpoint);
  }
  expect(all.size).toBe(3);
});

// Sections 3.3 and 8.
test('a rule answers for the edge, a pool set takes a region, a rule takes a path', async () => {
  const pools = await usePools(['default', 'europe', 'blog']);
  const emu = await useEmulator({
    config: configOf(pools, {
      default_pools: ['default'],
      pool_sets: [{ name: 'eu', match: { topology: { regions: ['WEU'] } }, overrides: { pools: ['europe'] } }],
      rules: [
        { name: 'blog', condition: 'http.request.uri.path contains "/blog"', overrides: { pools: ['blog'] } },
        {
          name: 'moved',
          condition: 'http.request.uri.path eq "/old"',
          fixed_response: { status_code: 302, location: '/new', message_body: 'moved' },
        },
      ],
    }),
  });
  expect((await ask(emu, { colo: 'NRT' })).pool).toBe('default');
  expect((await ask(emu, { colo: 'FRA' })).pool).toBe('europe');
  expect((await ask(emu, { colo: 'FRA' }, 'http://app.example.com/blog/1')).pool).toBe('blog');
  const moved = await emu.fetch('http://app.example.com/old', { redirect: 'manual' });
  expect([moved.status, moved.headers.get('location'), await moved.text()]).toEqual([302, '/new', 'moved']);
});
