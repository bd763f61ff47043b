import { connect as connectTcp } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { ConfigInput, Emulator } from '../../emulator/index.js';
import { ManualDeadlines } from '../../runtime/deadlines.js';
import { useEmulator } from '../support/emulator.js';
import { parseRoute } from '../support/route.js';

/** One app by its three kinds of address, none of which anybody here listens on; and a pool that is watched. */
const CONFIG: ConfigInput = {
  zones: [
    {
      name: 'example.com',
      load_balancers: ['public', 'tunnel', 'private', 'watched'].map((name) => ({
        name: `${name}.example.com`,
        proxied: true,
        default_pools: [name],
      })),
    },
  ],
  pools: [
    { name: 'public', origins: [{ name: 'by-name', address: 'origin.example.net', port: 8000 }] },
    { name: 'tunnel', origins: [{ name: 'app', tunnel: 'app', header: { Host: ['tunnel.example.com'] } }] },
    { name: 'private', origins: [{ name: 'db', address: '10.1.2.3', port: 8080, virtual_network: 'lab' }] },
    {
      name: 'watched',
      monitor: 'web',
      origins: [
        { name: 'a', address: '127.0.0.1', port: 3001 },
        { name: 'b', address: '127.0.0.1', port: 3002 },
      ],
    },
  ],
  monitors: [{ name: 'web', path: '/', expected_codes: '2xx', interval: 60 }],
  tunnels: [
    { name: 'app', config: { ingress: [{ service: 'http://localhost:3000' }] } },
    {
      name: 'gateway',
      config: { ingress: [{ service: 'http_status:404' }] },
      routes: [{ network: '10.1.2.0/24', virtual_network: 'lab' }],
    },
  ],
  virtual_networks: [{ name: 'lab' }],
  settings: { duplicate_addresses: 'allow' },
};

const statusOf = async (emu: Emulator, url: string): Promise<number> => (await emu.fetch(url)).status;

describe('origin', () => {
  test.each([
    ['a name of an endpoint', 'public', 'origin.example.net:8000', undefined],
    ['a service of a tunnel', 'tunnel', 'http://localhost:3000', 'app'],
    ['a private address', 'private', '10.1.2.3:8080', 'gateway'],
  ])('stands at %s', async (_, host, at, tunnel) => {
    const emu = await useEmulator({ config: CONFIG });
    if (tunnel) await emu.connect({ tunnel, connections: 1 });
    const origin = await emu.origin({ at, body: 'here' });
    const response = await emu.fetch(`http://${host}.example.com/orders?page=2`);
    expect([response.status, await response.text()]).toEqual([200, 'here']);
    expect(origin.requests).toMatchObject([{ method: 'GET', path: '/orders?page=2' }]);
    expect(origin.requests[0]?.headers['cf-ray']).toBe(response.headers.get('cf-ray'));
  });

  test('refuses connections while it is stopped, and answers again once it is started', async () => {
    const emu = await useEmulator({ config: CONFIG });
    const origin = await emu.origin({ at: 'origin.example.net:8000' });
    const url = 'http://public.example.com/';
    expect(await statusOf(emu, url)).toBe(200);
    await origin.stop();
    await origin.stop();
    expect(await statusOf(emu, url)).toBe(521);
    await origin.start();
    expect(await statusOf(emu, url)).toBe(200);
    await origin.close();
    await expect(origin.start()).rejects.toMatchObject({ code: 'ORIGIN_CLOSED' });
  });

  test('is cut off in the middle of an answer when it is stopped', async () => {
    const emu = await useEmulator({ config: CONFIG });
    const origin = await emu.origin({
      at: 'origin.example.net:8000',
      handler: (_request, response) => {
        response.write('the beginning');
      },
    });
    const response = await emu.fetch('http://public.example.com/');
    const rest = expect(response.text()).rejects.toThrow();
    await origin.stop();
    await rest;
  });

  test('answers by a handler, with a status, or as the sample', async () => {
    const emu = await useEmulator({ config: CONFIG });
    const answers = async (options: Parameters<typeof emu.origin>[0]): Promise<string> => {
      const { url } = await emu.origin(options);
      const response = await fetch(`${url}/x`);
      return `${response.status} ${(await response.text()).slice(0, 12)}`;
    };
    expect(await answers({ handler: (_, response) => void response.writeHead(418).end('tea') })).toBe('418 tea');
    expect(await answers({ status: 503, body: 'busy' })).toBe('503 busy');
    expect(await answers({ name: 'web-a' })).toBe('200 {\n  "origin"');
  });

  test('remembers the latest thousand requests', async () => {
    const emu = await useEmulator({ config: CONFIG });
    const { url, requests } = await emu.origin({ status: 204 });
    for (let count = 0; count < 1_003; count++) await fetch(`${url}/${count}`);
    expect(requests).toHaveLength(1_000);
    expect(requests[0]?.path).toBe('/3');
  });

  test('ends with its emulator', async () => {
    const emu = await useEmulator({ config: CONFIG });
    const { port } = await emu.origin();
    await emu.close();
    const code = await new Promise((resolve) => {
      connectTcp(port, '127.0.0.1').once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    });
    expect(code).toBe('ECONNREFUSED');
    await expect(emu.origin()).rejects.toMatchObject({ code: 'EMULATOR_CLOSED' });
  });

  test.each<[string, object, string]>([
    ['a place without a port', { at: 'localhost' }, 'origin needs the address of an origin, not "localhost"'],
    ['a misspelt option', { hander: () => undefined }, 'did you mean "handler"?'],
    ['an impossible status', { status: 99 }, 'cannot use the option status: 99'],
    ['a handler and a status', { handler: () => undefined, status: 200 }, 'status and body are not heeded'],
  ])('refuses %s', async (_, options, message) => {
    const emu = await useEmulator({ config: {} });
    await expect(emu.origin(options)).rejects.toMatchObject({
      code: 'BAD_OPTION',
      message: expect.stringContaining(message),
    });
  });
});

