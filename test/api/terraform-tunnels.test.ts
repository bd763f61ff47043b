import { describe, expect, test } from 'vitest';
import { ACCOUNT_ID, account, useApi } from '../support/api.js';

/**
 * What Terraform's providers send and what they need back, so that a plan after an apply is empty
 * (docs/reference/api.md 4.1 to 4.3).
 */

const SECRET = Buffer.from('a secret of thirty-two bytes, ok').toString('base64');
const ROTATED = Buffer.from('another one of thirty-two bytes.').toString('base64');
const TUNNELS = account('/cfd_tunnel');
const ROUTES = account('/teamnet/routes');
const NETWORKS = account('/teamnet/virtual_networks');

type Api = Awaited<ReturnType<typeof useApi>>;

async function created(api: Api, path: string, body: object) {
  const { status, result } = await api.call('POST', path, body);
  expect(status).toBe(200);
  const read = await api.call('GET', `${path}/${result.id}`);
  // What is read later is what was said at creation, but for what only that says.
  for (const [key, value] of Object.entries(read.result)) expect([key, result[key]]).toEqual([key, value]);
  return read.result;
}

describe('provider v5: a tunnel', () => {
  test.each([
    ['default', { name: 'a' }, { config_src: 'local', remote_config: false }],
    ['basic with a secret', { name: 'a', tunnel_secret: SECRET }, { config_src: 'local' }],
    ['unmanaged', { name: 'a', config_src: 'local' }, { config_src: 'local', remote_config: false }],
    ['managed', { name: 'a', config_src: 'cloudflare' }, { config_src: 'cloudflare', remote_config: true }],
  ])('%s is the same when it is read again', async (_name, body, expected) => {
    const api = await useApi();
    const tunnel = await created(api, TUNNELS, body);
    expect(tunnel).toMatchObject({
      name: 'a',
      account_tag: ACCOUNT_ID,
      tun_type: 'cfd_tunnel',
      status: 'inactive',
      deleted_at: null,
      connections: [],
      ...expected,
    });
    expect(tunnel).not.toHaveProperty('tunnel_secret');
    expect(await api.call('PATCH', `${TUNNELS}/${tunnel.id}`, {})).toMatchObject({ result: tunnel });
  });

  test('changes only what differs, and is there with deleted_at after it is destroyed', async () => {
    const api = await useApi();
    const { id } = await created(api, TUNNELS, { name: 'a', tunnel_secret: SECRET });
    const path = `${TUNNELS}/${id}`;
    const token = (await api.call('GET', `${path}/token`)).result;
    expect(await api.call('PATCH', path, { tunnel_secret: ROTATED })).toMatchObject({ result: { id, name: 'a' } });
    expect((await api.call('GET', `${path}/token`)).result).not.toBe(token);
    expect(await api.call('PATCH', path, { name: 'b' })).toMatchObject({ result: { name: 'b' } });
    await api.call('DELETE', path);
    const after = await api.call('GET', path);
    expect(after).toMatchObject({ status: 200, result: { id, deleted_at: expect.any(String) } });
    expect(await api.call('GET', `${TUNNELS}?is_deleted=false&name=b`)).toMatchObject({ result: [] });
  });
});

