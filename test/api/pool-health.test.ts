import { describe, expect, test } from 'vitest';
import type { ConfigInput } from '../../emulator/index.js';
import { ACCOUNT_ID, type ApiUnderTest, account, useApi } from '../support/api.js';
import { advance } from '../support/health.js';
import { closedPort, useOrigin, useServer } from '../support/servers.js';

const account_id = ACCOUNT_ID;
const POOL = 'b'.repeat(32);
const MONITOR = 'd'.repeat(32);
const path = (rest: string): string => account(`/load_balancers/pools/${POOL}${rest}`);

type Pool = NonNullable<ConfigInput['pools']>[number];

/** A pool with one origin that lives and one that does not, probed from two data centers. */
async function use(pool: Partial<Pool> = {}, rest: ConfigInput = {}): Promise<ApiUnderTest> {
  const { address } = await useOrigin('alive');
  const origins = [
    { name: 'alive', address: '127.0.0.1', port: address.port },
    { name: 'dead', address: '127.0.0.2', port: await closedPort() },
  ];
  return useApi(
    {
      data_centers: ['AMS', 'NRT'],
      pools: [{ id: POOL, name: 'p', origins, ...pool }],
      monitors: [{ id: MONITOR, name: 'web', expected_codes: '2xx', path: '/' }],
      ...rest,
    },
    { clock: 'manual' },
  );
}

describe('the health of a pool', () => {
  test('is what each data center found of each endpoint', async () => {
    const { sdk, emu } = await use({ monitor: 'web' });
    const health = () => sdk.loadBalancers.pools.health.get(POOL, { account_id });
    expect(await health()).toEqual({ pool_id: POOL, pop_health: {} });
    await advance(emu, '1s');
    const found = {
      healthy: true,
      origins: [
        {
          '127.0.0.1': {
            healthy: true,
            rtt: expect.stringMatching(/^(?:0s|\d+(?:\.\d+)?(?:µs|ms|s))$/),
            failure_reason: 'No failures',
            response_code: 200,
          },
        },
        { '127.0.0.2': { healthy: false, rtt: '0s', failure_reason: 'TCP connection failed', response_code: 0 } },
      ],
    };
    expect(await health()).toEqual({ pool_id: POOL, pop_health: { 'Amsterdam, NL': found, 'Tokyo, JP': found } });
  });

  test('is bad where fewer endpoints are healthy than the pool needs', async () => {
    const { call, emu } = await use({ monitor: 'web', minimum_origins: 2 });
    await advance(emu, '1s');
    const { result } = await call('GET', path('/health'));
    expect(result.pop_health['Tokyo, JP'].healthy).toBe(false);
  });

  test('is empty where nothing watches, and the same in the scope of a user', async () => {
    const { call } = await use();
    expect((await call('GET', path('/health'))).result).toEqual({ pool_id: POOL, pop_health: {} });
    expect((await call('GET', `/user/load_balancers/pools/${POOL}/health`)).result.pool_id).toBe(POOL);
    expect(await call('GET', account(`/load_balancers/pools/${'f'.repeat(32)}/health`))).toMatchObject({
      status: 404,
      errors: [{ code: 1001 }],
    });
  });
});

