import { describe, expect, test } from 'vitest';
import { type EmulatorOptions, startEmulator } from '../../emulator/index.js';
import { randomUuid } from '../../runtime/ids.js';
import { ask } from '../support/client.js';
import { credentialsOf, dialCloudflared, useCloudflared } from '../support/cloudflared.js';
import { type CloudflaredPeer, respond } from '../support/cloudflared-peer.js';
import { WatchedDeadlines } from '../support/deadlines.js';
import { address, configOfPaths, nextEvent, useEmulator } from '../support/emulator.js';

const ANY = ['127.0.0.1:0', '127.0.0.1:0', '127.0.0.1:0', '127.0.0.1:0'] as const;
const LISTEN = { cloudflared: ANY };

const useEdge = (options: Partial<EmulatorOptions> = {}) =>
  useEmulator({ config: configOfPaths({ port: 9 }), listen: LISTEN, ...options });

const stateOf = async (emu: Awaited<ReturnType<typeof useEdge>>) =>
  (await fetch(`${emu.apiUrl}/colocal/v1/state`)).json() as Promise<{
    listeners: { name: string; address: string }[];
    tunnels: { name: string; ingress: unknown[]; connections: Record<string, unknown>[] }[];
  }>;

describe('a connector registers', () => {
  test('with four connections over two data centers, which are shown with its version and configuration', async () => {
    const emu = await useEdge();
    const connectorId = randomUuid();
    const locations: string[] = [];
    for (let index = 0; index < 4; index++) {
      const peer = await dialCloudflared(emu, index);
      const opened = nextEvent(emu, 'connection.opened');
      const answer = await peer.register({ ...credentialsOf(emu, 'app'), connectorId, index });
      expect(answer).toMatchObject({ ok: true, remotelyManaged: true });
      if (answer.ok) locations.push(answer.location);
      await opened;
      expect(peer.pushed).toEqual([
        { version: 1, config: expect.objectContaining({ ingress: [{ service: 'http://127.0.0.1:9' }] }) },
      ]);
    }
    expect(locations).toEqual(['NRT01', 'KIX01', 'NRT01', 'KIX01']);
    const { tunnels, listeners } = await stateOf(emu);
    expect(listeners.filter(({ name }) => name === 'cloudflared').map((each) => each.address)).toEqual(
      emu.cloudflaredAddresses,
    );
    const { connections = [] } = tunnels.find(({ name }) => name === 'app') ?? {};
    expect(connections).toHaveLength(4);
    expect(connections[0]).toMatchObject({
      connector_id: connectorId,
      index: 0,
      data_center: 'NRT',
      version: '2026.8.2',
      config_version: 1,
      origin_ip: '127.0.0.1',
      accepting: true,
    });
    const metrics = await (await fetch(`${emu.apiUrl}/metrics`)).text();
    expect(metrics).toMatch(/tunnel_connections\{.*tunnel="app".*data_center="NRT".*\} 2/);
  });

  test('where its address belongs: a data center of the listener, or what clients say of its network', async () => {
    const emu = await useEmulator({
      config: { ...configOfPaths({ port: 9 }), clients: [{ network: '127.0.0.0/8', data_center: 'FRA' }] },
      listen: { cloudflared: [{ address: '127.0.0.1:0', data_center: 'GRU' }, '127.0.0.1:0'] },
    });
    const [fixed, near] = [await dialCloudflared(emu, 0), await dialCloudflared(emu, 1)];
    expect(await fixed.register(credentialsOf(emu, 'app'))).toMatchObject({ ok: true, location: 'GRU01' });
    expect(await near.register(credentialsOf(emu, 'app'))).toMatchObject({ ok: true, location: 'FRA01' });
  });

  test('with a configuration of its own, which is shown', async () => {
    const emu = await useEmulator({ config: { tunnels: [{ name: 'own' }] }, listen: LISTEN });
    const peer = await dialCloudflared(emu);
    const opened = nextEvent(emu, 'connection.opened');
    expect(await peer.register(credentialsOf(emu, 'own'))).toMatchObject({ ok: true, remotelyManaged: false });
    await opened;
    const ingress = [{ hostname: 'a.example.com', service: 'http://localhost:1' }, { service: 'http_status:404' }];
    expect(
      await peer.updateLocalConfiguration({ __configuration_flags: {}, ingress, 'warp-routing': {} }),
    ).toMatchObject({ kind: 'results' });
    expect((await stateOf(emu)).tunnels[0]?.ingress).toEqual(ingress);
    expect(peer.pushed).toEqual([]);
    expect(await peer.call(2)).toMatchObject({ kind: 'exception' });
  });
});

