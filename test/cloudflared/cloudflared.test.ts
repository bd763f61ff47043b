import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import type { ConfigInput, Emulator, EmulatorOptions } from '../../emulator/index.js';
import { encodeToken } from '../../protocol/token.js';
import { digestOf, pattern } from '../support/bytes.js';
import { answered, ask, open, whole } from '../support/client.js';
import { address, configOfPaths, nextEvent, useEmulator } from '../support/emulator.js';
import { parseRoute } from '../support/route.js';
import { closedPort, useOrigin, useServer } from '../support/servers.js';
import { connectWebSocket, openWebSocket, refused, useWebSocketServer } from '../support/websocket.js';
import { CLOUDFLARED } from './support/binary.js';
import { inService, startCloudflared } from './support/process.js';

/** The scenarios of test/system/cloudflared*.test.ts, with the real program. */

const LISTEN = { cloudflared: ['127.0.0.1:0', '127.0.0.1:0', '127.0.0.1:0', '127.0.0.1:0'] } as const;
/** One connection is enough for most, and there at once. */
const ONE = { cloudflared: ['127.0.0.1:0'] } as const;
const APP = 'tunnel.example.com';

interface StateView {
  readonly tunnels: { name: string; ingress: unknown[]; connections: Record<string, unknown>[] }[];
}

async function tunnelOf(emu: Emulator, name: string) {
  const state = (await (await fetch(`${emu.apiUrl}/colocal/v1/state`)).json()) as StateView;
  const found = state.tunnels.find((tunnel) => tunnel.name === name);
  if (!found) throw new Error(`no tunnel is called ${name}`);
  return found;
}

async function useApp(
  port: number,
  config: ConfigInput = configOfPaths({ port }),
  options: Partial<EmulatorOptions> = {},
) {
  const emu = await useEmulator({ config, listen: ONE, ...options });
  const ready = inService(emu, 'app', 1);
  const cloudflared = await startCloudflared(emu, 'app');
  await ready;
  return { emu, cloudflared, url: address(emu, 'url') };
}

/** A private address that is on this machine as well: cloudflared dials what it is asked to. */
function privateLoopback(port: number): ConfigInput {
  const config = configOfPaths({ port });
  return {
    ...config,
    pools: [{ name: 'private', origins: [{ name: 'it', address: '127.0.0.1', port, virtual_network: 'lab' }] }],
    zones: [
      {
        name: 'example.com',
        settings: { ssl: 'flexible' },
        load_balancers: [{ name: 'private.example.com', proxied: true, default_pools: ['private'] }],
      },
    ],
    tunnels: [{ name: 'app', config: {}, routes: [{ network: '127.0.0.0/8', virtual_network: 'lab' }] }],
  };
}

