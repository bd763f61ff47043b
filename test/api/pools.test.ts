import { NotFoundError } from 'cloudflare';
import { describe, expect, test } from 'vitest';
import { ACCOUNT_ID, account, useApi, ZONE_ID } from '../support/api.js';

const account_id = ACCOUNT_ID;
const POOLS = account('/load_balancers/pools');
const origins = [{ name: 'a', address: '192.0.2.1' }];

describe('pools through the official SDK', () => {
  test('are created with their defaults, listed by name, read, replaced, changed and deleted', async () => {
    const { sdk } = await useApi();
    const { pools } = sdk.loadBalancers;
    const created = await pools.create({ account_id, name: 'tokyo', origins });
    expect(created).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      name: 'tokyo',
      description: '',
      enabled: true,
      minimum_origins: 1,
      origins: [
        { name: 'a', address: '192.0.2.1', enabled: true, weight: 1, port: 0, flatten_cname: true, disabled_at: null },
      ],
      check_regions: null,
      health_sources: null,
      load_shedding: null,
      origin_steering: null,
      notification_email: '',
      notification_filter: null,
      created_on: expect.any(String),
      modified_on: expect.any(String),
    });
    const id = created.id ?? '';
    const { id: osaka } = await pools.create({ account_id, name: 'osaka', origins });
    const listed = [];
    for await (const pool of pools.list({ account_id })) listed.push(pool.id);
    expect(listed).toEqual([osaka, id]);

    const changed = await pools.edit(id, {
      account_id,
      description: 'in Tokyo',
      latitude: 35.6895,
      longitude: 139.6917,
    });
    expect(changed).toMatchObject({ name: 'tokyo', description: 'in Tokyo', latitude: 35.6895, longitude: 139.6917 });
    const replaced = await pools.update(id, { account_id, name: 'kyoto', origins });
    expect(replaced).toMatchObject({ name: 'kyoto', description: '' });
    expect(replaced).not.toHaveProperty('latitude');
    expect(await pools.delete(id, { account_id })).toEqual({ id });
    await expect(pools.get(id, { account_id })).rejects.toBeInstanceOf(NotFoundError);
  });

  test('are changed by the null and the empty object that clients send', async () => {
    const { call } = await useApi();
    const { result } = await call('POST', POOLS, {
      name: 'p',
      origins,
      check_regions: ['WEU'],
      latitude: 1,
      longitude: 2,
    });
    const path = `${POOLS}/${result.id}`;
    expect((await call('PATCH', path, {})).result).toEqual(result);
    const { result: less } = await call('PATCH', path, { check_regions: null, latitude: null, longitude: null });
    expect(less).toMatchObject({ check_regions: null });
    expect(less).not.toHaveProperty('latitude');
    const disabled = await call('PATCH', path, { origins: [{ ...origins[0], enabled: false }] });
    expect(disabled.result.origins[0].disabled_at).toMatch(/Z$/);
  });

  test('are listed by their monitor', async () => {
    const { sdk } = await useApi();
    const { pools, monitors } = sdk.loadBalancers;
    const { id: monitor = '' } = await monitors.create({ account_id, expected_codes: '2xx' });
    const watched = await pools.create({ account_id, name: 'watched', origins, monitor });
    await pools.create({ account_id, name: 'unwatched', origins });
    expect((await pools.list({ account_id, monitor })).result.map(({ id }) => id)).toEqual([watched.id]);
    const references = [];
    for await (const each of pools.references.get(watched.id ?? '', { account_id })) references.push(each);
    expect(references).toEqual([
      { reference_type: 'referral', resource_id: monitor, resource_name: '', resource_type: 'monitor' },
    ]);
  });

  test('that are in use are not deleted', async () => {
    const { sdk, call } = await useApi();
    const { id = '' } = await sdk.loadBalancers.pools.create({ account_id, name: 'tokyo', origins });
    const name = 'app.example.com';
    await sdk.loadBalancers.create({ zone_id: ZONE_ID, name, fallback_pool: id, default_pools: [id] });
    expect(await call('DELETE', `${POOLS}/${id}`)).toMatchObject({
      status: 412,
      success: false,
      errors: [{ code: 1005 }],
      result: null,
    });
    expect((await call('GET', `${POOLS}/${id}`)).status).toBe(200);
  });

  test('lose the address of notifications, all at once', async () => {
    const { sdk, call } = await useApi();
    const { pools } = sdk.loadBalancers;
    const { id } = await pools.create({ account_id, name: 'a', origins, notification_email: 'me@example.com' });
    await pools.create({ account_id, name: 'b', origins });
    expect(await call('PATCH', POOLS, { notification_email: 'you@example.com' })).toMatchObject({
      status: 400,
      errors: [{ code: 1002 }],
    });
    const changed = [];
    for await (const pool of pools.bulkEdit({ account_id, notification_email: '' })) changed.push(pool);
    expect(changed).toMatchObject([{ id, notification_email: '' }]);
    expect((await call('PATCH', POOLS, {})).result).toEqual([]);
  });
});
