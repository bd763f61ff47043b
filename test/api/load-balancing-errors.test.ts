import { describe, expect, test } from 'vitest';
import type { ConfigInput } from '../../emulator/index.js';
import { type ApiUnderTest, account, useApi, zone } from '../support/api.js';

const POOLS = account('/load_balancers/pools');
const MONITORS = account('/load_balancers/monitors');
const GROUPS = account('/load_balancers/monitor_groups');
const LOAD_BALANCERS = zone('/load_balancers');
const NOBODY = 'f'.repeat(32);

const origin = { name: 'a', address: '192.0.2.1' };
const POOL = { id: 'b'.repeat(32), name: 'tokyo', origins: [origin] };

const withPool = (): Promise<ApiUnderTest> => useApi({ pools: [POOL] });

interface Case {
  readonly path: string;
  readonly body: unknown;
  readonly says: string;
}

const loadBalancer = { name: 'app.example.com', fallback_pool: POOL.id, default_pools: [POOL.id] };
const REFUSED: Readonly<Record<string, Case>> = {
  'an interval below the least one': {
    path: MONITORS,
    body: { expected_codes: '200', interval: 5 },
    says: 'interval is not in range [10, 3600]',
  },
  'an interval above the greatest one': {
    path: MONITORS,
    body: { expected_codes: '200', interval: 3601 },
    says: 'interval is not in range [10, 3600]',
  },
  'retries out of range': {
    path: MONITORS,
    body: { expected_codes: '200', retries: 6 },
    says: 'retries is not in range [0, 5]',
  },
  'a timeout as long as the interval': {
    path: MONITORS,
    body: { expected_codes: '200', interval: 10, timeout: 10 },
    says: 'timeout is not in range [1, 9]',
  },
  'an http monitor without expected_codes': {
    path: MONITORS,
    body: { type: 'http' },
    says: 'expected_codes is required for http monitors, e.g. "200" or "2xx"',
  },
  'no endpoints': {
    path: POOLS,
    body: { name: 'empty', origins: [] },
    says: 'the origin list length must be in range [1, 20]',
  },
  'a weight above 1': {
    path: POOLS,
    body: { name: 'heavy', origins: [{ ...origin, weight: 2 }] },
    says: 'origins.0.weight is not in range [0, 1]',
  },
  'a region that does not exist': {
    path: POOLS,
    body: { name: 'somewhere', origins: [origin], check_regions: ['ATLANTIS'] },
    says: 'invalid region "ATLANTIS"',
  },
  'a latitude alone': {
    path: POOLS,
    body: { name: 'half', origins: [origin], latitude: 1 },
    says: 'latitude needs longitude beside it: latitude and longitude come together or not at all',
  },
  'a Host of somebody else': {
    path: POOLS,
    body: { name: 'foreign', origins: [{ ...origin, header: { Host: ['www.example.org'] } }] },
    says: 'Host header "www.example.org" not allowed for origin domain "192.0.2.1"',
  },
  'a name of the wrong type': {
    path: POOLS,
    body: { name: 7, origins: [origin] },
    says: 'name must be text; it is 7; write it in quotes: "7"',
  },
  'a load balancer outside the zone': {
    path: LOAD_BALANCERS,
    body: { ...loadBalancer, name: 'app.example.org' },
    says: 'invalid hostname: app.example.org',
  },
  'a load balancer whose name is no host name': {
    path: LOAD_BALANCERS,
    body: { ...loadBalancer, name: 'not a name' },
    says: 'invalid hostname: not a name',
  },
  'a short name': {
    path: LOAD_BALANCERS,
    body: { ...loadBalancer, name: 'subdomain-here' },
    says: 'invalid hostname: subdomain-here',
  },
  'pools in a region that does not exist': {
    path: LOAD_BALANCERS,
    body: { ...loadBalancer, region_pools: { ATLANTIS: [POOL.id] } },
    says: 'invalid region "ATLANTIS"',
  },
  'a lifetime that sessions by cookie cannot have': {
    path: LOAD_BALANCERS,
    body: { ...loadBalancer, session_affinity: 'cookie', session_affinity_ttl: 60 },
    says: 'session_affinity_ttl is not in range [1800, 604800]',
  },
  'an unknown steering policy': {
    path: LOAD_BALANCERS,
    body: { ...loadBalancer, steering_policy: 'best' },
    says: 'steering_policy must be one of off, geo, random, dynamic_latency, proximity, least_outstanding_requests, least_connections, ""; it is "best"',
  },
  'an unknown pool': {
    path: LOAD_BALANCERS,
    body: { ...loadBalancer, default_pools: [NOBODY] },
    says: `default_pools.0 must be the id of a pool; there is none with the id "${NOBODY}"`,
  },
  'a group with an unknown monitor': {
    path: GROUPS,
    body: {
      description: 'g',
      members: [{ monitor_id: NOBODY, enabled: true, monitoring_only: false, must_be_healthy: true }],
    },
    says: `members.0.monitor_id must be the id of a monitor; there is none with the id "${NOBODY}"`,
  },
};

