import { describe, expect, test } from 'vitest';
import type { ApiDeps } from '../../emulator/api/api.types.js';
import { servedEndpoints } from '../../emulator/api/served.js';
import { type ApiAnswer, type ApiUnderTest, account, useApi, ZONE_ID, zone } from '../support/api.js';
import { useOrigin, useServer } from '../support/servers.js';

/** Many clients at once. Each ends after so many requests, so that the tests do. */
const CLIENTS = 100;

const at = (id: string): string => account(`/load_balancers/pools/${id}`);
const origin = (name: string) => ({ name, address: '192.0.2.1' });

async function createPool({ call }: ApiUnderTest, name: string, origins: readonly object[]): Promise<string> {
  const created = await call('POST', account('/load_balancers/pools'), { name, origins });
  expect(created.errors).toEqual([]);
  return created.result.id;
}

const everyClient = <T>(work: (client: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: CLIENTS }, (_, client) => work(client)));

/** Repeats until the others are done, and says how often. At least once. */
async function meanwhile(others: Promise<unknown>, look: () => Promise<void>): Promise<number> {
  let done = false;
  const finished = others.finally(() => {
    done = true;
  });
  let count = 0;
  do {
    await look();
    count++;
  } while (!done);
  await finished;
  return count;
}

/** Fields of a pool that can be changed each by itself. */
const CHANGES: readonly [Record<string, unknown>, (pool: ApiAnswer['result']) => unknown, unknown][] = [
  [{ description: 'changed' }, (pool) => pool.description, 'changed'],
  [{ enabled: false }, (pool) => pool.enabled, false],
  [{ minimum_origins: 0 }, (pool) => pool.minimum_origins, 0],
  [{ notification_email: 'a@example.com' }, (pool) => pool.notification_email, 'a@example.com'],
  [{ origin_steering: { policy: 'hash' } }, (pool) => pool.origin_steering.policy, 'hash'],
  [{ load_shedding: { default_percent: 7 } }, (pool) => pool.load_shedding.default_percent, 7],
  [{ load_shedding: { session_percent: 8 } }, (pool) => pool.load_shedding.session_percent, 8],
  [{ latitude: 1, longitude: 2 }, (pool) => [pool.latitude, pool.longitude], [1, 2]],
  [{ networks: ['cloudflare'] }, (pool) => pool.networks, ['cloudflare']],
  [{ check_regions: ['WNAM'] }, (pool) => pool.check_regions, ['WNAM']],
];

test('changes of different fields by many clients are all there in the end', async () => {
  const api = await useApi();
  const ids = await Promise.all(
    Array.from({ length: CLIENTS / CHANGES.length }, (_, pool) => createPool(api, `p${pool}`, [origin('a')])),
  );
  const answers = await everyClient((client) => {
    const [change] = CHANGES[client % CHANGES.length] ?? [];
    return api.call('PATCH', at(ids[Math.floor(client / CHANGES.length)] ?? ''), change);
  });
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  for (const id of ids) {
    const { result } = await api.call('GET', at(id));
    for (const [, read, value] of CHANGES) expect(read(result)).toEqual(value);
  }
});

test('of many replacements one is the last, and nobody sees a mixture of two', async () => {
  const api = await useApi();
  const id = await createPool(api, 'p', [origin('first')]);
  await api.call('PUT', at(id), { name: 'p', description: 'first', origins: [origin('first')] });
  const replaced = everyClient((client) =>
    api.call('PUT', at(id), {
      name: 'p',
      description: `by-${client}`,
      origins: [origin(`by-${client}`)],
    }),
  );
  const whole = async () => {
    const { result } = await api.call('GET', at(id));
    expect(result.origins).toMatchObject([{ name: result.description }]);
    return result.description as string;
  };
  expect(await meanwhile(replaced, async () => void (await whole()))).toBeGreaterThan(0);
  for (const [client, { status, result }] of (await replaced).entries()) {
    expect(status).toBe(200);
    // Each is answered with what it wrote itself, not with what came after it.
    expect(result.description).toBe(`by-${client}`);
  }
  expect(await whole()).toMatch(/^by-\d+$/);
});

test('of many who create the same name one succeeds', async () => {
  const api = await useApi();
  const answers = await everyClient((client) =>
    api.call('POST', account('/load_balancers/pools'), { name: 'same', origins: [origin(`o${client}`)] }),
  );
  const statuses = answers.map(({ status }) => status).toSorted();
  expect(statuses).toEqual([200, ...Array.from({ length: CLIENTS - 1 }, () => 400)]);
  expect(api.emu.state.read().pools.size).toBe(1);
});

test('of many who delete the same object one succeeds', async () => {
  const api = await useApi();
  const id = await createPool(api, 'p', [origin('a')]);
  const statuses = (await everyClient(() => api.call('DELETE', at(id)))).map(({ status }) => status).toSorted();
  expect(statuses).toEqual([200, ...Array.from({ length: CLIENTS - 1 }, () => 404)]);
});

