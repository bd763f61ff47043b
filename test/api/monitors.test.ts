import { BadRequestError, NotFoundError } from 'cloudflare';
import { describe, expect, test } from 'vitest';
import { ACCOUNT_ID, account, useApi } from '../support/api.js';

const MONITORS = account('/load_balancers/monitors');
const account_id = ACCOUNT_ID;
const origins = [{ name: 'a', address: '192.0.2.1' }];

/** docs/reference/api.md 2.2. */
const DEFAULTS = {
  type: 'http',
  description: '',
  method: 'GET',
  path: '/',
  port: 0,
  header: {},
  expected_body: '',
  follow_redirects: false,
  allow_insecure: false,
  interval: 60,
  timeout: 5,
  retries: 2,
  consecutive_up: 0,
  consecutive_down: 0,
  probe_zone: '',
};

describe('monitors through the official SDK', () => {
  test('are created with their defaults, listed, read, replaced, changed and deleted', async () => {
    const { sdk } = await useApi();
    const { monitors } = sdk.loadBalancers;
    const created = await monitors.create({ account_id, expected_codes: '2xx' });
    expect(created).toMatchObject({ ...DEFAULTS, expected_codes: '2xx' });
    const id = created.id ?? '';
    expect(id).toMatch(/^[0-9a-f]{32}$/);

    const listed = [];
    for await (const monitor of monitors.list({ account_id })) listed.push(monitor);
    expect(listed).toEqual([created]);
    expect(await monitors.get(id, { account_id })).toEqual(created);

    const header = { Host: ['example.com'], 'X-Check': ['a', 'b'] };
    const changed = await monitors.edit(id, { account_id, header, interval: 30 });
    expect(changed).toMatchObject({ ...DEFAULTS, expected_codes: '2xx', header, interval: 30 });
    // A map is replaced whole.
    expect(await monitors.edit(id, { account_id, header: { 'X-Check': ['c'] } })).toMatchObject({
      header: { 'X-Check': ['c'] },
    });
    const replaced = await monitors.update(id, { account_id, expected_codes: '200' });
    expect(replaced).toMatchObject({ ...DEFAULTS, expected_codes: '200' });

    expect(await monitors.delete(id, { account_id })).toEqual({ id });
    await expect(monitors.get(id, { account_id })).rejects.toBeInstanceOf(NotFoundError);
    await expect(monitors.create({ account_id })).rejects.toBeInstanceOf(BadRequestError);
  });

  test('of another type begin anew', async () => {
    const { sdk } = await useApi();
    const { monitors } = sdk.loadBalancers;
    const { id = '' } = await monitors.create({ account_id, expected_codes: '2xx' });
    const tcp = await monitors.edit(id, { account_id, type: 'tcp', port: 22, expected_codes: '' });
    expect(tcp).toMatchObject({ type: 'tcp', method: 'connection_established', path: '', expected_codes: '' });
    // What was read can be written back.
    const { created_on: _created, modified_on: _modified, ...fields } = tcp;
    expect(await monitors.update(id, { account_id, ...fields } as never)).toMatchObject(fields);
  });

  test('in use are not deleted, and say who uses them', async () => {
    const { sdk, call } = await useApi();
    const { monitors, pools, monitorGroups } = sdk.loadBalancers;
    const { id = '' } = await monitors.create({ account_id, expected_codes: '2xx', description: 'web' });
    const pool = await pools.create({ account_id, name: 'tokyo', origins, monitor: id });
    const members = [{ monitor_id: id, enabled: true, monitoring_only: false, must_be_healthy: true }];
    const group = await monitorGroups.create({ account_id, description: 'all', members } as never);

    const references = [];
    for await (const each of monitors.references.get(id, { account_id })) references.push(each);
    expect(references).toEqual([
      { reference_type: 'referrer', resource_id: pool.id, resource_name: 'tokyo', resource_type: 'pool' },
      { reference_type: 'referrer', resource_id: group.id, resource_name: 'all', resource_type: 'monitor_group' },
    ]);
    const refused = await call('DELETE', `${MONITORS}/${id}`);
    expect(refused).toMatchObject({
      status: 412,
      errors: [{ code: 1005, message: 'This object is referenced by other objects, delete them first.' }],
    });

    await pools.edit(pool.id ?? '', { account_id, monitor: '' });
    expect(await pools.get(pool.id ?? '', { account_id })).not.toHaveProperty('monitor');
    await monitorGroups.delete(group.id, { account_id });
    expect(await monitors.delete(id, { account_id })).toEqual({ id });
  });

  test('are the same in the scope of a user', async () => {
    const { call, sdk } = await useApi();
    const created = await call('POST', '/user/load_balancers/monitors', { expected_codes: '200' });
    expect(created.status).toBe(200);
    const { id } = created.result;
    expect(await sdk.loadBalancers.monitors.get(id, { account_id })).toEqual(created.result);
    const changed = await call('PATCH', `/user/load_balancers/monitors/${id}`, { description: 'x' });
    expect(changed.result).toMatchObject({ id, description: 'x' });
    expect((await call('GET', `/user/load_balancers/monitors/${id}/references`)).result).toEqual([]);
    expect((await call('GET', '/user/load_balancers/monitors')).result).toEqual([changed.result]);
    expect((await call('DELETE', `/user/load_balancers/monitors/${id}`)).result).toEqual({ id });
  });
});

describe('monitor groups through the official SDK', () => {
  test('are created, listed, read, replaced, changed, and given back when they are deleted', async () => {
    const { sdk } = await useApi();
    const { monitors, monitorGroups, pools } = sdk.loadBalancers;
    const { id: monitor_id = '' } = await monitors.create({ account_id, expected_codes: '2xx', description: 'web' });
    const member = { monitor_id, enabled: true, monitoring_only: false, must_be_healthy: true };
    const created = await monitorGroups.create({ account_id, description: 'all', members: [member] } as never);
    expect(created).toMatchObject({ description: 'all', members: [member] });
    expect(created.members[0]).toMatchObject({ created_at: created.created_on, updated_at: created.modified_on });
    const { id } = created;

    const listed = [];
    for await (const group of monitorGroups.list({ account_id })) listed.push(group);
    expect(listed).toEqual([created]);
    expect(await monitorGroups.get(id, { account_id })).toEqual(created);
    const edited = await monitorGroups.edit(id, { account_id, description: 'some' } as never);
    expect(edited).toMatchObject({ description: 'some', members: [member] });
    const others = [{ ...member, must_be_healthy: false }];
    const replaced = await monitorGroups.update(id, { account_id, description: 'few', members: others } as never);
    expect(replaced).toMatchObject({ id, description: 'few', members: others });

    const pool = await pools.create({ account_id, name: 'tokyo', origins });
    await pools.edit(pool.id ?? '', { account_id, monitor_group: id } as never);
    const references = [];
    for await (const each of monitorGroups.references.get(id, { account_id })) references.push(each);
    expect(references).toMatchObject([
      { reference_type: 'referrer', resource_name: 'tokyo', resource_type: 'pool' },
      { reference_type: 'referral', resource_name: 'web', resource_type: 'monitor' },
    ]);
    await expect(monitorGroups.delete(id, { account_id })).rejects.toMatchObject({ status: 412 });
    await pools.delete(pool.id ?? '', { account_id });
    expect(await monitorGroups.delete(id, { account_id })).toEqual(replaced);
    await expect(monitorGroups.get(id, { account_id })).rejects.toBeInstanceOf(NotFoundError);
  });
});
