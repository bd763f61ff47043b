import { ConflictError, NotFoundError } from 'cloudflare';
import { describe, expect, test } from 'vitest';
import { ACCOUNT_ID, account, useApi } from '../support/api.js';

const inAccount = { account_id: ACCOUNT_ID };
const TOKYO = '11111111-1111-4111-8111-111111111111';
const OSAKA = '22222222-2222-4222-8222-222222222222';
const LAB = '33333333-3333-4333-8333-333333333333';
const UNKNOWN = '99999999-9999-4999-8999-999999999999';
const NIL = '00000000-0000-0000-0000-000000000000';
const config = {
  tunnels: [
    { id: TOKYO, name: 'tokyo' },
    { id: OSAKA, name: 'osaka' },
  ],
  virtual_networks: [{ id: LAB, name: 'lab' }],
};

async function collect<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const each of pages) all.push(each);
  return all;
}

describe('routes through the official SDK', () => {
  test('are created, listed, read, changed and deleted', async () => {
    const { sdk } = await useApi(config);
    const { routes } = sdk.zeroTrust.networks;
    const created = await routes.create({ ...inAccount, network: '10.0.0.0/16', tunnel_id: TOKYO });
    const { id = '' } = created;
    expect(created).toEqual({
      id: expect.any(String),
      network: '10.0.0.0/16',
      tunnel_id: TOKYO,
      comment: '',
      created_at: expect.any(String),
      deleted_at: null,
      virtual_network_id: expect.any(String),
    });
    expect(await collect(routes.list(inAccount))).toEqual([
      { ...created, tunnel_name: 'tokyo', tun_type: 'cfd_tunnel', virtual_network_name: 'default' },
    ]);
    const changes = { network: '10.0.0.0/8', tunnel_id: OSAKA, comment: 'all of it', virtual_network_id: LAB };
    expect(await routes.edit(id, { ...inAccount, ...changes })).toMatchObject(changes);
    expect(await routes.edit(id, inAccount)).toMatchObject(changes);
    expect(await routes.get(id, inAccount)).toMatchObject({ ...changes, deleted_at: null });
    expect(await routes.delete(id, inAccount)).toMatchObject({ ...changes, deleted_at: expect.any(String) });
    await expect(routes.get(id, inAccount)).rejects.toMatchObject({ status: 404, errors: [{ code: 1015 }] });
    await expect(routes.delete(id, inAccount)).rejects.toBeInstanceOf(NotFoundError);
    expect(await collect(routes.list({ ...inAccount, is_deleted: true }))).toMatchObject([
      { id, tunnel_name: 'osaka' },
    ]);
  });

  test('are listed over pages, and IPv6 is taken', async () => {
    const { sdk } = await useApi(config);
    const { routes } = sdk.zeroTrust.networks;
    const networks = ['10.1.0.0/16', '10.2.0.0/16', 'fd00::/64'];
    for (const network of networks) await routes.create({ ...inAccount, network, tunnel_id: TOKYO });
    const listed = await collect(routes.list({ ...inAccount, per_page: 2 }));
    expect(listed.map(({ network }) => network)).toEqual(networks);
  });

  test('that stand already are refused at once; other prefixes and other networks are not', async () => {
    const { sdk, sent } = await useApi(config);
    const { routes } = sdk.zeroTrust.networks;
    await routes.create({ ...inAccount, network: '10.0.0.0/16', tunnel_id: TOKYO });
    const before = sent.length;
    const again = routes.create({ ...inAccount, network: '10.0.0.0/16', tunnel_id: OSAKA });
    await expect(again).rejects.toBeInstanceOf(ConflictError);
    await expect(again).rejects.toMatchObject({
      errors: [{ code: 1014, message: 'You already have a route defined for this exact IP subnet' }],
    });
    expect(sent.length - before).toBe(1);
    await routes.create({ ...inAccount, network: '10.0.0.0/17', tunnel_id: OSAKA });
    await routes.create({ ...inAccount, network: '10.0.0.0/16', tunnel_id: OSAKA, virtual_network_id: LAB });
  });

  test('go with their tunnel', async () => {
    const { sdk } = await useApi(config);
    const { routes } = sdk.zeroTrust.networks;
    const { id = '' } = await routes.create({ ...inAccount, network: '10.0.0.0/16', tunnel_id: TOKYO });
    await sdk.zeroTrust.tunnels.cloudflared.delete(TOKYO, inAccount);
    await expect(routes.get(id, inAccount)).rejects.toMatchObject({ errors: [{ code: 1015 }] });
    // Its name is remembered with it.
    expect(await collect(routes.list(inAccount))).toMatchObject([{ id, tunnel_name: 'tokyo' }]);
  });

  test('are found by address: the longest prefix in the virtual network decides', async () => {
    const { sdk } = await useApi(config);
    const { routes } = sdk.zeroTrust.networks;
    await routes.create({ ...inAccount, network: '10.0.0.0/8', tunnel_id: TOKYO });
    await routes.create({ ...inAccount, network: '10.1.0.0/16', tunnel_id: OSAKA });
    await routes.create({ ...inAccount, network: '10.1.1.0/24', tunnel_id: TOKYO, virtual_network_id: LAB });
    await routes.create({ ...inAccount, network: '2001:db8::/32', tunnel_id: OSAKA });
    const at = (ip: string, query = {}) => routes.ips.get(ip, { ...inAccount, ...query });
    expect(await at('10.1.1.1')).toMatchObject({ network: '10.1.0.0/16', tunnel_name: 'osaka' });
    expect(await at('10.9.9.9')).toMatchObject({ network: '10.0.0.0/8', tunnel_name: 'tokyo' });
    expect(await at('10.1.1.1', { virtual_network_id: LAB })).toMatchObject({ network: '10.1.1.0/24' });
    expect(await at('2001:db8::1')).toMatchObject({ network: '2001:db8::/32', virtual_network_name: 'default' });
    expect(await at('192.0.2.1')).toEqual({ tunnel_id: NIL });
    expect(await at('10.1.1.1', { default_virtual_network_fallback: false })).toEqual({ tunnel_id: NIL });
    await expect(at('10.1.1.1', { virtual_network_id: UNKNOWN })).rejects.toMatchObject({ errors: [{ code: 1046 }] });
  });

  test('are named by their network, as older clients do', async () => {
    const { sdk, call } = await useApi(config);
    const { networks } = sdk.zeroTrust.networks.routes;
    const encoded = '10.0.0.0/16';
    expect(await networks.create(encoded, { ...inAccount, tunnel_id: TOKYO })).toMatchObject({ network: encoded });
    await networks.create(encoded, { ...inAccount, tunnel_id: TOKYO, virtual_network_id: LAB });
    const path = account(`/teamnet/routes/network/${encodeURIComponent(encoded)}`);
    expect(await call('PATCH', path, { comment: 'here' })).toMatchObject({
      result: { comment: 'here', tunnel_id: TOKYO },
    });
    expect(await call('PATCH', path, { tunnel_id: OSAKA, virtual_network_id: LAB })).toMatchObject({
      result: { comment: '', tunnel_id: OSAKA, virtual_network_id: LAB },
    });
    const inLab = await networks.delete(encoded, { ...inAccount, virtual_network_id: LAB });
    expect(inLab).toMatchObject({ virtual_network_id: LAB, deleted_at: expect.any(String) });
    expect(await networks.delete(encoded, inAccount)).toMatchObject({ comment: 'here' });
    expect(await call('DELETE', path)).toMatchObject({ status: 404, errors: [{ code: 1015 }] });
    expect(await call('DELETE', account('/teamnet/routes/network/nonsense'))).toMatchObject({ status: 400 });
  });
});

