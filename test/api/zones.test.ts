import { BadRequestError, NotFoundError } from 'cloudflare';
import type { ZoneListParams } from 'cloudflare/resources/zones/zones';
import { describe, expect, test } from 'vitest';
import { ACCOUNT_ID, API_TOKEN, useApi, ZONE_ID, zone } from '../support/api.js';
import { useOrigin } from '../support/servers.js';

const zone_id = ZONE_ID;

describe('zones through the official SDK', () => {
  test('are created, read, found, left as they are, and deleted with what stands in them', async () => {
    const { sdk, emu } = await useApi();
    const created = await sdk.zones.create({ name: 'Example.ORG', account: { id: ACCOUNT_ID }, type: 'full' });
    expect(created).toMatchObject({
      name: 'example.org',
      status: 'active',
      type: 'full',
      paused: false,
      account: { id: ACCOUNT_ID, name: 'test' },
      plan: { legacy_id: 'enterprise' },
    });
    const { id } = created;
    expect(await sdk.zones.get({ zone_id: id })).toEqual(created);
    expect(await sdk.zones.edit({ zone_id: id, paused: false })).toEqual(created);
    await sdk.dns.records.create({ zone_id: id, name: 'www', type: 'A', content: '192.0.2.1', ttl: 1 });
    expect(await sdk.zones.delete({ zone_id: id })).toEqual({ id });
    await expect(sdk.zones.get({ zone_id: id })).rejects.toSatisfy(
      (error) => error instanceof NotFoundError && error.errors[0]?.code === 7003,
    );
    expect(emu.state.read().dns_records.size).toBe(0);
  });

  test('are listed to the end, and found by every filter', async () => {
    const names = Array.from({ length: 25 }, (_, at) => `z${String(at).padStart(2, '0')}.example`);
    const { sdk, call } = await useApi({
      zones: [{ id: ZONE_ID, name: 'example.com' }, ...names.map((name) => ({ name }))],
    });
    const listed = [];
    for await (const { name } of sdk.zones.list()) listed.push(name);
    expect(listed).toEqual(['example.com', ...names]);
    const found = async (filters: ZoneListParams) => (await sdk.zones.list(filters)).result.map(({ name }) => name);
    expect(await found({ name: 'example.com' })).toEqual(['example.com']);
    expect(await found({ name: 'starts_with:z1', per_page: 3 })).toEqual(['z10.example', 'z11.example', 'z12.example']);
    expect(await found({ name: 'contains:le.c' })).toEqual(['example.com']);
    expect(await found({ name: 'ends_with:.example', direction: 'desc', per_page: 1 })).toEqual(['z24.example']);
    expect(await found({ name: 'not_equal:example.com', per_page: 1 })).toEqual(['z00.example']);
    expect(await found({ account: { id: 'f'.repeat(32) } })).toEqual([]);
    expect(await found({ account: { name: 'test' }, per_page: 1 })).toHaveLength(1);
    expect(await found({ status: 'pending' })).toEqual([]);
    expect(await found({ status: 'pending', name: 'example.com', match: 'any' })).toEqual(['example.com']);
    expect((await call('GET', '/zones?page=9')).result_info).toEqual({
      page: 9,
      per_page: 20,
      count: 0,
      total_count: 26,
      total_pages: 2,
    });
  });

  test.each([
    ['a name that is taken', { name: 'example.com' }, 400, 1061],
    ['no name', {}, 400, 1004],
    ['a name that is none', { name: 'not a name' }, 400, 1004],
    ['a kind of zone that there is not', { name: 'example.org', type: 'partial' }, 400, 1004],
    ["somebody else's account", { name: 'example.org', account: { id: 'f'.repeat(32) } }, 403, 1068],
  ])('are refused for %s', async (_what, body, status, code) => {
    const { call, emu } = await useApi();
    const { revision } = emu.state.read();
    expect(await call('POST', '/zones', body)).toMatchObject({ status, success: false, errors: [{ code }] });
    expect(emu.state.read().revision).toBe(revision);
  });

  test('are not paused', async () => {
    const { sdk } = await useApi();
    await expect(sdk.zones.edit({ zone_id, paused: true })).rejects.toBeInstanceOf(BadRequestError);
  });
});