describe.skipIf(CLOUDFLARED === undefined)('cloudflared itself', () => {
  test('registers four connections over two data centers, and is shown with its version', async () => {
    const origin = await useOrigin();
    const emu = await useEmulator({ config: configOfPaths({ port: origin.address.port }), listen: LISTEN });
    const ready = inService(emu, 'app', 4);
    const cloudflared = await startCloudflared(emu, 'app');
    await ready;
    const [, version] = await cloudflared.said(/INF Version (\S+)/);
    const { connections } = await tunnelOf(emu, 'app');
    expect(connections.map(({ index }) => index).sort()).toEqual([0, 1, 2, 3]);
    expect(connections.map(({ data_center }) => data_center).sort()).toEqual(['KIX', 'KIX', 'NRT', 'NRT']);
    for (const connection of connections)
      expect(connection).toMatchObject({ version, config_version: 1, origin_ip: '127.0.0.1', accepting: true });
    await cloudflared.said(/Registered tunnel connection connIndex=0 .*location=NRT01 protocol=http2/);
    const reply = await ask(address(emu, 'url'), APP, { path: '/get', headers: { 'colocal-colo': 'KIX' } });
    expect(reply).toMatchObject({ status: 200, headers: { 'x-origin': 'origin' } });
    expect(parseRoute(String(reply.headers['colocal-route']))).toMatchObject({
      tunnel: 'app',
      egress: 'KIX',
      connector: connections[0]?.connector_id,
    });
  });

  test('carries requests and bodies both ways, trailers and events', async () => {
    const { port } = await useServer((request, response) => {
      switch (request.url) {
        case '/echo':
          request.pipe(response);
          return;
        case '/trailers':
          response.writeHead(200, { Trailer: 'X-Sum' });
          response.write('summed');
          response.addTrailers({ 'X-Sum': '42' });
          response.end();
          return;
        case '/events':
          response.writeHead(200, { 'Content-Type': 'text/event-stream' });
          response.write('data: 1\n\n');
          return;
        default:
          response.writeHead(201, [
            ['X-Method', request.method ?? ''],
            ['X-Host', request.headers.host ?? ''],
            ['Set-Cookie', 'a=1'],
            ['Set-Cookie', 'b=2'],
          ]);
          response.end(request.headers['x-own']);
      }
    });
    const { url } = await useApp(port);
    const reply = await ask(url, APP, { method: 'PUT', headers: { 'x-own': 'mine' } }, 'body');
    expect(reply).toMatchObject({ status: 201, body: 'mine', headers: { 'x-method': 'PUT', 'x-host': APP } });
    expect(reply.headers['set-cookie']).toEqual(['a=1', 'b=2']);

    const size = 20 * 1024 * 1024;
    const upload = open(url, APP, { method: 'POST', path: '/echo' });
    const echoed = answered(upload).then((response) => digestOf(response));
    for (const chunk of pattern(size)) if (!upload.write(chunk)) await once(upload, 'drain');
    upload.end();
    expect(await echoed).toEqual(await digestOf(pattern(size)));

    expect(await ask(url, APP, { path: '/trailers', headers: { te: 'trailers' } })).toMatchObject({
      body: 'summed',
      trailers: { 'x-sum': '42' },
    });

    const events = open(url, APP, { path: '/events', headers: { accept: 'text/event-stream' } });
    events.end();
    expect(String((await once(await answered(events), 'data'))[0])).toBe('data: 1\n\n');
    events.destroy();
  });

  test('carries WebSockets, and their refusals', async () => {
    const { port, server } = await useServer((_request, response) => response.writeHead(426).end());
    await useWebSocketServer(
      (socket) => socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary })),
      { server },
    );
    const { emu } = await useApp(port);
    const { socket } = await connectWebSocket(emu, APP, '/');
    for (const message of ['hello', Buffer.alloc(1_000_000, 'large ')]) {
      socket.send(message);
      expect(Buffer.compare((await once(socket, 'message'))[0] as Buffer, Buffer.from(message))).toBe(0);
    }
    const closed = once(socket, 'close');
    socket.close(4000, 'done');
    expect((await closed)[0]).toBe(4000);

    const { port: closedOne } = { port: await closedPort() };
    const gone = await useApp(closedOne);
    expect((await whole(await refused(openWebSocket(gone.emu, APP, '/')))).status).toBe(502);
  });

  test('dials private addresses, and fails to', async () => {
    const origin = await useOrigin();
    const { url, emu } = await useApp(0, privateLoopback(origin.address.port));
    expect(await ask(url, 'private.example.com', { path: '/get' })).toMatchObject({ status: 200 });
    const { socket } = await connectWebSocket(emu, 'private.example.com', '/ws');
    socket.send('hi');
    expect(String((await once(socket, 'message'))[0])).toContain('hi');

    const gone = await useApp(0, privateLoopback(await closedPort()));
    expect((await ask(gone.url, 'private.example.com')).status).toBe(521);
    expect(gone.emu.requests.list(1)[0]?.attempts).toMatchObject([{ failure: 'unspecified' }]);
  });

  test('answers 502 itself where the service is not there, which is not the 502 of an origin', async () => {
    const { port } = await useServer((_request, response) => response.writeHead(502).end('the origin says so'));
    const there = await useApp(port);
    expect(await ask(there.url, APP)).toMatchObject({ status: 502, body: 'the origin says so' });
    expect(there.emu.requests.list(1)[0]?.attempts[0]).not.toHaveProperty('failure');
    const services = [
      `http://127.0.0.1:${await closedPort()}`,
      'http://no-such-name.invalid',
      `https://127.0.0.1:${port}`,
    ];
    const ingress = [...services.map((service, at) => ({ path: `^/${at}$`, service })), { service: 'http_status:404' }];
    const { tunnels = [], ...config } = configOfPaths({ port });
    const gone = await useApp(0, { ...config, tunnels: [{ name: 'app', config: { ingress } }, ...tunnels.slice(1)] });
    for (const [at, service] of services.entries()) {
      const { status, body } = await ask(gone.url, APP, { path: `/${at}` });
      expect([status, body]).toEqual([502, expect.stringContaining(`rule ${at + 1} (* ^/${at}$ -> ${service})`)]);
      expect(gone.emu.requests.list(1)[0]?.attempts).toMatchObject([{ failure: 'unspecified' }]);
    }
    expect((await ask(gone.url, APP, { path: '/none' })).status).toBe(404);
  });

  test('takes a changed configuration, and takes it back', async () => {
    const { emu, url, cloudflared } = await useApp(await closedPort());
    const { id } = [...emu.state.read().tunnels.values()].find(({ name }) => name === 'app') ?? { id: '' };
    for (const [version, status] of [
      [2, 418],
      [3, 451],
    ]) {
      const ingress = [{ service: `http_status:${status}` }];
      emu.state.transact('api', (draft) => draft.put('configurations', { id, config: { ingress } }));
      await cloudflared.said(new RegExp(`Updated to new configuration .*version=${version}`));
      await expect.poll(async () => (await tunnelOf(emu, 'app')).connections[0]?.config_version).toBe(version);
      expect((await ask(url, APP)).status).toBe(status);
    }
    // Back to what the file says, whatever number that had.
    await emu.reset();
    await expect.poll(async () => (await ask(url, APP)).status).toBe(502);
  });

  test('tells its own configuration, where the tunnel has none', async () => {
    const origin = await useOrigin();
    const config = configOfPaths({ port: origin.address.port });
    const emu = await useEmulator({
      config: { ...config, tunnels: [{ name: 'app' }, ...(config.tunnels?.slice(1) ?? [])] },
      listen: ONE,
    });
    const ready = inService(emu, 'app', 1);
    await startCloudflared(emu, 'app', { args: ['--url', `http://127.0.0.1:${origin.address.port}`] });
    await ready;
    expect((await ask(address(emu, 'url'), APP, { path: '/get' })).status).toBe(200);
    await expect
      .poll(async () => (await tunnelOf(emu, 'app')).ingress)
      .toEqual([{ service: `http://127.0.0.1:${origin.address.port}` }]);
  });

  test('is told why its token is not taken, and goes on trying', async () => {
    const emu = await useEmulator({ config: configOfPaths({ port: 9 }), listen: ONE });
    const event = nextEvent(emu, 'connector.refused');
    const { account, tunnels } = emu.state.read();
    const { id = '' } = [...tunnels.values()][0] ?? {};
    const token = encodeToken({ accountId: account.id, tunnelId: id, secret: Buffer.alloc(32).toString('base64') });
    const cloudflared = await startCloudflared(emu, 'app', { token });
    await cloudflared.said(/Unauthorized: Invalid tunnel secret/);
    expect((await event).data).toMatchObject({ code: 'TOKEN_WRONG' });
    await cloudflared.said(/Retrying connection/);
  });

  test('leaves when it is told to, after what is open has finished', async () => {
    let finish: () => void = () => undefined;
    const { port } = await useServer((_request, response) => {
      response.write('begun ');
      finish = () => response.end('and finished');
    });
    const { emu, url, cloudflared } = await useApp(port);
    const response = await answered(open(url, APP).end());
    cloudflared.stop();
    await cloudflared.said(/Unregistered tunnel connection/);
    await expect.poll(async () => (await ask(url, APP)).status).toBe(530);
    const closed = nextEvent(emu, 'connection.closed');
    finish();
    expect((await whole(response)).body).toBe('begun and finished');
    expect((await closed).data).toMatchObject({ reason: 'the connector left' });
    expect(await cloudflared.ended).toEqual({ code: 0 });
  });

  test('goes elsewhere and comes back where each address has a data center', { timeout: 90_000 }, async () => {
    const listen = {
      cloudflared: [
        { address: '127.0.0.1:0', data_center: 'NRT' },
        { address: '127.0.0.1:0', data_center: 'LHR' },
      ],
    };
    const { port } = await useServer((_request, response) => response.end('served'));
    const emu = await useEmulator({ config: configOfPaths({ port }), listen });
    const ready = inService(emu, 'app', 2);
    await startCloudflared(emu, 'app');
    await ready;
    const opened = nextEvent(emu, 'connection.opened');
    emu.faults.add({ name: 'dark', type: 'data_center_down', match: { data_center: 'NRT' } });
    expect((await ask(address(emu, 'url'), APP)).status).toBe(200);
    expect((await opened).data).toMatchObject({ data_center: expect.stringMatching(/KIX|HKG/) });
    const back = nextEvent(emu, 'connection.opened');
    emu.faults.remove('dark');
    expect((await back).data).toMatchObject({ data_center: 'NRT' });
    expect((await ask(address(emu, 'url'), APP)).status).toBe(200);
  });

  test('goes elsewhere when its data center goes down', async () => {
    const { emu, url } = await useApp(await closedPort());
    expect((await tunnelOf(emu, 'app')).connections[0]).toMatchObject({ data_center: 'NRT' });
    const closed = nextEvent(emu, 'connection.closed');
    const opened = nextEvent(emu, 'connection.opened');
    emu.state.transact('api', (draft) =>
      draft.put('faults', { name: 'dark', type: 'data_center_down', match: { data_center: 'NRT' } }),
    );
    expect((await closed).data).toMatchObject({ data_center: 'NRT' });
    expect((await opened).data).toMatchObject({ data_center: 'KIX' });
    expect((await ask(url, APP)).status).toBe(502);
  });
});