describe('the list of routes', () => {
  test.each([
    ['network_subset=10.0.0.0/8', ['10.0.0.0/8', '10.1.0.0/16', '10.1.1.0/24']],
    ['network_superset=10.1.1.0/24', ['10.0.0.0/8', '10.1.0.0/16', '10.1.1.0/24']],
    ['network_subset=10.1.0.0/16&network_superset=10.1.0.0/16', ['10.1.0.0/16']],
    ['network_superset=10.1.1.1', ['10.0.0.0/8', '10.1.0.0/16', '10.1.1.0/24']],
    [`tunnel_id=${OSAKA}`, ['10.1.0.0/16']],
    ['comment=x', ['fd00::/64']],
    [`virtual_network_id=${LAB}`, ['10.1.1.0/24']],
    ['is_deleted=true', ['10.7.0.0/16']],
    ['is_deleted=true&network_subset=10.1.0.0/16', []],
    ['tun_types=warp_connector', []],
    ['tun_types=cfd_tunnel,warp_connector&is_deleted=true', ['10.7.0.0/16']],
    ['existed_at=2000-01-01T00:00:00Z', []],
    [`route_id=${UNKNOWN}`, []],
  ])('with %s', async (query, expected) => {
    const { call } = await useApi(config);
    for (const route of [
      { network: '10.0.0.0/8', tunnel_id: TOKYO },
      { network: '10.1.0.0/16', tunnel_id: OSAKA },
      { network: '10.1.1.0/24', tunnel_id: TOKYO, virtual_network_id: LAB },
      { network: '10.7.0.0/16', tunnel_id: TOKYO },
      { network: 'fd00::/64', tunnel_id: TOKYO, comment: 'x' },
    ]) {
      const { result } = await call('POST', account('/teamnet/routes'), route);
      if (route.network === '10.7.0.0/16') await call('DELETE', account(`/teamnet/routes/${result.id}`));
    }
    const hidden = query.includes('is_deleted') ? '' : '&is_deleted=false';
    const { result } = await call('GET', account(`/teamnet/routes?${query}${hidden}`));
    expect(result.map(({ network }: { network: string }) => network).sort()).toEqual(expected);
  });
});

