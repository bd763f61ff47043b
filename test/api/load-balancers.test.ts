import { BadRequestError, NotFoundError } from 'cloudflare';
import { describe, expect, test } from 'vitest';
import { ACCOUNT_ID, type ApiUnderTest, account, useApi, ZONE_ID, zone } from '../support/api.js';
import { parseRoute } from '../support/route.js';
import { useOrigin } from '../support/servers.js';

const account_id = ACCOUNT_ID;
const zone_id = ZONE_ID;
const [TOKYO, OSAKA] = ['b'.repeat(32), 'c'.repeat(32)];
const origins = [{ name: 'a', address: '192.0.2.1' }];

const withPools = (): Promise<ApiUnderTest> =>
  useApi({
    pools: [
      { id: TOKYO, name: 'tokyo', origins },
      { id: OSAKA, name: 'osaka', origins },
    ],
  });

const pools = { fallback_pool: OSAKA, default_pools: [TOKYO, OSAKA] };

describe('load balancers through the official SDK', () => {
  test('are created with their defaults, listed, read, replaced, changed and deleted', async () => {
    const { sdk } = await withPools();
    const { loadBalancers } = sdk;
    const created = await loadBalancers.create({ zone_id, name: 'app.example.com', ...pools });
    expect(created).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      name: 'app.example.com',
      zone_name: 'example.com',
      description: '',
      enabled: true,
      proxied: false,
      ttl: 30,
      ...pools,
      steering_policy: 'off',
      region_pools: {},
      country_pools: {},
      pop_pools: {},
      random_steering: null,
      adaptive_routing: null,
      location_strategy: null,
      session_affinity: 'none',
      session_affinity_attributes: null,
      rules: [],
      created_on: expect.any(String),
      modified_on: expect.any(String),
    });
    const id = created.id ?? '';

    const other = await loadBalancers.create({ zone_id, name: '*.example.com', ...pools });
    const listed = [];
    for await (const each of loadBalancers.list({ zone_id })) listed.push(each);
    expect(listed).toEqual([other, created]);
    expect(await loadBalancers.get(id, { zone_id })).toEqual(created);

    const changed = await loadBalancers.edit(id, { zone_id, proxied: true, region_pools: { WNAM: [TOKYO] } });
    expect(changed).toMatchObject({ ...pools, proxied: true, region_pools: { WNAM: [TOKYO] }, steering_policy: 'geo' });
    const replaced = await loadBalancers.update(id, { zone_id, name: 'www.example.com', ...pools });
    expect(replaced).toMatchObject({ id, name: 'www.example.com', proxied: false, region_pools: {} });

    expect(await loadBalancers.delete(id, { zone_id })).toEqual({ id });
    await expect(loadBalancers.get(id, { zone_id })).rejects.toBeInstanceOf(NotFoundError);
    await expect(loadBalancers.create({ zone_id, name: 'a.example.org', ...pools })).rejects.toBeInstanceOf(
      BadRequestError,
    );
  });

  test.each([
    ['cookie', 82_800],
    ['ip_cookie', 82_800],
  ] as const)('with sessions by %s have their lifetime and attributes', async (session_affinity, ttl) => {
    const { sdk } = await withPools();
    const name = 'app.example.com';
    const created = await sdk.loadBalancers.create({ zone_id, name, ...pools, session_affinity });
    expect(created).toMatchObject({ session_affinity, session_affinity_ttl: ttl });
    expect(created.session_affinity_attributes).toEqual({
      drain_duration: 0,
      samesite: 'Auto',
      secure: 'Auto',
      zero_downtime_failover: 'none',
      require_all_headers: false,
    });
  });

  test('change from one kind of sessions to another, with its defaults', async () => {
    const { sdk } = await withPools();
    const created = await sdk.loadBalancers.create({
      zone_id,
      name: 'app.example.com',
      ...pools,
      session_affinity: 'cookie',
      session_affinity_ttl: 7200,
      session_affinity_attributes: { zero_downtime_failover: 'sticky' },
    });
    const id = created.id ?? '';
    const byHeader = await sdk.loadBalancers.edit(id, {
      zone_id,
      session_affinity: 'header',
      session_affinity_attributes: { headers: ['x-user'] },
    });
    expect(byHeader).toMatchObject({
      session_affinity: 'header',
      session_affinity_ttl: 1800,
      session_affinity_attributes: { headers: ['x-user'], zero_downtime_failover: 'none', require_all_headers: false },
    });
    // Of the same kind, what is not given stays.
    const drained = await sdk.loadBalancers.edit(id, { zone_id, session_affinity_attributes: { drain_duration: 60 } });
    expect(drained.session_affinity_attributes).toMatchObject({ headers: ['x-user'], drain_duration: 60 });
    const none = await sdk.loadBalancers.edit(id, { zone_id, session_affinity: 'none' });
    expect(none.session_affinity).toBe('none');
    expect(none).not.toHaveProperty('session_affinity_ttl');
    expect(none.session_affinity_attributes).toBeNull();
  });

  test('keep their pool sets until they are cleared', async () => {
    const { call } = await withPools();
    const path = zone('/load_balancers');
    const pool_sets = [{ name: 'europe', match: { topology: { regions: ['WEU'] } }, overrides: { pools: [OSAKA] } }];
    const { result } = await call('POST', path, { name: 'app.example.com', ...pools, pool_sets });
    expect(result.pool_sets).toMatchObject(pool_sets);
    const patch = async (body: unknown) => (await call('PATCH', `${path}/${result.id}`, body)).result.pool_sets;
    expect(await patch({ description: 'x' })).toMatchObject(pool_sets);
    expect(await patch({ pool_sets: null })).toMatchObject(pool_sets);
    expect(await patch({ pool_sets: [] })).toBeUndefined();
  });

  test('keep the pools that they name in use, wherever they name them', async () => {
    const { sdk, call } = await useApi({
      pools: ['fallback', 'region', 'rule'].map((name, index) => ({ id: String(index).repeat(32), name, origins })),
    });
    const [fallback_pool, region, rule] = ['0', '1', '2'].map((digit) => digit.repeat(32)) as [string, string, string];
    const created = await sdk.loadBalancers.create({
      zone_id,
      name: 'app.example.com',
      fallback_pool,
      default_pools: [fallback_pool],
      steering_policy: 'off',
      region_pools: { WNAM: [region] },
      rules: [{ name: 'r', condition: 'http.host eq "x"', overrides: { default_pools: [rule] } }],
    });
    for (const id of [fallback_pool, region, rule]) {
      const refused = await call('DELETE', account(`/load_balancers/pools/${id}`));
      expect(refused).toMatchObject({ status: 412, errors: [{ code: 1005 }] });
      const references = [];
      for await (const each of sdk.loadBalancers.pools.references.get(id, { account_id })) references.push(each);
      expect(references).toEqual([
        {
          reference_type: 'referrer',
          resource_id: created.id,
          resource_name: 'app.example.com',
          resource_type: 'load_balancer',
        },
      ]);
    }
    await sdk.loadBalancers.delete(created.id ?? '', { zone_id });
    expect((await call('DELETE', account(`/load_balancers/pools/${region}`))).status).toBe(200);
  });
});

