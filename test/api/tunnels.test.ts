import { ConflictError, NotFoundError } from 'cloudflare';
import { describe, expect, test } from 'vitest';
import { decodeToken } from '../../protocol/token.js';
import { ACCOUNT_ID, account, useApi } from '../support/api.js';

const SECRET = Buffer.from('a secret of thirty-two bytes, ok').toString('base64');
const OTHER_SECRET = Buffer.from('another one of thirty-two bytes.').toString('base64');
const UNKNOWN = '99999999-9999-4999-8999-999999999999';
const inAccount = { account_id: ACCOUNT_ID };

async function collect<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const each of pages) all.push(each);
  return all;
}

describe('tunnels through the official SDK', () => {
  test('are created, listed, read, changed and deleted; a deleted one still answers', async () => {
    const { sdk } = await useApi();
    const tunnels = sdk.zeroTrust.tunnels.cloudflared;
    const created = await tunnels.create({ ...inAccount, name: 'tokyo', tunnel_secret: SECRET });
    expect(created).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      account_tag: ACCOUNT_ID,
      name: 'tokyo',
      created_at: expect.stringMatching(/Z$/),
      deleted_at: null,
      connections: [],
      conns_active_at: null,
      conns_inactive_at: created.created_at,
      status: 'inactive',
      tun_type: 'cfd_tunnel',
      remote_config: false,
      config_src: 'local',
      metadata: {},
      token: expect.any(String),
      credentials_file: { AccountTag: ACCOUNT_ID, TunnelID: created.id, TunnelName: 'tokyo', TunnelSecret: SECRET },
    });
    const id = created.id ?? '';
    expect(await tunnels.get(id, inAccount)).toMatchObject({ id, name: 'tokyo', deleted_at: null });
    expect((await collect(tunnels.list(inAccount))).map((each) => each.id)).toEqual([id]);
    expect(await tunnels.edit(id, { ...inAccount, name: 'osaka' })).toMatchObject({ id, name: 'osaka' });

    expect(await tunnels.delete(id, inAccount)).toMatchObject({ id, deleted_at: expect.any(String) });
    expect(await tunnels.get(id, inAccount)).toMatchObject({ name: 'osaka', deleted_at: expect.any(String) });
    expect(await collect(tunnels.list({ ...inAccount, is_deleted: false }))).toEqual([]);
    expect(await collect(tunnels.list({ ...inAccount, is_deleted: true }))).toHaveLength(1);
    await expect(tunnels.delete(id, inAccount)).rejects.toBeInstanceOf(NotFoundError);
    // The name is free again.
    expect(await tunnels.create({ ...inAccount, name: 'osaka' })).toMatchObject({ name: 'osaka' });
  });

  test('are listed over pages to the end', async () => {
    const { sdk, sent } = await useApi();
    const tunnels = sdk.zeroTrust.tunnels.cloudflared;
    for (const number of [1, 2, 3]) await tunnels.create({ ...inAccount, name: `t${number}` });
    const before = sent.length;
    const names = (await collect(tunnels.list({ ...inAccount, per_page: 2 }))).map(({ name }) => name);
    expect(names).toEqual(['t1', 't2', 't3']);
    // The SDK asks until a page is empty.
    expect(sent.length - before).toBe(3);
  });

  test('with a name that is taken are refused at once: the SDK does not try again', async () => {
    const { sdk, sent } = await useApi();
    const tunnels = sdk.zeroTrust.tunnels.cloudflared;
    await tunnels.create({ ...inAccount, name: 'tokyo' });
    const before = sent.length;
    const error = await tunnels.create({ ...inAccount, name: 'tokyo' }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConflictError);
    expect((error as ConflictError).errors).toMatchObject([
      { code: 1013, message: expect.stringContaining('You already have a tunnel with this name') },
    ]);
    expect(sent.length - before).toBe(1);
    // Names are those of all types.
    const warp = sdk.zeroTrust.tunnels.warpConnector.create({ ...inAccount, name: 'tokyo' });
    await expect(warp).rejects.toBeInstanceOf(ConflictError);
  });

  test('have a token, which a new secret changes', async () => {
    const { sdk } = await useApi();
    const tunnels = sdk.zeroTrust.tunnels.cloudflared;
    const { id = '' } = await tunnels.create({ ...inAccount, name: 'tokyo', tunnel_secret: SECRET });
    const token = await tunnels.token.get(id, inAccount);
    expect(decodeToken(token)).toEqual({ accountId: ACCOUNT_ID, tunnelId: id, secret: SECRET });
    await tunnels.edit(id, { ...inAccount, tunnel_secret: OTHER_SECRET });
    expect(decodeToken(await tunnels.token.get(id, inAccount)).secret).toBe(OTHER_SECRET);
    await expect(tunnels.token.get(UNKNOWN, inAccount)).rejects.toMatchObject({
      status: 404,
      errors: [{ code: 1054 }],
    });
  });

  test('have configurations, which are kept as they are given and counted', async () => {
    const { sdk } = await useApi();
    const tunnels = sdk.zeroTrust.tunnels.cloudflared;
    const { configurations } = tunnels;
    const { id = '' } = await tunnels.create({ ...inAccount, name: 'tokyo' });
    await expect(configurations.get(id, inAccount)).rejects.toMatchObject({ status: 404, errors: [{ code: 1055 }] });
    const config = {
      ingress: [
        { hostname: 'foo', service: 'http://localhost:3000', originRequest: { connectTimeout: 5, bastionMode: false } },
        { hostname: '', service: 'http_status:404' },
      ],
    };
    const put = await configurations.update(id, { ...inAccount, config });
    expect(put).toMatchObject({ tunnel_id: id, account_id: ACCOUNT_ID, version: 1, source: 'cloudflare' });
    expect(put.config).toEqual(config);
    expect(await configurations.update(id, { ...inAccount, config })).toMatchObject({ version: 2 });
    expect((await configurations.get(id, inAccount)).config).toEqual(config);
    expect(await tunnels.get(id, inAccount)).toMatchObject({ config_src: 'cloudflare', remote_config: true });
  });

  test('have no connectors before one dials in', async () => {
    const { sdk } = await useApi();
    const tunnels = sdk.zeroTrust.tunnels.cloudflared;
    const { id = '' } = await tunnels.create({ ...inAccount, name: 'tokyo' });
    expect(await collect(tunnels.connections.get(id, inAccount))).toEqual([]);
    await expect(tunnels.connectors.get(UNKNOWN, { ...inAccount, tunnel_id: id })).rejects.toBeInstanceOf(
      NotFoundError,
    );
  });

  test('have management tokens in the form that cloudflared reads', async () => {
    const { sdk, call } = await useApi();
    const tunnels = sdk.zeroTrust.tunnels.cloudflared;
    const { id = '' } = await tunnels.create({ ...inAccount, name: 'tokyo' });
    const ofSdk = await tunnels.management.create(id, { ...inAccount, resources: ['logs'] });
    const ofCloudflared = (await call('POST', account(`/cfd_tunnel/${id}/management/logs`))).result as string;
    for (const token of [ofSdk, ofCloudflared]) {
      const [head = '', claims = '', signature = ''] = token.split('.');
      const read = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString());
      expect(read(head)).toEqual({ alg: 'ES256', typ: 'JWT' });
      expect(read(claims)).toMatchObject({ tun: { id, account_tag: ACCOUNT_ID }, actor: { id: expect.any(String) } });
      // r and s, 32 bytes each.
      expect(Buffer.from(signature, 'base64url')).toHaveLength(64);
    }
    expect(await call('POST', account(`/cfd_tunnel/${id}/management/nothing`))).toMatchObject({ status: 404 });
  });
});