describe('a preview', () => {
  test('checks the endpoints of a pool that nothing watches, once, and decides nothing', async () => {
    const { sdk, call } = await use();
    const started = await sdk.loadBalancers.pools.health.create(POOL, { account_id, expected_codes: '200' });
    expect(started).toEqual({ preview_id: expect.stringMatching(/^[0-9a-f]{32}$/), pools: { [POOL]: 'p' } });
    const found = await sdk.loadBalancers.previews.get(started.preview_id ?? '', { account_id });
    expect(found).toEqual({
      [POOL]: {
        healthy: true,
        origins: [
          {
            '127.0.0.1': {
              healthy: true,
              rtt: expect.stringMatching(/s$/),
              failure_reason: 'No failures',
              response_code: 200,
            },
          },
          { '127.0.0.2': { healthy: false, rtt: '0s', failure_reason: 'TCP connection failed', response_code: 0 } },
        ],
      },
    });
    expect((await call('GET', path('/health'))).result.pop_health).toEqual({});
    const { result } = await call('GET', `/user/load_balancers/preview/${started.preview_id}`);
    expect(result).toEqual(found);
  });

  test('asks as its monitor says, from every probing data center, without retries of a refusal', async () => {
    const asked: string[] = [];
    const { port } = await useServer(({ method, url, headers }, response) => {
      asked.push(`${method} ${url} ${headers['x-check']} ${String(headers['cf-ray']).split('-')[1]}`);
      response.writeHead(503).end();
    });
    const { call } = await use({ origins: [{ name: 'a', address: '127.0.0.1', port }] });
    const monitor = {
      type: 'http',
      method: 'HEAD',
      path: '/ready',
      expected_codes: '2xx',
      header: { 'X-Check': ['1'] },
    };
    const { result } = await call('POST', path('/preview'), monitor);
    const found = await call('GET', account(`/load_balancers/preview/${result.preview_id}`));
    expect(found.result[POOL]).toEqual({
      healthy: false,
      origins: [
        {
          '127.0.0.1': {
            healthy: false,
            rtt: '0s',
            failure_reason: 'Response code mismatch error',
            response_code: 503,
          },
        },
      ],
    });
    expect(asked.sort()).toEqual(['HEAD /ready 1 AMS', 'HEAD /ready 1 NRT']);
  });

  test('of a monitor checks the pools that use it, with the changes given', async () => {
    const { call } = await use({ monitor: 'web' });
    const preview = async (body: unknown) => {
      const { result } = await call('POST', account(`/load_balancers/monitors/${MONITOR}/preview`), body);
      expect(result.pools).toEqual({ [POOL]: 'p' });
      return (await call('GET', account(`/load_balancers/preview/${result.preview_id}`))).result[POOL].healthy;
    };
    expect(await preview({})).toBe(true);
    expect(await preview({ expected_codes: '418' })).toBe(false);
  });

  test('is refused with a monitor that could not be kept', async () => {
    const { call } = await use();
    const answer = await call('POST', path('/preview'), { type: 'https' });
    expect(answer).toMatchObject({ status: 400, errors: [{ code: 1002, source: { pointer: '/expected_codes' } }] });
  });
});

describe('what changed is told as events', () => {
  test('of pools and endpoints, by time, name and state', async () => {
    const { call, emu } = await use({ monitor: 'web' });
    const events = async (query = '') => (await call('GET', `/user/load_balancing_analytics/events${query}`)).result;
    expect(await events()).toEqual([]);
    await advance(emu, '1s');
    const all = await events();
    expect(all.map(({ id }: { id: number }) => id)).toEqual(all.map((_: unknown, index: number) => index + 1));
    expect(all.at(-1)).toMatchObject({
      timestamp: expect.stringMatching(/Z$/),
      pool: { id: POOL, name: 'p', healthy: true, changed: true, minimum_origins: 1 },
      origins: [
        { name: 'alive', address: '127.0.0.1', ip: '127.0.0.1', healthy: true, changed: false, enabled: true },
        { name: 'dead', healthy: false, failure_reason: 'TCP connection failed' },
      ],
    });
    expect(await events(`?pool_id=${POOL}`)).toEqual(all);
    expect(await events('?pool_name=other')).toEqual([]);
    expect(await events('?origin_name=dead&origin_healthy=true')).toEqual([]);
    expect((await events('?origin_name=alive&origin_healthy=true')).length).toBeGreaterThan(0);
    expect(await events('?until=2001-01-01T00:00:00Z')).toEqual([]);
    expect(await events(`?since=${all[0].timestamp}`)).toEqual(all);
  });
});