describe('virtual networks through the official SDK', () => {
  test('are created, listed, read, changed and deleted', async () => {
    const { sdk } = await useApi();
    const { virtualNetworks } = sdk.zeroTrust.networks;
    const created = await virtualNetworks.create({ ...inAccount, name: 'staging', comment: 'for tests' });
    const { id } = created;
    expect(created).toEqual({
      id: expect.any(String),
      name: 'staging',
      comment: 'for tests',
      is_default_network: false,
      created_at: expect.any(String),
      deleted_at: null,
    });
    expect((await collect(virtualNetworks.list(inAccount))).map(({ name }) => name)).toEqual(['default', 'staging']);
    expect(await collect(virtualNetworks.list({ ...inAccount, name: 'staging' }))).toEqual([created]);
    expect(await collect(virtualNetworks.list({ ...inAccount, id }))).toEqual([created]);
    expect(await collect(virtualNetworks.list({ ...inAccount, is_default: true }))).toMatchObject([
      { name: 'default' },
    ]);
    expect(await virtualNetworks.edit(id, { ...inAccount, comment: '' })).toMatchObject({
      name: 'staging',
      comment: '',
    });
    expect(await virtualNetworks.get(id, inAccount)).toMatchObject({ name: 'staging' });
    expect(await virtualNetworks.delete(id, inAccount)).toMatchObject({ id, deleted_at: expect.any(String) });
    await expect(virtualNetworks.get(id, inAccount)).rejects.toMatchObject({ status: 404, errors: [{ code: 1046 }] });
    expect(await collect(virtualNetworks.list({ ...inAccount, is_deleted: true }))).toMatchObject([{ id }]);
    await virtualNetworks.create({ ...inAccount, name: 'staging' });
    const again = virtualNetworks.create({ ...inAccount, name: 'staging' });
    await expect(again).rejects.toMatchObject({ status: 409, errors: [{ code: 1014 }] });
  });

  test('have one default: promoting one demotes the other, and it is neither demoted nor deleted by itself', async () => {
    const { sdk, call } = await useApi();
    const { virtualNetworks } = sdk.zeroTrust.networks;
    const [first] = await collect(virtualNetworks.list(inAccount));
    const other = await virtualNetworks.create({ ...inAccount, name: 'new', is_default: true });
    expect(other).toMatchObject({ is_default_network: true });
    expect(await virtualNetworks.get(first?.id ?? '', inAccount)).toMatchObject({ is_default_network: false });
    const path = account(`/teamnet/virtual_networks/${other.id}`);
    for (const refused of [await call('DELETE', path), await call('PATCH', path, { is_default_network: false })]) {
      expect(refused.status).toBe(400);
      expect(refused.errors[0]?.message).toContain('it is the default virtual network');
    }
    await virtualNetworks.edit(first?.id ?? '', { ...inAccount, is_default_network: true });
    expect(await virtualNetworks.delete(other.id, inAccount)).toMatchObject({ is_default_network: false });
  });

  test('with routes are deleted only by force, and then the routes go with them', async () => {
    const { sdk, call } = await useApi(config);
    const { routes } = sdk.zeroTrust.networks;
    const route = { network: '10.0.0.0/8', tunnel_id: TOKYO, virtual_network_id: LAB };
    const { id = '' } = await routes.create({ ...inAccount, ...route });
    const path = account(`/teamnet/virtual_networks/${LAB}`);
    expect(await call('DELETE', path)).toMatchObject({ status: 400, success: false });
    expect(await call('DELETE', `${path}?force=true`)).toMatchObject({ status: 200, result: { id: LAB } });
    await expect(routes.get(id, inAccount)).rejects.toBeInstanceOf(NotFoundError);
  });
});