describe('the list of tunnels', () => {
  test.each([
    ['name=app-1', ['app-1']],
    ['include_prefix=app', ['app-1', 'app-2']],
    ['name_prefix=app', ['app-1', 'app-2']],
    ['exclude_prefix=app', ['gone', 'other']],
    ['exclude_prefix=app&is_deleted=false', ['other']],
    ['is_deleted=true', ['gone']],
    ['is_deleted=false', ['app-1', 'app-2', 'other']],
    ['status=inactive&is_deleted=false', ['app-1', 'app-2', 'other']],
    ['status=healthy', []],
    ['was_active_at=2100-01-01T00:00:00Z', []],
    ['was_inactive_at=2100-01-01T00:00:00Z&is_deleted=false', ['app-1', 'app-2', 'other']],
    ['existed_at=2000-01-01T00:00:00Z', []],
    ['existed_at=2100-01-01T00:00:00Z', ['app-1', 'app-2', 'other']],
    ['uuid=99999999-9999-4999-8999-999999999999', []],
    ['unknown=parameter&is_deleted=true', ['gone']],
  ])('with %s', async (query, names) => {
    const { call } = await useApi();
    for (const name of ['app-1', 'app-2', 'gone', 'other']) {
      const { result } = await call('POST', account('/cfd_tunnel'), { name });
      if (name === 'gone') await call('DELETE', account(`/cfd_tunnel/${result.id}`));
    }
    const { result } = await call('GET', account(`/cfd_tunnel?${query}`));
    expect(result.map((each: { name: string }) => each.name).sort()).toEqual(names);
  });

  test('of all types is filtered by type', async () => {
    const { sdk } = await useApi();
    const { tunnels } = sdk.zeroTrust;
    await tunnels.cloudflared.create({ ...inAccount, name: 'ours' });
    await tunnels.warpConnector.create({ ...inAccount, name: 'warp' });
    const listed = async (tun_types?: ('cfd_tunnel' | 'warp_connector')[]) =>
      (await collect(tunnels.list({ ...inAccount, ...(tun_types && { tun_types }) }))).map(({ name }) => name);
    expect(await listed()).toEqual(['ours', 'warp']);
    expect(await listed(['warp_connector'])).toEqual(['warp']);
    expect(await listed(['cfd_tunnel', 'warp_connector'])).toEqual(['ours', 'warp']);
    expect((await collect(tunnels.cloudflared.list(inAccount))).map(({ name }) => name)).toEqual(['ours']);
  });
});