describe('provider v5: a configuration', () => {
  test.each([
    [
      'full',
      {
        ingress: [
          {
            hostname: 'foo',
            path: '/bar',
            service: 'http://10.0.0.2:8080',
            originRequest: {
              connectTimeout: 15,
              tlsTimeout: 5,
              tcpKeepAlive: 15,
              noHappyEyeballs: false,
              keepAliveConnections: 50,
              keepAliveTimeout: 45,
              httpHostHeader: 'baz',
              originServerName: 'foobar',
              caPool: '/path/to/unsigned/ca/pool',
              noTLSVerify: false,
              disableChunkedEncoding: false,
              proxyType: 'socks',
              http2Origin: true,
              access: { required: true, teamName: 'terraform', audTag: ['AUD1', 'AUD2'] },
            },
          },
          {
            hostname: 'bar',
            service: 'http://10.0.0.3:8081',
            originRequest: { access: { required: false, teamName: '', audTag: [] } },
          },
          { service: 'https://10.0.0.4:8082' },
        ],
        originRequest: { connectTimeout: 60, proxyPort: 8080, bastionMode: false },
        'warp-routing': { enabled: true },
      },
    ],
    ['short', { ingress: [{ service: 'https://10.0.0.1:8081' }] }],
    ['with a catch-all whose host name is empty', { ingress: [{ hostname: '', service: 'http_status:404' }] }],
    ['empty', {}],
  ])('%s comes back as it was sent', async (_name, config) => {
    const api = await useApi();
    const { id } = await created(api, TUNNELS, { name: 'a', config_src: 'cloudflare' });
    const path = `${TUNNELS}/${id}/configurations`;
    const { result } = await api.call('PUT', path, { config });
    expect(result).toEqual({
      tunnel_id: id,
      account_id: ACCOUNT_ID,
      version: 1,
      config,
      source: 'cloudflare',
      created_at: expect.any(String),
    });
    expect((await api.call('GET', path)).result).toEqual(result);
    expect((await api.call('PUT', path, { config })).result).toMatchObject({ version: 2, config });
  });

  test('with explicit nulls comes back without them', async () => {
    const api = await useApi();
    const { id } = await created(api, TUNNELS, { name: 'a' });
    const rule = { hostname: null, path: null, service: 'http_status:404', originRequest: null };
    const config = { ingress: [rule], originRequest: null, 'warp-routing': null };
    const { result } = await api.call('PUT', `${TUNNELS}/${id}/configurations`, { config, source: null });
    expect(result.config).toEqual({ ingress: [{ service: 'http_status:404' }] });
  });
});

describe('provider v5: routes and virtual networks', () => {
  test.each([
    ['basic', { network: '10.111.0.0/24', comment: 'a comment' }],
    ['without a comment', { network: '10.112.0.0/24' }],
    ['with a long comment', { network: '10.113.0.0/24', comment: 'x'.repeat(100) }],
    ['of IPv6', { network: '2001:db8::/32' }],
    ['of /8', { network: '10.0.0.0/8' }],
  ])('a route %s is the same when it is read again', async (_name, body) => {
    const api = await useApi();
    const { id: tunnel_id } = await created(api, TUNNELS, { name: 'a' });
    const [network] = (await api.call('GET', `${NETWORKS}?is_default_network=true`)).result;
    const route = await created(api, ROUTES, { ...body, tunnel_id });
    expect(route).toMatchObject({ comment: '', ...body, tunnel_id, virtual_network_id: network.id, deleted_at: null });
    expect((await api.call('PATCH', `${ROUTES}/${route.id}`, {})).result).toEqual(route);
  });

  test('a route changes its network, comment and tunnel, and is gone after it is destroyed', async () => {
    const api = await useApi();
    const [a, b] = [await created(api, TUNNELS, { name: 'a' }), await created(api, TUNNELS, { name: 'b' })];
    const { id } = await created(api, ROUTES, { network: '10.0.0.0/24', tunnel_id: a.id, comment: 'x' });
    for (const changes of [{ network: '10.0.1.0/24' }, { comment: 'y' }, { tunnel_id: b.id }, { comment: '' }]) {
      expect(await api.call('PATCH', `${ROUTES}/${id}`, changes)).toMatchObject({ result: { id, ...changes } });
      expect(await api.call('GET', `${ROUTES}/${id}`)).toMatchObject({ result: { id, ...changes } });
    }
    await api.call('DELETE', `${ROUTES}/${id}`);
    expect((await api.call('GET', `${ROUTES}/${id}`)).status).toBe(404);
  });

  test('an import by CIDR finds the one route, and a conflict is told at once', async () => {
    const api = await useApi();
    const { id: tunnel_id } = await created(api, TUNNELS, { name: 'a' });
    const { id } = await created(api, ROUTES, { network: '10.0.0.0/24', tunnel_id });
    await created(api, ROUTES, { network: '10.0.0.0/16', tunnel_id });
    const cidr = encodeURIComponent('10.0.0.0/24');
    const list = await api.call('GET', `${ROUTES}?network_subset=${cidr}&network_superset=${cidr}&is_deleted=false`);
    expect(list.result).toMatchObject([{ id }]);
    const again = await api.call('POST', ROUTES, { network: '10.0.0.0/24', tunnel_id });
    expect(again).toMatchObject({ status: 409, errors: [{ code: 1014 }] });
    // Without it, the provider tries ten times over three and a half minutes.
    expect(again.headers.get('x-should-retry')).toBe('false');
  });

  test.each([
    ['basic', { name: 'a', comment: 'x', is_default_network: false }],
    ['minimal', { name: 'a' }],
    ['default', { name: 'a', is_default_network: true }],
  ])('a virtual network: %s', async (_name, body) => {
    const api = await useApi();
    const network = await created(api, NETWORKS, body);
    expect(network).toMatchObject({ comment: '', is_default_network: false, deleted_at: null, ...body });
    // Not an attribute: it must never come back.
    expect(network).not.toHaveProperty('is_default');
    const path = `${NETWORKS}/${network.id}`;
    expect((await api.call('PATCH', path, {})).result).toEqual(network);
    expect((await api.call('PATCH', path, { name: 'b' })).result).toEqual({ ...network, name: 'b' });
    if (network.is_default_network) return;
    await api.call('DELETE', path);
    expect((await api.call('GET', path)).status).toBe(404);
  });
});

