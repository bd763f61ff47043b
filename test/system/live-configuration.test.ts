import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { stringify } from 'yaml';
import type { ConfigInput, Emulator } from '../../emulator/index.js';
import type { EdgeEvent } from '../../emulator/observe/journal.types.js';
import { FrameType } from '../../protocol/frames.js';
import { answered, ask, open, whole } from '../support/client.js';
import { ConnectorPeer } from '../support/connector-peer.js';
import {
  address,
  configOfPaths,
  hostOf,
  KINDS,
  nextEvent,
  tokenOf,
  useEmulator,
  usePeer,
} from '../support/emulator.js';
import { parseRoute } from '../support/route.js';
import { useOrigin, useServer } from '../support/servers.js';

/** A file that an edge follows, and a way to edit it that waits for what the edge makes of it. */
async function useConfigFile(config: ConfigInput) {
  const folder = await mkdtemp(join(tmpdir(), 'colocal-live-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'colocal.yaml');
  const write = async (text: string): Promise<void> => {
    // As editors save: the edge never sees half of it.
    await writeFile(`${path}.new`, text);
    await rename(`${path}.new`, path);
  };
  await write(stringify(config));
  const emu = await useEmulator({ config: path, watch: true });
  const events: EdgeEvent[] = [];
  emu.onEvent((event) => events.push(event));
  const edit = async (next: ConfigInput | string): Promise<EdgeEvent> => {
    const outcome = Promise.race([nextEvent(emu, 'config.applied'), nextEvent(emu, 'config.refused')]);
    await write(typeof next === 'string' ? next : stringify(next));
    return outcome;
  };
  return { emu, edit, events };
}

/** Asks until the answer is the expected one: a connector takes over what it was pushed a moment later. */
async function askUntil(emu: Emulator, url: string, holds: (body: string, status: number) => boolean): Promise<void> {
  for (let time = 0; time < 500; time++) {
    const response = await emu.fetch(url);
    if (holds(await response.text(), response.status)) return;
  }
  throw new Error(`${url} never gave the expected answer`);
}

type Tunnel = NonNullable<ConfigInput['tunnels']>[number];

function withTunnel(config: ConfigInput, name: string, change: (tunnel: Tunnel) => Tunnel | undefined): ConfigInput {
  const tunnels = (config.tunnels ?? []).flatMap((tunnel) =>
    tunnel.name === name ? (change(tunnel) ?? []) : [tunnel],
  );
  return { ...config, tunnels };
}

describe('an edit of the configuration', () => {
  test('takes effect with the next request; what runs goes on, connectors stay', async () => {
    const streams: ServerResponse[] = [];
    const { port } = await useServer(async (request, response) => {
      if (request.url === '/events') {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write('data: before\n\n');
        streams.push(response);
      } else response.end(`before: ${(await whole(request)).body}`);
    });
    const after = await useServer((_request, response) => response.end('after'));
    const { emu, edit, events } = await useConfigFile(configOfPaths({ port }));
    await emu.connect({ tunnel: 'app', location: 'NRT' });
    await emu.connect({ tunnel: 'gateway', location: 'NRT', maps: ['10.1.2.3/32=127.0.0.1/32'] });
    const url = address(emu, 'url');
    const hosts = KINDS.map(hostOf);

    const running = await Promise.all(hosts.map((host) => answered(open(url, host, { path: '/events' }).end())));
    const uploads = hosts.map((host) => open(url, host, { method: 'POST', path: '/upload' }));
    for (const upload of uploads) upload.write('first half, ');
    const uploaded = uploads.map(answered);

    const edited = configOfPaths({ port: after.port, settings: { timeouts: { connect: 3, response: 60 } } });
    expect((await edit(edited)).type).toBe('config.applied');

    for (const host of hosts) await askUntil(emu, `http://${host}/`, (body) => body === 'after');
    // What the edge decides itself it decides at once.
    expect(emu.requests.list().filter((trace) => trace.host !== 'tunnel.example.com')).toHaveLength(2);

    for (const response of streams) response.end('data: still here\n\n');
    for (const stream of running) expect((await whole(stream)).body).toBe('data: before\n\ndata: still here\n\n');
    for (const upload of uploads) upload.end('second half');
    for (const upload of uploaded) expect((await whole(await upload)).body).toBe('before: first half, second half');
    expect(events.map((event) => event.type)).not.toContain('connection.closed');
  });

  test('that is wrong is refused whole and says where and why; the next good one is applied', async () => {
    const origin = await useOrigin();
    const other = await useOrigin('other');
    const config = configOfPaths({ port: origin.address.port });
    const { emu, edit } = await useConfigFile(config);
    const revision = emu.state.read().revision;

    const wrong = configOfPaths({ port: other.address.port });
    const refused = await edit(stringify(wrong).replace('default_pools', 'default_pool'));
    expect(refused.type).toBe('config.refused');
    expect(refused.message).toMatch(/colocal\.yaml:\d+:\d+/);
    expect(refused.message).toMatch(/did you mean "?default_pools/i);
    expect(emu.state.read().revision).toBe(revision);
    expect(await (await emu.fetch('http://public.example.com/')).json()).toMatchObject({ origin: 'origin' });

    expect((await edit('zones: [')).type).toBe('config.refused');
    expect((await edit(wrong)).type).toBe('config.applied');
    expect(await (await emu.fetch('http://public.example.com/')).json()).toMatchObject({ origin: 'other' });
  });

  test('of a tunnel’s ingress rules is pushed to its connectors and to nobody else’s', async () => {
    const origin = await useOrigin();
    const config = configOfPaths({ port: origin.address.port });
    const { emu, edit } = await useConfigFile(config);
    const url = address(emu, 'connectorsUrl');
    const app = await ConnectorPeer.connect(url, tokenOf(emu, 'app'));
    const gateway = await ConnectorPeer.connect(url, tokenOf(emu, 'gateway'));
    onTestFinished(() => {
      app.close();
      gateway.close();
    });
    const first = JSON.parse(String((await app.next(FrameType.CONFIG)).payload));
    await gateway.next(FrameType.CONFIG);
    expect(first).toMatchObject({ config: { ingress: [{ service: `http://127.0.0.1:${origin.address.port}` }] } });
    await edit(
      withTunnel(config, 'app', (tunnel) => ({ ...tunnel, config: { ingress: [{ service: 'http_status:418' }] } })),
    );
    const second = JSON.parse(String((await app.next(FrameType.CONFIG)).payload));
    expect(second).toMatchObject({ config: { ingress: [{ service: 'http_status:418' }] }, version: first.version + 1 });

    // Routes go to whose they are. Answers come in order, so a request behind shows that nothing came before it.
    await edit(
      withTunnel(config, 'gateway', (tunnel) => ({
        ...tunnel,
        routes: [...(tunnel.routes ?? []), { network: '10.9.0.0/16', virtual_network: 'lab' }],
      })),
    );
    const routes = JSON.parse(String((await gateway.next(FrameType.CONFIG)).payload));
    expect(routes.networks).toEqual(['10.1.2.0/24', '10.9.0.0/16']);
  });

  test('of a tunnel’s ingress rules is what its connectors then do', async () => {
    const origin = await useOrigin();
    const config = configOfPaths({ port: origin.address.port });
    const { emu, edit } = await useConfigFile(config);
    await emu.connect({ tunnel: 'app' });
    expect((await emu.fetch('http://tunnel.example.com/')).status).toBe(200);
    await edit(
      withTunnel(config, 'app', (tunnel) => ({ ...tunnel, config: { ingress: [{ service: 'http_status:418' }] } })),
    );
    await askUntil(emu, 'http://tunnel.example.com/', (_body, status) => status === 418);
  });

  test('that moves a route moves the next request to a private address', async () => {
    const origin = await useOrigin();
    const base = configOfPaths({ port: origin.address.port });
    const wide: Tunnel = {
      name: 'wide',
      config: { ingress: [{ service: 'http_status:404' }] },
      routes: [{ network: '10.0.0.0/8', virtual_network: 'lab' }],
    };
    const config: ConfigInput = { ...base, tunnels: [...(base.tunnels ?? []), wide] };
    const { emu, edit } = await useConfigFile(config);
    const maps = ['10.1.2.3/32=127.0.0.1/32'];
    await emu.connect({ tunnel: 'gateway', maps });
    await emu.connect({ tunnel: 'wide', maps });
    const tunnelNow = async () => {
      const response = await emu.fetch('http://private.example.com/');
      await response.arrayBuffer();
      return parseRoute(response.headers.get('colocal-route')).tunnel;
    };
    expect(await tunnelNow()).toBe('gateway');
    await edit(withTunnel(config, 'gateway', (tunnel) => ({ ...tunnel, routes: [] })));
    expect(await tunnelNow()).toBe('wide');
    await edit(config);
    expect(await tunnelNow()).toBe('gateway');
  });

  test('that takes the last route to an endpoint away is refused while the endpoint is there', async () => {
    const origin = await useOrigin();
    const config = configOfPaths({ port: origin.address.port });
    const { emu, edit } = await useConfigFile(config);
    await emu.connect({ tunnel: 'gateway', maps: ['10.1.2.3/32=127.0.0.1/32'] });
    const refused = await edit(withTunnel(config, 'gateway', (tunnel) => ({ ...tunnel, routes: [] })));
    expect(refused.type).toBe('config.refused');
    expect(refused.message).toMatch(/add a route for 10\.1\.2\.3/);
    expect((await emu.fetch('http://private.example.com/')).status).toBe(200);
  });

  test('that deletes a tunnel closes its connections, and says why', async () => {
    const origin = await useOrigin();
    const config = configOfPaths({ port: origin.address.port });
    const pinned: ConfigInput = {
      ...config,
      zones: [
        {
          name: 'example.com',
          load_balancers: [{ name: 'public.example.com', proxied: true, default_pools: ['public'] }],
        },
      ],
      pools: (config.pools ?? []).filter((pool) => pool.name === 'public'),
    };
    const { emu, edit } = await useConfigFile(config);
    const url = address(emu, 'connectorsUrl');
    const deleted = await usePeer(emu, 'app');
    const token = tokenOf(emu, 'app');
    const kept = await emu.connect({ tunnel: 'gateway', maps: ['10.1.2.3/32=127.0.0.1/32'] });
    const closed = nextEvent(emu, 'connection.closed');
    await edit(withTunnel(pinned, 'app', () => undefined));
    expect((await deleted.closed).reason).toBe('the tunnel was deleted');
    expect((await closed).data).toMatchObject({ reason: 'the tunnel was deleted' });
    await expect(ConnectorPeer.dial(url, token)).rejects.toThrow('404');
    // Back again, and nobody but its own connectors has noticed.
    await edit(config);
    const response = await emu.fetch('http://private.example.com/');
    expect(parseRoute(response.headers.get('colocal-route')).connector).toBe(kept.id);
  });

  test('turns always_use_https on: http is redirected, https is served', async () => {
    const origin = await useOrigin();
    const config = configOfPaths({ port: origin.address.port });
    const { emu, edit } = await useConfigFile(config);
    const zones = (config.zones ?? []).map((zone) => ({
      ...zone,
      settings: { ssl: 'flexible' as const, always_use_https: true },
    }));
    await edit({ ...config, zones });
    const { port } = new URL(address(emu, 'url'));
    const redirect = await ask(address(emu, 'url'), `public.example.com:${port}`, { path: '/a?b=1' });
    expect(redirect.status).toBe(301);
    expect(redirect.headers.location).toBe('https://public.example.com/a?b=1');
    expect(emu.requests.list(1)[0]).toMatchObject({ status: 301, attempts: [] });
    const followed = await emu.fetch('http://public.example.com/a?b=1');
    expect(followed.url).toBe('https://public.example.com/a?b=1');
    expect(await followed.json()).toMatchObject({ path: '/a?b=1', headers: { 'x-forwarded-proto': 'https' } });
  });

  test('removes a data center: connections that end there are closed and come back elsewhere', async () => {
    const origin = await useOrigin();
    const config: ConfigInput = {
      ...configOfPaths({ port: origin.address.port }),
      data_centers: ['NRT', 'KIX', 'LHR'],
    };
    const { emu, edit } = await useConfigFile(config);
    await emu.connect({ tunnel: 'app', location: 'KIX', connections: 1 });
    const closed = nextEvent(emu, 'connection.closed');
    const reopened = nextEvent(emu, 'connection.opened');
    await edit({ ...config, data_centers: ['NRT', 'LHR'] });
    expect((await closed).data).toMatchObject({ data_center: 'KIX' });
    expect((await reopened).data).toMatchObject({ data_center: 'NRT' });
  });
});

test('an upload to a service that the edit takes away ends where it began', async () => {
  let arrive: () => void = () => undefined;
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const { port } = await useServer(async (request, response) => {
    arrive();
    response.end((await whole(request)).body);
  });
  const config = configOfPaths({ port });
  const { emu, edit } = await useConfigFile(config);
  await emu.connect({ tunnel: 'app' });
  const upload = open(address(emu, 'url'), 'tunnel.example.com', { method: 'POST' });
  upload.write('before, ');
  await arrived;
  await edit(
    withTunnel(config, 'app', (tunnel) => ({ ...tunnel, config: { ingress: [{ service: 'http_status:410' }] } })),
  );
  await askUntil(emu, 'http://tunnel.example.com/', (_body, status) => status === 410);
  upload.end('after');
  expect((await whole(await answered(upload))).body).toBe('before, after');
});