describe('WARP connectors through the official SDK', () => {
  test('are created, listed, read, changed, configured and deleted', async () => {
    const { sdk } = await useApi();
    const warp = sdk.zeroTrust.tunnels.warpConnector;
    const { id = '' } = await warp.create({ ...inAccount, name: 'site', ha: true });
    expect(await warp.get(id, inAccount)).toMatchObject({ name: 'site', tun_type: 'warp_connector' });
    expect((await collect(warp.list(inAccount))).map((each) => each.id)).toEqual([id]);
    expect(await warp.edit(id, { ...inAccount, name: 'branch' })).toMatchObject({ name: 'branch' });
    expect(decodeToken(await warp.token.get(id, inAccount)).tunnelId).toBe(id);
    expect(await collect(warp.connections.get(id, inAccount))).toEqual([]);

    expect(await warp.configurations.get(id, inAccount)).toMatchObject({ ha_mode: 'none', configuration_version: 0 });
    const config = { vips: [{ address: '10.0.0.1/32' }] };
    const configured = await warp.configurations.update(id, { ...inAccount, ha_mode: 'local', config });
    expect(configured).toMatchObject({ ha_mode: 'local', config, configuration_version: 1 });
    expect(await warp.configurations.get(id, inAccount)).toEqual(configured);

    // It is no tunnel of cloudflared's.
    await expect(sdk.zeroTrust.tunnels.cloudflared.get(id, inAccount)).rejects.toBeInstanceOf(NotFoundError);
    expect(await warp.delete(id, inAccount)).toMatchObject({ deleted_at: expect.any(String) });
  });

  test('show which connector is active, and a failover chooses it', async () => {
    const { sdk, emu } = await useApi();
    const warp = sdk.zeroTrust.tunnels.warpConnector;
    const { id = '' } = await warp.create({ ...inAccount, name: 'site', ha: true });
    const first = await emu.connect({ tunnel: 'site', connections: 1 });
    const second = await emu.connect({ tunnel: 'site', connections: 1 });
    const statuses = async () =>
      Object.fromEntries((await collect(warp.connections.get(id, inAccount))).map((each) => [each.id, each.ha_status]));
    expect(await statuses()).toEqual({ [first.id]: 'active', [second.id]: 'passive' });
    await warp.failover.update(id, { ...inAccount, client_id: second.id });
    expect(await statuses()).toEqual({ [first.id]: 'passive', [second.id]: 'active' });
    expect(await warp.connectors.get(second.id, { ...inAccount, tunnel_id: id })).toMatchObject({
      ha_status: 'active',
    });
    const unknown = warp.failover.update(id, { ...inAccount, client_id: UNKNOWN });
    await expect(unknown).rejects.toBeInstanceOf(NotFoundError);
  });
});