describe('provider v4 (cloudflare-go v0)', () => {
  test('a tunnel: read is the tunnel and its token, destruction is connections and then the tunnel', async () => {
    const api = await useApi();
    const { result } = await api.call('POST', TUNNELS, { name: 'a', tunnel_secret: SECRET, config_src: 'local' });
    const path = `${TUNNELS}/${result.id}`;
    expect((await api.call('GET', path)).result).toMatchObject({ id: result.id, name: 'a' });
    expect(typeof (await api.call('GET', `${path}/token`)).result).toBe('string');
    expect(await api.call('DELETE', `${path}/connections`)).toMatchObject({ status: 200, success: true });
    expect(await api.call('DELETE', path)).toMatchObject({ status: 200, success: true });
  });

  test('a configuration: destruction puts an empty one', async () => {
    const api = await useApi();
    const { id } = await created(api, TUNNELS, { name: 'a' });
    const config = { ingress: [{ service: 'http_status:404' }], 'warp-routing': {}, originRequest: {} };
    const { result } = await api.call('PUT', `${TUNNELS}/${id}/configurations`, { config });
    expect(result.config).toEqual(config);
  });

  test('a route: by its CIDR, and read as row 0 of the list', async () => {
    const api = await useApi();
    const { id: tunnel_id } = await created(api, TUNNELS, { name: 'a' });
    const [network] = (await api.call('GET', NETWORKS)).result;
    const cidr = encodeURIComponent('10.0.0.0/24');
    const byCidr = `${ROUTES}/network/${cidr}`;
    const body = { tunnel_id, comment: 'x', virtual_network_id: network.id };
    expect(await api.call('POST', byCidr, body)).toMatchObject({ result: { network: '10.0.0.0/24', ...body } });
    const read = async () =>
      (
        await api.call(
          'GET',
          `${ROUTES}?is_deleted=false&network_subset=${cidr}&network_superset=${cidr}&tunnel_id=${tunnel_id}&virtual_network_id=${network.id}&page=1&per_page=100`,
        )
      ).result;
    expect(await read()).toMatchObject([{ comment: 'x', tunnel_name: 'a', virtual_network_name: 'default' }]);
    await api.call('PATCH', byCidr, { ...body, comment: 'y' });
    expect(await read()).toMatchObject([{ comment: 'y' }]);
    await api.call('DELETE', `${byCidr}?virtual_network_id=${network.id}`);
    expect(await read()).toEqual([]);
  });

  test('a virtual network: with is_default, and read by the list', async () => {
    const api = await useApi();
    const { result } = await api.call('POST', NETWORKS, { name: 'a', comment: 'x', is_default: false });
    const read = async () => (await api.call('GET', `${NETWORKS}?id=${result.id}&is_deleted=false`)).result;
    expect(await read()).toMatchObject([{ name: 'a', is_default_network: false }]);
    const path = `${NETWORKS}/${result.id}`;
    await api.call('PATCH', path, { name: 'a', comment: 'y', is_default: false });
    expect(await read()).toMatchObject([{ comment: 'y' }]);
    await api.call('DELETE', path);
    expect(await read()).toEqual([]);
  });
});