describe('a registration is refused, with the cause, and the connection closed', () => {
  test.each([
    ['wrong secret', { secret: Buffer.from('wrong') }, 'Unauthorized: Invalid tunnel secret', 'TOKEN_WRONG'],
    ['a tunnel that nobody has', { tunnelId: randomUuid() }, 'Unauthorized: Tunnel not found', 'TUNNEL_UNKNOWN'],
    ['another account', { accountTag: 'f'.repeat(32) }, 'Unauthorized: Tunnel not found', 'TUNNEL_UNKNOWN'],
    ['an index that cannot be', { index: 99 }, 'connection index 99 is above 15', 'REFUSED'],
  ])('%s', async (_what, changed, cause, code) => {
    const emu = await useEdge();
    const refused = nextEvent(emu, 'connector.refused');
    const peer = await dialCloudflared(emu);
    const answer = await peer.register({ ...credentialsOf(emu, 'app'), ...changed });
    expect(answer).toEqual({ ok: false, cause, shouldRetry: false, retryAfter: 0n });
    await peer.closed;
    expect((await refused).data).toMatchObject({ code });
  });

  test('a connection that is there already: it tries another address, or takes its place where it is told to', async () => {
    const emu = await useEdge();
    const connectorId = randomUuid();
    const first = await useCloudflared(emu, 'app', { connectorId, index: 2 });
    const second = await dialCloudflared(emu, 1);
    const again = { ...credentialsOf(emu, 'app'), connectorId, index: 2 };
    expect(await second.register(again)).toMatchObject({ ok: false, cause: 'EDUPCONN', shouldRetry: true });
    await second.closed;
    const third = await dialCloudflared(emu, 1);
    expect(await third.register({ ...again, replaceExisting: true })).toMatchObject({ ok: true });
    await first.closed;
  });

  test('while every data center is down: it shall come again', async () => {
    const emu = await useEmulator({
      config: {
        ...configOfPaths({ port: 9 }),
        data_centers: ['NRT'],
        faults: [{ name: 'dark', type: 'data_center_down', match: { data_center: 'NRT' } }],
      },
      listen: { cloudflared: [{ address: '127.0.0.1:0', data_center: 'NRT' }] },
    });
    const peer = await dialCloudflared(emu);
    expect(await peer.register(credentialsOf(emu, 'app'))).toMatchObject({
      ok: false,
      cause: 'no data center is running',
      shouldRetry: true,
      retryAfter: 1_000_000_000n,
    });
    await peer.closed;
  });

  test('a tunnel that is deleted later: its connections are closed', async () => {
    const emu = await useEmulator({ config: { tunnels: [{ name: 'alone' }] }, listen: LISTEN });
    const peer = await useCloudflared(emu, 'alone');
    const closed = nextEvent(emu, 'connection.closed');
    const { tunnelId } = credentialsOf(emu, 'alone');
    emu.state.transact('api', (draft) => draft.delete('tunnels', tunnelId));
    await peer.closed;
    expect((await closed).data).toMatchObject({ reason: 'the tunnel was deleted' });
  });
});

test('at the address of a data center that goes down it ends next to it, and comes back with it', async () => {
  const emu = await useEmulator({
    config: configOfPaths({ port: 9 }),
    listen: {
      cloudflared: [
        { address: '127.0.0.1:0', data_center: 'NRT' },
        { address: '127.0.0.1:0', data_center: 'LHR' },
      ],
    },
  });
  const connectorId = randomUuid();
  const dial = async (index: number) => {
    const opened = nextEvent(emu, 'connection.opened');
    const peer = await useCloudflared(emu, 'app', { connectorId, index, listener: index });
    return { peer, dataCenter: (await opened).data.data_center };
  };
  const first = await dial(0);
  expect([first.dataCenter, (await dial(1)).dataCenter]).toEqual(['NRT', 'LHR']);

  emu.faults.add({ name: 'dark', type: 'data_center_down', match: { data_center: 'NRT' } });
  await first.peer.closed;
  const away = await dial(0);
  expect(away.dataCenter).toBe('KIX');

  const closed = nextEvent(emu, 'connection.closed');
  emu.faults.remove('dark');
  expect((await closed).data).toMatchObject({ data_center: 'KIX', reason: 'data center NRT is back' });
  await away.peer.closed;
  expect((await dial(0)).dataCenter).toBe('NRT');
});