describe('what a tunnel cannot be', () => {
  const tunnel = '11111111-1111-4111-8111-111111111111';
  const config = { tunnels: [{ id: tunnel, name: 'tokyo', tunnel_secret: SECRET }] };

  test.each([
    ['POST', '/cfd_tunnel', {}, 400, 1000, 'name is required'],
    ['POST', '/cfd_tunnel', { name: '' }, 400, 1000, 'name must not be empty'],
    ['POST', '/cfd_tunnel', { name: 7 }, 400, 1000, 'name must be text'],
    ['POST', '/cfd_tunnel', { name: 'x', tunnel_secret: '#'.repeat(40) }, 400, 1000, 'tunnel_secret must be base64'],
    ['POST', '/cfd_tunnel', { name: 'x', config_src: 'mars' }, 400, 1000, 'config_src must be one of'],
    ['PATCH', `/cfd_tunnel/${UNKNOWN}`, {}, 404, 1002, 'Tunnel not found'],
    ['GET', `/cfd_tunnel/${UNKNOWN}`, undefined, 404, 1002, 'Tunnel not found'],
    ['GET', '/cfd_tunnel/not-an-id', undefined, 404, 7003, 'Could not route to'],
    ['GET', '/cfd_tunnel?existed_at=yesterday', undefined, 400, 1000, 'existed_at must be a time'],
    ['GET', `/cfd_tunnel/${UNKNOWN}/configurations`, undefined, 404, 1055, 'configuration'],
    ['PUT', `/cfd_tunnel/${UNKNOWN}/configurations`, { config: {} }, 404, 1055, 'configuration'],
    ['PUT', `/cfd_tunnel/${tunnel}/configurations`, {}, 400, 1056, 'has no config'],
    ['PUT', `/cfd_tunnel/${tunnel}/configurations`, { ingress: [] }, 400, 1056, 'has no config'],
    ['PUT', `/cfd_tunnel/${tunnel}/configurations`, { config: [] }, 400, 1056, 'Bad Configuration'],
    ['PUT', `/cfd_tunnel/${tunnel}/configurations`, { config: { ingress: [] } }, 400, 1056, "doesn't contain any"],
    [
      'PUT',
      `/cfd_tunnel/${tunnel}/configurations`,
      { config: { ingress: [{ hostname: 'a.example.com', service: 'http://localhost:1' }] } },
      400,
      1056,
      'Bad Configuration: Validation failed: The last ingress rule must match all URLs',
    ],
    [
      'PUT',
      `/cfd_tunnel/${tunnel}/configurations`,
      { config: { ingress: [{ service: 'http://localhost:1', originRequest: { connectTimeout: '5s' } }] } },
      400,
      1056,
      'config.ingress.0.originRequest.connectTimeout must be a number',
    ],
    ['POST', `/cfd_tunnel/${tunnel}/management`, { resources: ['secrets'] }, 400, 1000, 'resources must be a list'],
    ['PUT', `/warp_connector/${tunnel}/configurations`, { ha_mode: 'none' }, 404, 1055, 'configuration'],
  ] as const)('%s %s %j', async (method, path, body, status, code, message) => {
    const { call, emu } = await useApi(config);
    const before = emu.state.read();
    const answer = await call(method, account(path), body);
    expect(answer).toMatchObject({ status, success: false, result: null, errors: [{ code }] });
    expect(answer.errors[0]?.message).toContain(message);
    expect(emu.state.read()).toBe(before);
  });

  /** docs/reference/api.md section 3. */
  test.each([
    [
      { hostname: 'a.example.com', service: 'http://localhost:1' },
      'The last ingress rule must match all URLs (i.e. it should not have a hostname or path filter)',
    ],
    [{ service: 'nonsense' }, 'nonsense is an invalid address, please make sure it has a scheme and a hostname'],
  ])('the rule %j, in the words of cloudflared and no others', async (rule, message) => {
    const { call } = await useApi(config);
    const put = await call('PUT', account(`/cfd_tunnel/${tunnel}/configurations`), { config: { ingress: [rule] } });
    expect(put.errors).toMatchObject([{ code: 1056, message: `Bad Configuration: Validation failed: ${message}` }]);
  });
});