describe('settings of a zone', () => {
  test('are read and changed, one by one and together, and decide about the next request', async () => {
    const { sdk, call, emu } = await useApi();
    expect(await sdk.zones.settings.get('ssl', { zone_id })).toMatchObject({
      id: 'ssl',
      value: 'full',
      editable: true,
    });
    expect(await sdk.zones.settings.edit('ssl', { zone_id, value: 'strict' })).toMatchObject({ value: 'strict' });
    const changed = await call('PATCH', zone('/settings'), {
      items: [
        { id: 'ssl', value: 'flexible' },
        { id: 'always_use_https', value: 'on' },
      ],
    });
    expect(changed.result).toMatchObject([{ value: 'flexible' }, { value: 'on' }]);
    expect((await call('GET', zone('/settings'))).result).toMatchObject([
      { id: 'ssl', value: 'flexible' },
      { id: 'always_use_https', value: 'on' },
    ]);
    expect(emu.state.read().zones.get(ZONE_ID)?.settings).toEqual({ ssl: 'flexible', always_use_https: true });
  });

  test.each([
    ['another value', 'PATCH', '/settings/ssl', { value: 'origin_pull' }, 1007],
    ['another type', 'PATCH', '/settings/always_use_https', { value: true }, 1007],
    ['an unknown setting', 'PATCH', '/settings/brotli', { value: 'on' }, 1006],
    [
      'one bad setting among good ones',
      'PATCH',
      '/settings',
      {
        items: [
          { id: 'ssl', value: 'off' },
          { id: 'x', value: 1 },
        ],
      },
      1006,
    ],
    ['no list', 'PATCH', '/settings', { ssl: 'off' }, 1004],
  ] as const)('are refused with %s', async (_what, method, path, body, code) => {
    const { call, emu } = await useApi();
    expect(await call(method, zone(path), body)).toMatchObject({ status: 400, errors: [{ code }] });
    expect(emu.state.read().zones.get(ZONE_ID)?.settings.ssl).toBe('full');
  });

  test('redirect the next request to https', async () => {
    const origin = await useOrigin();
    const { sdk, emu } = await useApi({
      pools: [{ name: 'app', origins: [{ name: 'a', address: '127.0.0.1', port: origin.address.port }] }],
      zones: [
        {
          id: ZONE_ID,
          name: 'example.com',
          load_balancers: [{ name: 'app.example.com', proxied: true, default_pools: ['app'] }],
        },
      ],
    });
    const status = async () => (await emu.fetch('http://app.example.com/', { redirect: 'manual' })).status;
    expect(await status()).toBe(200);
    await sdk.zones.settings.edit('always_use_https', { zone_id, value: 'on' });
    expect(await status()).toBe(301);
  });
});

describe('account, user and token', () => {
  test('are what the configuration says', async () => {
    const { sdk } = await useApi();
    const accounts = [];
    for await (const account of sdk.accounts.list()) accounts.push(account);
    expect(accounts).toMatchObject([{ id: ACCOUNT_ID, name: 'test', type: 'standard' }]);
    expect(await sdk.accounts.get({ account_id: ACCOUNT_ID })).toEqual(accounts[0]);
    expect((await sdk.accounts.list({ name: 'nobody' })).result).toEqual([]);
    const memberships = [];
    for await (const membership of sdk.memberships.list()) memberships.push(membership);
    expect(memberships).toMatchObject([{ status: 'accepted', account: { id: ACCOUNT_ID } }]);
    expect(await sdk.user.get()).toMatchObject({ email: 'user@colocal.invalid' });
    const tokens = [];
    for await (const token of sdk.user.tokens.list()) tokens.push(token);
    expect(tokens).toMatchObject([{ status: 'active' }]);
    expect(JSON.stringify(tokens)).not.toContain(API_TOKEN);
  });

  test('the token is verified, with the one message that there is', async () => {
    const { sdk, call } = await useApi();
    const verified = await sdk.user.tokens.verify();
    expect(verified).toMatchObject({ status: 'active' });
    expect(verified?.id).toMatch(/^[0-9a-f]{32}$/);
    expect(await sdk.accounts.tokens.verify({ account_id: ACCOUNT_ID })).toEqual(verified);
    expect((await call('GET', '/user/tokens/verify')).messages).toEqual([
      { code: 10000, message: 'This API Token is valid and active', type: null },
    ]);
    expect((await call('GET', '/accounts')).messages).toEqual([]);
  });

  test('the networks are told to anybody', async () => {
    const { sdk, url } = await useApi();
    const networks = await sdk.ips.list();
    expect(networks).toMatchObject({ ipv4_cidrs: expect.arrayContaining(['104.16.0.0/13']) });
    expect((await fetch(`${url}/ips`)).status).toBe(200);
  });
});