describe('map', () => {
  test('leads to an app that listens already, until it is undone', async () => {
    const emu = await useEmulator({ config: CONFIG });
    const app = await emu.origin({ body: 'the app' });
    const undo = emu.map('http://origin.example.net:8000', app.port);
    expect(await (await emu.fetch('http://public.example.com/')).text()).toBe('the app');
    undo();
    emu.map('origin.example.net:8000', '127.0.0.1:1');
    await app.stop();
    expect(await statusOf(emu, 'http://public.example.com/')).toBe(521);
  });

  test.each<[unknown, unknown]>([
    ['localhost', 3000],
    ['localhost:3000', 0],
    ['localhost:3000', 70_000],
    [5, 3000],
  ])('refuses %j to %j', async (place, to) => {
    const emu = await useEmulator({ config: {} });
    expect(() => emu.map(place as string, to as number)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
  });
});

describe('waitFor', () => {
  const watched = async (): Promise<Emulator> => useEmulator({ config: CONFIG, clock: 'manual' });

  test('health, while it lets the clock pass', async () => {
    const emu = await watched();
    const a = await emu.origin({ at: '127.0.0.1:3001' });
    await emu.origin({ at: '127.0.0.1:3002' });
    await emu.waitFor.health({ pool: 'watched', advance: true });
    const before = emu.clock.now();
    await a.stop();
    await emu.waitFor.health({ pool: 'watched', endpoint: 'a', is: 'unhealthy', advance: '2m' });
    expect(emu.clock.now() - before).toBeLessThanOrEqual(60_000);
    expect(parseRoute((await emu.fetch('http://watched.example.com/')).headers.get('colocal-route')).endpoint).toBe(
      'b',
    );
  });

  test('health, while somebody else does', async () => {
    const emu = await watched();
    await emu.origin({ at: '127.0.0.1:3001' });
    const healthy = emu.waitFor.health({ pool: 'watched', endpoint: 'a' });
    await emu.clock.advance('1m');
    await healthy;
  });

  test('the first results of all monitors', async () => {
    const emu = await useEmulator({ config: CONFIG });
    await emu.waitFor.firstResults();
    await emu.waitFor.health({ pool: 'watched', is: 'unhealthy' });
  });

  test('a tunnel with so many connections, and one with none', async () => {
    const emu = await useEmulator({ config: CONFIG });
    const connected = emu.waitFor.tunnel('app', { connections: 2 });
    const connector = await emu.connect({ tunnel: 'app', connections: 2 });
    await connected;
    const gone = emu.waitFor.tunnel('app', { connections: 0 });
    await connector.close();
    await gone;
  });

  test('says what it waited for, what is so instead, and what to do', async () => {
    const deadlines = new ManualDeadlines();
    const emu = await useEmulator({ config: CONFIG, clock: 'manual', deadlines });
    const inVain = expect(emu.waitFor.health({ pool: 'watched' })).rejects.toMatchObject({
      code: 'WAITED_IN_VAIN',
      message:
        'waited 4000 ms for all endpoints of pool watched to be healthy, but a is unknown (no decision yet); b is unknown (no decision yet)',
      fix: expect.stringContaining('the clock is manual'),
    });
    deadlines.elapse(4_000);
    await inVain;
    const tunnel = expect(emu.waitFor.tunnel('app', { timeout: 10 })).rejects.toMatchObject({
      message: 'waited 10 ms for tunnel app to have 1 connection, but it has 0',
    });
    deadlines.elapse(10);
    await tunnel;
  });

  test('gives up when no more model time is left, and tells why it is as it is', async () => {
    const emu = await watched();
    await emu.origin({ at: '127.0.0.1:3001' });
    await emu.origin({ at: '127.0.0.1:3002', status: 500 });
    await expect(emu.waitFor.health({ pool: 'watched', endpoint: 'b', advance: '5s' })).rejects.toMatchObject({
      message:
        'waited 5 s of model time for endpoint b of pool watched to be healthy, but b is unhealthy (Response code mismatch error)',
    });
  });

  test('ends with its emulator', async () => {
    const emu = await watched();
    const ended = expect(emu.waitFor.tunnel('app')).rejects.toMatchObject({ code: 'EMULATOR_CLOSED' });
    await emu.close();
    await ended;
  });

  test.each<[string, (emu: Emulator) => Promise<void>, string]>([
    ['a pool', (emu) => emu.waitFor.health({ pool: 'watchd' }), 'no pool called "watchd"; did you mean "watched"?'],
    ['an endpoint', (emu) => emu.waitFor.health({ pool: 'watched', endpoint: 'c' }), 'no endpoint of pool watched'],
    ['a pool without monitor', (emu) => emu.waitFor.health({ pool: 'public' }), 'no monitor watches it'],
    ['a tunnel', (emu) => emu.waitFor.tunnel('ap'), 'waitFor.tunnel finds no tunnel called "ap"'],
    ['a span', (emu) => emu.waitFor.tunnel('app', { advance: 'soon' }), 'cannot use the option advance: "soon"'],
  ])('refuses what it does not know: %s', async (_, wait, message) => {
    const emu = await useEmulator({ config: CONFIG });
    await expect(wait(emu)).rejects.toMatchObject({ code: 'BAD_OPTION', message: expect.stringContaining(message) });
  });
});