describe('while an application is changed', () => {
  /** Two origins that tell which they are and for which host they were asked. */
  async function useTwoOrigins() {
    const make = async (name: string) => {
      const server = await useServer((request, response) => response.end(`${name} ${request.headers.host}`));
      return { name, address: '127.0.0.1', port: server.port, header: { Host: [`${name}.example.com`] } };
    };
    return [await make('blue'), await make('green')] as const;
  }

  async function ask({ emu }: ApiUnderTest): Promise<void> {
    const response = await emu.fetch('http://app.example.com/');
    const text = await response.text();
    expect(response.status, text).toBe(200);
    const [name, host] = text.split(' ');
    expect(host).toBe(`${name}.example.com`);
  }

  test('each request is served by the one or by the other, never by half of both; what is in use stays', async () => {
    const [blue, green] = await useTwoOrigins();
    const POOL = 'b'.repeat(32);
    const api = await useApi({
      pools: [{ id: POOL, name: 'app', origins: [blue] }],
      zones: [
        {
          id: ZONE_ID,
          name: 'example.com',
          load_balancers: [{ name: 'app.example.com', proxied: true, default_pools: ['app'] }],
        },
      ],
    });
    const changes = everyClient(async (client) => {
      if (client % 4 === 0) return (await api.call('DELETE', at(POOL))).status;
      return (await api.call('PUT', at(POOL), { name: 'app', origins: [client % 2 === 0 ? blue : green] })).status;
    });
    await meanwhile(changes, () => ask(api));
    expect(new Set(await changes)).toEqual(new Set([200, 412]));
    await ask(api);
  });

  test('a name that is moved by a batch always leads somewhere', async () => {
    const served = await useOrigin();
    const TUNNEL = '11111111-2222-4333-8444-555555555555';
    const OTHER = '22222222-2222-4333-8444-555555555555';
    const config = { ingress: [{ service: `http://127.0.0.1:${served.address.port}` }] };
    const api = await useApi({
      tunnels: [
        { name: 'one', id: TUNNEL, config },
        { name: 'two', id: OTHER, config },
      ],
    });
    await api.emu.connect({ tunnel: 'one', location: 'NRT', connections: 1 });
    await api.emu.connect({ tunnel: 'two', location: 'NRT', connections: 1 });
    const record = (tunnel: string) => ({
      name: 'app',
      type: 'CNAME',
      content: `${tunnel}.cfargotunnel.com`,
      proxied: true,
    });
    let { id } = (await api.call('POST', zone('/dns_records'), record(TUNNEL))).result;
    const moves = (async () => {
      for (let move = 0; move < CLIENTS; move++) {
        const moved = await api.call('POST', zone('/dns_records/batch'), {
          deletes: [{ id }],
          posts: [record(move % 2 === 0 ? OTHER : TUNNEL)],
        });
        expect(moved.status).toBe(200);
        id = moved.result.posts[0].id;
      }
    })();
    await meanwhile(moves, async () => {
      const { result } = await api.call('GET', zone('/dns_records?name=app.example.com'));
      expect(result).toHaveLength(1);
      expect((await api.emu.fetch('http://app.example.com/')).status).toBe(200);
    });
  });

  const hasLoadBalancers = servedEndpoints({} as ApiDeps).some(
    ({ endpoint }) => endpoint.path === '/zones/:zone_id/load_balancers/:id',
  );

  test.runIf(hasLoadBalancers)('a load balancer has pools that exist, however often they are swapped', async () => {
    const [blue, green] = await useTwoOrigins();
    const POOL = 'b'.repeat(32);
    const BALANCER = 'c'.repeat(32);
    const api = await useApi({
      pools: [{ id: POOL, name: 'first', origins: [blue] }],
      zones: [
        {
          id: ZONE_ID,
          name: 'example.com',
          load_balancers: [{ id: BALANCER, name: 'app.example.com', proxied: true, default_pools: ['first'] }],
        },
      ],
    });
    const balancer = zone(`/load_balancers/${BALANCER}`);
    // A pool of its own is made, put in the place of the one that is there, and taken away again by whoever can.
    const swaps = everyClient(async (client) => {
      const id = await createPool(api, `p${client}`, [client % 2 === 0 ? blue : green]);
      const swapped = await api.call('PATCH', balancer, { default_pools: [id], fallback_pool: id });
      expect(swapped.status).toBe(200);
      const { status } = await api.call('DELETE', at(id));
      expect([200, 412]).toContain(status);
    });
    await meanwhile(swaps, async () => {
      const { pools, load_balancers } = api.emu.state.read();
      for (const { default_pools, fallback_pool } of load_balancers.values()) {
        for (const pool of [...default_pools, fallback_pool]) expect(pools.has(pool)).toBe(true);
      }
      const { result } = await api.call('GET', balancer);
      expect(result.default_pools).toEqual([result.fallback_pool]);
      await ask(api);
    });
  });
});