describe('what the service refuses is 400 with code 1002, and names the field', () => {
  test.each(Object.entries(REFUSED))('%s', async (_name, { path, body, says }) => {
    const { call, emu } = await withPool();
    const before = emu.state.read().revision;
    const answer = await call('POST', path, body);
    expect(answer).toMatchObject({ status: 400, success: false, messages: [], result: null });
    expect(answer.errors.map(({ code, message }) => [code, message])).toEqual([[1002, `${says}: validation failed`]]);
    expect(emu.state.read().revision).toBe(before);
  });

  test('a private address without a covering route', async () => {
    const { call } = await useApi({ virtual_networks: [{ id: '11111111-1111-4111-8111-111111111111', name: 'lab' }] });
    const body = {
      name: 'private',
      origins: [{ name: 'a', address: '10.1.2.3', virtual_network_id: '11111111-1111-4111-8111-111111111111' }],
    };
    expect((await call('POST', POOLS, body)).errors).toMatchObject([
      {
        code: 1002,
        message: 'virtual_network_id does not belong to tunnel route that covers origin IP: validation failed',
        source: { pointer: '/origins/0/virtual_network_id' },
      },
    ]);
  });

  test('an address that stands twice in a pool, in two virtual networks too, unless the settings allow it', async () => {
    const ids = ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222'];
    const config: ConfigInput = {
      virtual_networks: ids.map((id, index) => ({ id, name: `lab-${index}` })),
      tunnels: ids.map((_id, index) => ({
        name: `lab-${index}`,
        routes: [{ network: '10.1.2.0/24', virtual_network: `lab-${index}` }],
      })),
    };
    const origins = ids.map((id, index) => ({ name: `${index}`, address: '10.1.2.3', virtual_network_id: id }));
    const refusing = await useApi(config);
    const refused = await refusing.call('POST', POOLS, { name: 'twice', origins });
    expect(refused).toMatchObject({ status: 400, errors: [{ code: 1002, source: { pointer: '/origins/1/address' } }] });
    expect(refused.errors[0]?.message).toMatch(/even with another port or virtual network.*: validation failed$/);
    expect(refusing.emu.state.read().pools.size).toBe(0);
    const allowing = await useApi({ ...config, settings: { duplicate_addresses: 'allow' } });
    const allowed = await allowing.call('POST', POOLS, { name: 'twice', origins });
    expect(allowed.result?.origins).toMatchObject(origins);
  });

  test('a rule whose condition cannot be read', async () => {
    const { call } = await withPool();
    const rules = [{ name: 'r', condition: 'http.host ==', overrides: { steering_policy: 'off' } }];
    const answer = await call('POST', LOAD_BALANCERS, { ...loadBalancer, rules });
    expect(answer).toMatchObject({ status: 400, errors: [{ code: 1002, source: { pointer: '/rules/0/condition' } }] });
  });
});

describe('names stand once', () => {
  test.each([
    ['pools', POOLS, { name: 'tokyo', origins: [origin] }],
    ['load balancers', LOAD_BALANCERS, loadBalancer],
  ])('%s', async (_name, path, body) => {
    const { call } = await withPool();
    await call('POST', path, body);
    const answer = await call('POST', path, body);
    expect(answer).toMatchObject({ status: 400, errors: [{ code: 1003, message: 'value not unique' }] });
  });

  test('but two endpoints of one name are only wrong', async () => {
    const { call } = await withPool();
    const answer = await call('POST', POOLS, { name: 'p', origins: [origin, { ...origin, address: '192.0.2.2' }] });
    expect(answer).toMatchObject({ status: 400, errors: [{ code: 1002 }] });
  });
});

