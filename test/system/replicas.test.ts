import type { IncomingMessage } from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { StateView } from '../../emulator/control/state-view.schema.js';
import { FrameType } from '../../protocol/frames.js';
import { ConnectorPeer } from '../support/connector-peer.js';
import { address, configOfPaths, nextEvent, tokenOf, useEmulator, usePeer } from '../support/emulator.js';
import { parseRoute } from '../support/route.js';
import { useOrigin, useServer } from '../support/servers.js';

const routeOf = (response: Response) => parseRoute(response.headers.get('colocal-route'));
const HOST = 'tunnel.example.com';
const URL_OF_TUNNEL = `http://${HOST}/`;

describe('of the replicas of a tunnel', () => {
  test('the one closest to where the request comes in serves it, and the next when that one leaves', async () => {
    const origin = await useOrigin();
    const emu = await useEmulator({ config: configOfPaths({ port: origin.address.port }) });
    const tokyo = await emu.connect({ tunnel: 'app', location: 'NRT', connections: 1 });
    const london = await emu.connect({ tunnel: 'app', location: 'LHR', connections: 1 });
    const from = async (colo: string) => routeOf(await emu.fetch(URL_OF_TUNNEL, { colo }));
    expect(await from('KIX')).toMatchObject({ colo: 'KIX', egress: 'NRT', connector: tokyo.id });
    expect(await from('CDG')).toMatchObject({ colo: 'CDG', egress: 'LHR', connector: london.id });
    await tokyo.close();
    expect(await from('KIX')).toMatchObject({ colo: 'KIX', egress: 'LHR', connector: london.id });
  });

  test('those that end in the same data center share the requests evenly', async () => {
    const origin = await useOrigin();
    const emu = await useEmulator({ config: configOfPaths({ port: origin.address.port }) });
    const replicas = await Promise.all([0, 1].map(() => emu.connect({ tunnel: 'app', location: 'NRT' })));
    const served = new Map<unknown, number>();
    for (let request = 0; request < 200; request++) {
      const response = await emu.fetch(URL_OF_TUNNEL, { colo: 'NRT' });
      await response.arrayBuffer();
      const { connector, egress } = routeOf(response);
      expect(egress).toBe('NRT');
      served.set(connector, (served.get(connector) ?? 0) + 1);
    }
    expect(new Set(served.keys())).toEqual(new Set(replicas.map((replica) => replica.id)));
    for (const count of served.values()) expect(count).toBeGreaterThan(70);
  });

  test('one that drains takes nothing new and finishes what it has: no request fails', async () => {
    const held: { readonly request: IncomingMessage; readonly finish: () => void }[] = [];
    let arrived: () => void = () => undefined;
    const { port } = await useServer((request, response) => {
      if (request.url === '/held') held.push({ request, finish: () => response.end('done') });
      else response.end('done');
      arrived();
    });
    const emu = await useEmulator({ config: configOfPaths({ port }) });
    const leaving = await emu.connect({ tunnel: 'app', location: 'NRT' });
    const staying = await emu.connect({ tunnel: 'app', location: 'LHR' });
    const open = Array.from({ length: 20 }, () => emu.fetch(`${URL_OF_TUNNEL}held`, { colo: 'NRT' }));
    while (held.length < open.length) {
      await new Promise<void>((resolve) => {
        arrived = resolve;
      });
    }
    expect(new Set(held.map(({ request }) => request.headers['cf-warp-tag-id']))).toEqual(new Set([leaving.id]));
    const drained = leaving.drain();
    // From the moment in which the edge knows, everything new goes elsewhere. Until then it is served where it lands.
    let last: unknown;
    for (let request = 0; last !== staying.id; request++) {
      expect(request).toBeLessThan(200);
      const response = await emu.fetch(URL_OF_TUNNEL, { colo: 'NRT' });
      expect(await response.text()).toBe('done');
      last = routeOf(response).connector;
    }
    for (const { finish } of held) finish();
    for (const response of await Promise.all(open)) {
      expect(response.status).toBe(200);
      expect(await response.text()).toBe('done');
      expect(routeOf(response).connector).toBe(leaving.id);
    }
    await drained;
    expect(routeOf(await emu.fetch(URL_OF_TUNNEL, { colo: 'NRT' })).connector).toBe(staying.id);
  });

  test('one that has just come takes requests once it has its configuration: none is answered by an empty one', async () => {
    const origin = await useOrigin();
    const config = configOfPaths({ port: origin.address.port });
    // Patterns make connectors load more code before they are ready.
    const rules = [{ path: '^/nothing', service: 'http_status:404' }, { service: `${origin.url}` }];
    const tunnels = (config.tunnels ?? []).map((tunnel) => ({ ...tunnel, config: { ingress: rules } }));
    const emu = await useEmulator({ config: { ...config, tunnels } });
    await emu.connect({ tunnel: 'app', location: 'LHR', connections: 1 });
    expect((await emu.fetch(URL_OF_TUNNEL)).status).toBe(200);
    const statuses = new Set<number>();
    let going = true;
    const load = Array.from({ length: 8 }, async () => {
      while (going) statuses.add((await emu.fetch(URL_OF_TUNNEL)).status);
    });
    const near = await emu.connect({ tunnel: 'app', location: 'NRT' });
    const first = await emu.fetch(URL_OF_TUNNEL);
    going = false;
    await Promise.all(load);
    expect(routeOf(first).connector).toBe(near.id);
    expect([...statuses]).toEqual([200]);
  });

  test('one that has not answered its configuration is left out', async () => {
    const origin = await useOrigin();
    const emu = await useEmulator({ config: configOfPaths({ port: origin.address.port }) });
    const peer = await ConnectorPeer.connect(address(emu, 'connectorsUrl'), tokenOf(emu, 'app'));
    onTestFinished(() => peer.close());
    expect((await emu.fetch(URL_OF_TUNNEL)).status).toBe(530);
    const { serial } = JSON.parse(String((await peer.next(FrameType.CONFIG)).payload));
    const opened = nextEvent(emu, 'connection.opened');
    // A refused configuration is an answer, too: the connector goes on with what it had.
    peer.json(FrameType.CONFIG_ACK, 0, { serial, version: 0, error: 'no catch-all rule' });
    await opened;
    const answer = emu.fetch(URL_OF_TUNNEL);
    const { stream } = await peer.next(FrameType.OPEN);
    peer.json(FrameType.HEAD, stream, { status: 204, headers: [], source: 'origin' });
    peer.send(FrameType.END, stream);
    expect((await answer).status).toBe(204);
  });

  test('the connections make the status of the tunnel, on the model clock', async () => {
    const emu = await useEmulator({ config: configOfPaths({ port: 9 }), clock: 'manual' });
    const statuses: unknown[] = [];
    emu.onEvent(({ type, data }) => {
      if (type === 'tunnel.status') statuses.push(`${data.tunnel}: ${data.from} to ${data.to}`);
    });
    const start = emu.clock.now();
    const standing = async () => {
      const response = await fetch(`${address(emu, 'apiUrl')}/colocal/v1/state`);
      const { tunnels } = (await response.json()) as StateView;
      return tunnels.map(({ name, status, conns_active_at, conns_inactive_at }) => {
        const [active, inactive] = [conns_active_at, conns_inactive_at].map((at) => at && Date.parse(at) - start);
        return `${name} ${status} ${active} ${inactive}`;
      });
    };
    expect(await standing()).toEqual(['app inactive null 0', 'gateway inactive null 0']);
    await emu.clock.advance(1_000);
    const app = await emu.connect({ tunnel: 'app', location: 'NRT' });
    await emu.connect({ tunnel: 'gateway', location: 'NRT', connections: 1 });
    expect(await standing()).toEqual(['app healthy 1000 null', 'gateway degraded 1000 null']);
    await emu.clock.advance(1_000);
    await emu.reset();
    const down = nextEvent(emu, 'tunnel.status', ({ data }) => data.to === 'down');
    await app.close();
    await down;
    expect(await standing()).toEqual(['app down null 2000', 'gateway degraded 1000 null']);
    expect(statuses.filter((status) => String(status).startsWith('app'))).toEqual([
      'app: inactive to degraded',
      'app: degraded to healthy',
      'app: healthy to degraded',
      'app: degraded to down',
    ]);
  });

  test('a connection that comes again takes the place of the one before it', async () => {
    const origin = await useOrigin();
    const emu = await useEmulator({ config: configOfPaths({ port: origin.address.port }) });
    const id = '0f3c0000-0000-4000-8000-000000000000';
    const before = await usePeer(emu, 'app', { id, index: 2 });
    const after = await usePeer(emu, 'app', { id, index: 2 });
    expect((await before.closed).reason).toMatch(/replaced by a newer connection/);
    void emu.fetch(URL_OF_TUNNEL).catch(() => undefined);
    expect((await after.next(FrameType.OPEN)).stream).toBe(1);
  });
});

