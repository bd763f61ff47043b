import { describe, expect, test } from 'vitest';
import type { ConfigInput, Emulator } from '../../emulator/index.js';
import { ACCOUNT_ID, account, useApi, ZONE_ID } from '../support/api.js';
import { useCloudflared } from '../support/cloudflared.js';
import { ConnectorPeer } from '../support/connector-peer.js';
import { address, nextEvent, tokenOf } from '../support/emulator.js';
import { useServer } from '../support/servers.js';

/** What the API changes is in effect at once, for connectors and requests. */

const inAccount = { account_id: ACCOUNT_ID };
const TOKYO = '11111111-1111-4111-8111-111111111111';
const SECRET = Buffer.from('a secret of thirty-two bytes, ok').toString('base64');
const ROTATED = Buffer.from('another one of thirty-two bytes.').toString('base64');

async function collect<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const each of pages) all.push(each);
  return all;
}

/** A tunnel that is configured by the API, published at app.example.com. */
const PUBLISHED: ConfigInput = {
  tunnels: [{ id: TOKYO, name: 'tokyo', tunnel_secret: SECRET, config: { ingress: [{ service: 'http_status:404' }] } }],
  zones: [
    {
      id: ZONE_ID,
      name: 'example.com',
      dns_records: [{ name: 'app', type: 'CNAME', content: `${TOKYO}.cfargotunnel.com`, proxied: true }],
    },
  ],
};

/** Asks until the answer has the status: a connector takes over what it was pushed a moment later. */
async function askUntil(emu: Emulator, status: number): Promise<string> {
  for (let time = 0; time < 500; time++) {
    const response = await emu.fetch('http://app.example.com/');
    const text = await response.text();
    if (response.status === status) return text;
  }
  throw new Error(`no request was answered with ${status}`);
}

describe('a configuration that is put', () => {
  test('reaches the connectors that are there, which say which version they have', async () => {
    const { sdk, emu } = await useApi(PUBLISHED);
    const { port } = await useServer((_request, response) => response.end('from the origin'));
    const connector = await emu.connect({ tunnel: 'tokyo' });
    expect((await emu.fetch('http://app.example.com/')).status).toBe(404);

    const tunnels = sdk.zeroTrust.tunnels.cloudflared;
    const config = { ingress: [{ hostname: '', service: `http://127.0.0.1:${port}` }] };
    const { version } = await tunnels.configurations.update(TOKYO, { ...inAccount, config });
    expect(await askUntil(emu, 200)).toBe('from the origin');
    const [client] = await collect(tunnels.connections.get(TOKYO, inAccount));
    expect(client).toMatchObject({ id: connector.id, config_version: version });
    expect(client?.conns).toHaveLength(4);
  });

  test('makes a local tunnel one that is configured here: its connectors get it where they are', async () => {
    const { sdk, emu, call } = await useApi({
      ...PUBLISHED,
      tunnels: [{ id: TOKYO, name: 'tokyo', tunnel_secret: SECRET }],
    });
    const { port } = await useServer((_request, response) => response.end('from the origin'));
    const local = { ingress: [{ service: 'http_status:418' }] };
    await emu.connect({ tunnel: 'tokyo', config: local, connections: 1 });
    expect((await emu.fetch('http://app.example.com/')).status).toBe(418);
    // As the connector reports it.
    expect(await call('GET', account(`/cfd_tunnel/${TOKYO}/configurations`))).toMatchObject({
      result: { source: 'local', config: local, version: 0 },
    });
    const config = { ingress: [{ hostname: '', service: `http://127.0.0.1:${port}` }] };
    await sdk.zeroTrust.tunnels.cloudflared.configurations.update(TOKYO, { ...inAccount, config });
    expect(await askUntil(emu, 200)).toBe('from the origin');
    expect(emu.state.read().tunnels.get(TOKYO)?.config_src).toBe('cloudflare');
  });
});