describe('a configuration', () => {
  const change = (emu: Awaited<ReturnType<typeof useEdge>>, service: string): void => {
    const { tunnelId } = credentialsOf(emu, 'app');
    emu.state.transact('api', (draft) =>
      draft.put('configurations', { id: tunnelId, config: { ingress: [{ service }] } }),
    );
  };
  const versionOf = async (emu: Awaited<ReturnType<typeof useEdge>>) =>
    (await stateOf(emu)).tunnels.find(({ name }) => name === 'app')?.connections[0]?.config_version;

  test('that changes is pushed, and its version recorded once it is applied', async () => {
    const emu = await useEdge();
    const peer = await useCloudflared(emu, 'app');
    const applied = new Promise<void>((resolve) => {
      peer.apply = ({ version }) => {
        resolve();
        return { lastAppliedVersion: version, err: null };
      };
    });
    change(emu, 'http_status:418');
    await applied;
    expect(peer.pushed.at(-1)).toEqual({ version: 2, config: { ingress: [{ service: 'http_status:418' }] } });
    await expect.poll(() => versionOf(emu)).toBe(2);
  });

  test('that the connector refuses leaves the version as it was', async () => {
    const emu = await useEdge();
    const peer = await useCloudflared(emu, 'app');
    const asked = new Promise<void>((resolve) => {
      peer.apply = () => {
        resolve();
        return { lastAppliedVersion: 1, err: 'no catch-all' };
      };
    });
    change(emu, 'http_status:418');
    await asked;
    expect(await versionOf(emu)).toBe(1);
  });

  test('reaches a connector that has a higher version, from before the edge was started anew', async () => {
    const emu = await useEdge();
    let applied = 7;
    const apply: CloudflaredPeer['apply'] = ({ version }) => {
      applied = Math.max(applied, version);
      return { lastAppliedVersion: applied, err: null };
    };
    const connectorId = randomUuid();
    const prepare = (each: CloudflaredPeer): void => {
      each.apply = apply;
    };
    const first = await useCloudflared(emu, 'app', { connectorId, index: 0, prepare });
    const second = await useCloudflared(emu, 'app', { connectorId, index: 1, listener: 1, prepare });
    expect(first.pushed.map(({ version }) => version)).toEqual([1, 8]);
    expect(second.pushed.map(({ version }) => version)).toEqual([8]);
    change(emu, 'http_status:418');
    await expect.poll(() => versionOf(emu)).toBe(2);
    expect(applied).toBe(9);
  });
});

describe('a connector leaves', () => {
  test('and gets nothing new, finishes what is open, and is let go', async () => {
    const emu = await useEdge();
    const leaving = await useCloudflared(emu, 'app');
    let finish: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => {
      leaving.serve = (stream) => {
        respond(stream, 200, []);
        finish = () => stream.end('finished');
        resolve();
      };
    });
    const open = ask(address(emu, 'url'), 'tunnel.example.com');
    await asked;
    await leaving.unregister();
    const late = await ask(address(emu, 'url'), 'tunnel.example.com');
    expect(late.status).toBe(530);
    const closed = nextEvent(emu, 'connection.closed');
    finish();
    expect(await open).toMatchObject({ status: 200, body: 'finished' });
    expect((await closed).data).toMatchObject({ reason: 'the connector left' });
    await leaving.closed;
  });

  test('without a word: what is open fails, and another connection takes what may be sent again', async () => {
    const emu = await useEdge();
    const breaking = await useCloudflared(emu, 'app', { index: 0 });
    breaking.serve = () => breaking.break();
    const other = await useCloudflared(emu, 'app', { index: 1, listener: 1 });
    other.serve = (stream) => {
      respond(stream, 200, []);
      stream.end('the other');
    };
    for (let count = 0; count < 3; count++)
      expect(await ask(address(emu, 'url'), 'tunnel.example.com')).toMatchObject({ status: 200, body: 'the other' });
  });

  test('silently: it no longer answers pings', async () => {
    const deadlines = new WatchedDeadlines();
    const emu = await useEdge({ deadlines });
    const peer = await useCloudflared(emu, 'app');
    await deadlines.set(20_000);
    const closed = nextEvent(emu, 'connection.closed');
    // Its process has stopped: nobody reads the socket any more.
    const session = await peer.session;
    peer.socket.pause();
    const handle = (peer.socket as unknown as { _handle: { readStop(): void } })._handle;
    handle.readStop();
    deadlines.elapse(20_000);
    await deadlines.set(10_000, 2);
    deadlines.elapse(10_000);
    expect((await closed).data).toMatchObject({ reason: 'no sign of life for 30 s' });
    session.destroy();
  });

  test('because the edge ends, which waits for what is open', async () => {
    const emu = await startEmulator({ config: configOfPaths({ port: 9 }), listen: LISTEN });
    const peer = await useCloudflared(emu, 'app');
    const asked = new Promise<() => void>((resolve) => {
      peer.serve = (stream) => {
        respond(stream, 200, []);
        resolve(() => stream.end('finished'));
      };
    });
    const open = ask(address(emu, 'url'), 'tunnel.example.com');
    const finish = await asked;
    const closed = emu.close();
    finish();
    expect(await open).toMatchObject({ status: 200, body: 'finished' });
    await Promise.all([closed, peer.closed]);
  });
});