describe('private load balancers of the account', () => {
  test('are created, listed, read, replaced, changed and deleted, apart from those of zones', async () => {
    const { sdk } = await withPools();
    const { loadBalancers } = sdk;
    const created = await loadBalancers.create({ account_id, name: 'inside.internal', ...pools });
    expect(created).toMatchObject({ name: 'inside.internal', ...pools });
    expect(created).not.toHaveProperty('zone_name');
    const id = created.id ?? '';
    const listed = [];
    for await (const each of loadBalancers.list({ account_id })) listed.push(each.id);
    expect(listed).toEqual([id]);
    expect((await loadBalancers.list({ zone_id })).result).toEqual([]);
    expect(await loadBalancers.edit(id, { account_id, description: 'x' })).toMatchObject({ description: 'x' });
    expect(await loadBalancers.update(id, { account_id, name: 'inside.internal', ...pools })).toMatchObject({
      description: '',
    });
    await expect(sdk.loadBalancers.pools.delete(TOKYO, { account_id })).rejects.toMatchObject({ status: 412 });
    expect(await loadBalancers.delete(id, { account_id })).toEqual({ id });
    await expect(loadBalancers.get(id, { account_id })).rejects.toBeInstanceOf(NotFoundError);
  });

  test('answer no host', async () => {
    const { sdk, emu } = await withPools();
    await sdk.loadBalancers.create({ account_id, name: 'app.example.com', ...pools, proxied: true });
    const response = await emu.fetch('http://app.example.com/');
    expect(response.headers.get('colocal-route') ?? '').not.toContain('tokyo');
    expect(response.status).toBe(409);
  });
});

describe('what is written is in effect for the next request', () => {
  test('from the first pool to the deletion of the load balancer', async () => {
    const { sdk, emu } = await useApi();
    const { loadBalancers } = sdk;
    const served = async (): Promise<unknown> => {
      const response = await emu.fetch('http://app.example.com/');
      await response.arrayBuffer();
      return response.status === 200 ? parseRoute(response.headers.get('colocal-route')).pool : response.status;
    };
    const poolAt = async (name: string): Promise<string> => {
      const { address } = await useOrigin(name);
      const made = [{ name, address: '127.0.0.1', port: address.port }];
      return (await loadBalancers.pools.create({ account_id, name, origins: made })).id ?? '';
    };
    const before = await served();
    const tokyo = await poolAt('tokyo');
    const name = 'app.example.com';
    const created = await loadBalancers.create({
      zone_id,
      name,
      proxied: true,
      fallback_pool: tokyo,
      default_pools: [tokyo],
    });
    const id = created.id ?? '';
    expect(await served()).toBe('tokyo');

    const osaka = await poolAt('osaka');
    await loadBalancers.edit(id, { zone_id, default_pools: [osaka, tokyo] });
    expect(await served()).toBe('osaka');
    await loadBalancers.pools.edit(osaka, { account_id, enabled: false });
    expect(await served()).toBe('tokyo');
    await loadBalancers.pools.edit(osaka, { account_id, enabled: true });
    const rules = [{ name: 'all', overrides: { default_pools: [tokyo] } }];
    await loadBalancers.edit(id, { zone_id, rules });
    expect(await served()).toBe('tokyo');
    await loadBalancers.delete(id, { zone_id });
    expect(await served()).toBe(before);
  });
});