describe('a tunnel with connectors', () => {
  test('is shown with them, and those that broke are expected back', async () => {
    const { sdk, emu } = await useApi(PUBLISHED, { listen: { cloudflared: ['127.0.0.1:0'] } });
    const peer = await useCloudflared(emu, 'tokyo');
    const tunnels = sdk.zeroTrust.tunnels.cloudflared;
    const shown = await tunnels.get(TOKYO, inAccount);
    expect(shown).toMatchObject({ status: 'degraded', conns_active_at: expect.any(String), conns_inactive_at: null });
    const [connection] = shown.connections ?? [];
    expect(connection).toMatchObject({ colo_name: 'NRT', is_pending_reconnect: false, origin_ip: '127.0.0.1' });
    const [client] = await collect(tunnels.connections.get(TOKYO, inAccount));
    expect(client?.conns).toEqual([connection]);
    const id = client?.id ?? '';
    expect(await tunnels.connectors.get(id, { ...inAccount, tunnel_id: TOKYO })).toEqual(client);

    const closed = nextEvent(emu, 'connection.closed');
    peer.break();
    await closed;
    expect(await tunnels.get(TOKYO, inAccount)).toMatchObject({
      status: 'down',
      conns_active_at: null,
      connections: [{ id: connection?.id, is_pending_reconnect: true }],
    });
    expect(await collect(tunnels.connections.get(TOKYO, inAccount))).toEqual([]);
  });

  test('is deleted only by cascade, which disconnects them', async () => {
    const { call, emu } = await useApi(PUBLISHED);
    await emu.connect({ tunnel: 'tokyo', connections: 2 });
    const path = account(`/cfd_tunnel/${TOKYO}`);
    expect(await call('DELETE', path)).toMatchObject({
      status: 400,
      errors: [{ code: 1022, message: 'Cannot delete tunnel because it has active connections' }],
    });
    const reason = nextEvent(emu, 'connection.closed');
    expect(await call('DELETE', `${path}?cascade=true`)).toMatchObject({ status: 200, result: { connections: [] } });
    expect((await reason).data).toMatchObject({ reason: 'the tunnel was deleted' });
  });

  test('loses those whose connections are deleted, all or of one connector', async () => {
    const { sdk, call, emu } = await useApi(PUBLISHED);
    const first = await emu.connect({ tunnel: 'tokyo', connections: 1 });
    const second = await emu.connect({ tunnel: 'tokyo', connections: 1 });
    const closed: unknown[] = [];
    emu.onEvent(({ type, data }) => {
      if (type === 'connection.closed') closed.push(data.connector);
    });
    const back = nextEvent(emu, 'connection.opened');
    expect(await call('DELETE', account(`/cfd_tunnel/${TOKYO}/connections?client_id=${first.id}`))).toMatchObject({
      status: 200,
      result: null,
    });
    expect((await back).data).toMatchObject({ connector: first.id });
    expect(closed).toEqual([first.id]);
    await second.drain();
    const again = nextEvent(emu, 'connection.opened');
    await sdk.zeroTrust.tunnels.cloudflared.connections.delete(TOKYO, inAccount);
    await again;
    expect(closed).toEqual([first.id, second.id, first.id]);
  });

  test('can be deleted right after its connections were, as older Terraform does', async () => {
    const { call, emu } = await useApi(PUBLISHED);
    const connector = await emu.connect({ tunnel: 'tokyo' });
    expect(connector.id).toBeDefined();
    await call('DELETE', account(`/cfd_tunnel/${TOKYO}/connections`));
    expect(await call('DELETE', account(`/cfd_tunnel/${TOKYO}`))).toMatchObject({ status: 200 });
  });
});

describe('a new secret', () => {
  test('leaves who is connected, and lets nobody in with the old one', async () => {
    const { sdk, emu } = await useApi(PUBLISHED);
    await emu.connect({ tunnel: 'tokyo', connections: 1 });
    const old = tokenOf(emu, 'tokyo');
    await sdk.zeroTrust.tunnels.cloudflared.edit(TOKYO, { ...inAccount, tunnel_secret: ROTATED });
    expect((await emu.fetch('http://app.example.com/')).status).toBe(404);
    const refused = nextEvent(emu, 'connector.refused');
    await expect(ConnectorPeer.connect(address(emu, 'connectorsUrl'), old)).rejects.toThrow();
    expect((await refused).data).toMatchObject({ code: 'TOKEN_WRONG' });
    // Who has the new one comes in.
    await emu.connect({ tunnel: 'tokyo', connections: 1 });
  });
});

describe('a route', () => {
  test('opens the path to a private address, and its deletion cuts it', async () => {
    const server = await useServer((_request, response) => response.end('private'));
    const lab = '33333333-3333-4333-8333-333333333333';
    const { sdk, call, emu } = await useApi({
      ...PUBLISHED,
      zones: [{ id: ZONE_ID, name: 'example.com', settings: { ssl: 'flexible' } }],
      virtual_networks: [{ id: lab, name: 'lab' }],
    });
    await emu.connect({ tunnel: 'tokyo', connections: 1, maps: ['10.1.2.3/32=127.0.0.1/32'] });
    const { routes } = sdk.zeroTrust.networks;
    const { id = '' } = await routes.create({
      ...inAccount,
      network: '10.1.2.0/24',
      tunnel_id: TOKYO,
      virtual_network_id: lab,
    });
    emu.state.transact('api', (draft) => {
      const origins = [{ name: 'a', address: '10.1.2.3', port: server.port, virtual_network_id: lab }];
      const pool = draft.put('pools', { name: 'private', origins });
      const pools = { default_pools: [pool.id], fallback_pool: pool.id };
      draft.put('load_balancers', { zone_id: ZONE_ID, name: 'private.example.com', proxied: true, ...pools });
    });
    const ask = () => emu.fetch('http://private.example.com/');
    expect(await (await ask()).text()).toBe('private');

    await routes.delete(id, inAccount);
    expect((await ask()).status).toBeGreaterThanOrEqual(500);
    // A pool that is written now needs one again.
    const [pool] = emu.state.read().pools.keys();
    const changed = await call('PATCH', account(`/load_balancers/pools/${pool}`), { description: 'x' });
    expect(changed).toMatchObject({ status: 400 });
    await routes.create({ ...inAccount, network: '10.1.0.0/16', tunnel_id: TOKYO, virtual_network_id: lab });
    expect(await (await ask()).text()).toBe('private');
  });
});