test('25 replicas with four connections each; one more is refused, and a lost one is expected back', async () => {
  const emu = await useEmulator({ config: configOfPaths({ port: 9 }), clock: 'manual' });
  const url = address(emu, 'connectorsUrl');
  const token = tokenOf(emu, 'app');
  const idOf = (replica: number): string => `00000000-0000-4000-8000-${String(replica).padStart(12, '0')}`;
  const peers: ConnectorPeer[] = [];
  onTestFinished(async () => {
    for (const peer of peers) peer.close();
  });
  for (let replica = 0; replica < 25; replica++) {
    for (let index = 0; index < 4; index++) {
      const peer = await ConnectorPeer.connect(url, token, { id: idOf(replica), index, location: 'NRT' });
      peers.push(peer);
      await peer.acknowledge();
    }
  }
  const refused = nextEvent(emu, 'connector.refused');
  const oneMore = await ConnectorPeer.dial(url, token);
  oneMore.register({ id: idOf(25), index: 0 });
  expect((await refused).message).toContain('the tunnel has 25 replicas already');
  await oneMore.closed;

  const standing = async () => {
    const state = (await (await fetch(`${address(emu, 'apiUrl')}/colocal/v1/state`)).json()) as StateView;
    return state.tunnels.find(({ name }) => name === 'app');
  };
  expect((await standing())?.connections).toHaveLength(100);
  const closed = nextEvent(emu, 'connection.closed');
  peers[0]?.break();
  await closed;
  expect((await standing())?.connections).toHaveLength(99);
  expect((await standing())?.pending_reconnects).toMatchObject([{ connector_id: idOf(0), index: 0 }]);
  await emu.clock.advance('5m');
  expect((await standing())?.pending_reconnects).toEqual([]);
});