describe('routes of private host names through the official SDK', () => {
  test('are created, listed, read, changed and deleted', async () => {
    const { sdk } = await useApi(config);
    const { hostnameRoutes } = sdk.zeroTrust.networks;
    const created = await hostnameRoutes.create({ ...inAccount, hostname: 'Wiki.internal', tunnel_id: TOKYO });
    const { id = '' } = created;
    expect(created).toMatchObject({ hostname: 'wiki.internal', comment: '', tunnel_name: 'tokyo', deleted_at: null });
    await hostnameRoutes.create({ ...inAccount, hostname: 'git.internal', tunnel_id: OSAKA, comment: 'code' });
    expect(await collect(hostnameRoutes.list({ ...inAccount, per_page: 1 }))).toHaveLength(2);
    expect(await collect(hostnameRoutes.list({ ...inAccount, hostname: 'WIKI' }))).toMatchObject([{ id }]);
    expect(await collect(hostnameRoutes.list({ ...inAccount, tunnel_id: OSAKA }))).toHaveLength(1);
    expect(await hostnameRoutes.edit(id, { ...inAccount, comment: 'pages' })).toMatchObject({ comment: 'pages' });
    expect(await hostnameRoutes.get(id, inAccount)).toMatchObject({ hostname: 'wiki.internal', comment: 'pages' });
    const again = hostnameRoutes.create({ ...inAccount, hostname: 'wiki.internal', tunnel_id: OSAKA });
    await expect(again).rejects.toBeInstanceOf(ConflictError);
    expect(await hostnameRoutes.delete(id, inAccount)).toMatchObject({ deleted_at: expect.any(String) });
    await expect(hostnameRoutes.get(id, inAccount)).rejects.toBeInstanceOf(NotFoundError);
    // What leads to a tunnel goes with it.
    await sdk.zeroTrust.tunnels.cloudflared.delete(OSAKA, inAccount);
    expect(await collect(hostnameRoutes.list({ ...inAccount, is_deleted: false }))).toEqual([]);
  });
});

describe('what the private network refuses', () => {
  test.each([
    [
      'POST',
      '/teamnet/routes',
      { network: '10.0.0.0/33', tunnel_id: TOKYO },
      400,
      1000,
      /Could not parse input|invalid address/,
    ],
    ['POST', '/teamnet/routes', { network: 'nonsense', tunnel_id: TOKYO }, 400, 1000, /Could not parse input/],
    ['POST', '/teamnet/routes', { network: '10.0.0.0/8', tunnel_id: UNKNOWN }, 404, 1002, /not found/],
    ['POST', '/teamnet/routes', { network: '10.0.0.0/8' }, 400, 1000, /tunnel_id is required/],
    [
      'POST',
      '/teamnet/routes',
      { network: '10.0.0.0/8', tunnel_id: TOKYO, virtual_network_id: UNKNOWN },
      404,
      1046,
      /not found/,
    ],
    ['POST', '/teamnet/routes', { network: '100.96.0.0/16', tunnel_id: TOKYO }, 400, 1000, /for devices/],
    ['PATCH', `/teamnet/routes/${UNKNOWN}`, {}, 404, 1015, /isn't routed/],
    ['GET', '/teamnet/routes?network_subset=x', undefined, 400, 1000, /Could not parse input/],
    ['GET', '/teamnet/routes/ip/1.2.3', undefined, 400, 1000, /invalid address/],
    ['POST', '/teamnet/virtual_networks', {}, 400, 1000, /name is required/],
    ['PATCH', `/teamnet/virtual_networks/${UNKNOWN}`, {}, 404, 1046, /not found/],
    ['POST', '/zerotrust/routes/hostname', { hostname: 'a b', tunnel_id: TOKYO }, 400, 1000, /must be a host name/],
    ['POST', '/zerotrust/routes/hostname', { hostname: 'a.b', tunnel_id: UNKNOWN }, 404, 1002, /not found/],
  ] as const)('%s %s %j', async (method, path, body, status, code, message) => {
    const { call, emu } = await useApi(config);
    const before = emu.state.read();
    const answer = await call(method, account(path), body);
    expect(answer).toMatchObject({ status, success: false, result: null, errors: [{ code }] });
    expect(answer.errors[0]?.message).toMatch(message);
    expect(emu.state.read()).toBe(before);
  });
});