describe('ids', () => {
  test.each([
    ['pool', POOLS],
    ['monitor', MONITORS],
    ['monitor group', GROUPS],
    ['load balancer', LOAD_BALANCERS],
    ['load balancer', account('/load_balancers')],
    ['preview', account('/load_balancers/preview')],
  ])('that no %s has are 404 with code 1001', async (noun, path) => {
    const { call } = await useApi();
    expect(await call('GET', `${path}/${NOBODY}`)).toMatchObject({
      status: 404,
      errors: [{ code: 1001, message: `${noun} ${NOBODY} not found` }],
    });
  });

  test.each([POOLS, MONITORS, GROUPS, LOAD_BALANCERS, account('/load_balancers/preview')])(
    'that nothing can have are the gateway’s to refuse: %s',
    async (path) => {
      const { call } = await useApi();
      expect(await call('GET', `${path}/no-such-thing`)).toMatchObject({ status: 404, errors: [{ code: 7003 }] });
    },
  );

  test('of another account or zone are not routed', async () => {
    const { call } = await useApi();
    for (const path of [
      `/accounts/${NOBODY}/load_balancers/pools`,
      `/accounts/${NOBODY}/load_balancers/regions`,
      `/zones/${NOBODY}/load_balancers`,
    ]) {
      expect(await call('GET', path)).toMatchObject({ status: 404, errors: [{ code: 7003 }] });
    }
  });

  test('of a load balancer of another zone are not found', async () => {
    const { call } = await useApi({
      zones: [
        { id: 'a'.repeat(32), name: 'example.com' },
        { id: 'c'.repeat(32), name: 'example.net' },
      ],
      pools: [POOL],
    });
    const { result } = await call('POST', LOAD_BALANCERS, loadBalancer);
    for (const path of [`/zones/${'c'.repeat(32)}/load_balancers`, account('/load_balancers')]) {
      expect(await call('DELETE', `${path}/${result.id}`)).toMatchObject({ status: 404, errors: [{ code: 1001 }] });
      expect((await call('GET', path)).result).toEqual([]);
    }
    expect((await call('GET', `${LOAD_BALANCERS}/${result.id}`)).status).toBe(200);
  });
});

describe('bodies', () => {
  test('may have fields that nobody knows, and those that only the service writes', async () => {
    const { call } = await useApi();
    const { result } = await call('POST', POOLS, {
      name: 'p',
      origins: [{ ...origin, colour: 'blue', disabled_at: '2020-01-01T00:00:00Z' }],
      created_on: '2014-01-01T05:20:00.12345Z',
      flavour: 'sweet',
      id: NOBODY,
    });
    expect(result).not.toHaveProperty('flavour');
    expect(result.origins[0]).not.toHaveProperty('colour');
    expect(result.origins[0].disabled_at).toBeNull();
    expect(result.id).not.toBe(NOBODY);
    expect(result.created_on).not.toMatch(/^2014/);
  });

  test('of the wrong types change nothing', async () => {
    const { call, emu } = await withPool();
    const before = emu.state.read().revision;
    for (const [path, body] of [
      [POOLS, { name: 'p', origins: 'none' }],
      [POOLS, { name: 'p', origins: [7] }],
      [POOLS, { name: 'p', origins: [null] }],
      [MONITORS, { expected_codes: 200 }],
      [MONITORS, { expected_codes: '200', interval: '60' }],
      [GROUPS, { description: 'g', members: {} }],
      [LOAD_BALANCERS, { ...loadBalancer, enabled: 'yes' }],
      [LOAD_BALANCERS, { ...loadBalancer, rules: {} }],
      [LOAD_BALANCERS, { ...loadBalancer, region_pools: ['WNAM'] }],
      [`${POOLS}/${POOL.id}/preview`, { expected_codes: 200 }],
    ] as const) {
      expect(await call('POST', path, body)).toMatchObject({ status: 400, errors: [{ code: 1002 }] });
    }
    expect(emu.state.read().revision).toBe(before);
  });
});
