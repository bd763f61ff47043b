import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { Emulator } from '../../emulator/index.js';
import { ManualDeadlines } from '../../runtime/deadlines.js';
import { readUntil } from '../support/client.js';
import { address } from '../support/emulator.js';
import { closedPort, useSockets } from '../support/servers.js';
import { endOf, knock, useSpectrum } from '../support/spectrum.js';

/** A server that says its name first, and then whatever it is told. */
async function useEcho(name: string): Promise<number> {
  const { port } = await useSockets((socket) => {
    socket.write(`${name}:`);
    socket.pipe(socket);
  });
  return port;
}

const steps = (emu: Emulator): string[] =>
  emu.requests.list(1)[0]?.reasons.map(({ step, outcome }) => `${step} ${outcome}`) ?? [];

/** The end of a connection that is in the journal from the moment it stands. */
async function ended(emu: Emulator): Promise<ReturnType<Emulator['requests']['list']>[number] | undefined> {
  for (let turn = 0; turn < 1_000 && emu.requests.list(1)[0]?.outcome === undefined; turn++) {
    await new Promise(setImmediate);
  }
  return emu.requests.list(1)[0];
}

describe('a connection', () => {
  test('goes to an endpoint of the load balancer, and is recorded', async () => {
    const { emu, connect } = await useSpectrum({ ports: [await useEcho('a')] });
    const socket = await connect();
    expect(await readUntil(socket, (text) => text === 'a:')).toBe('a:');
    socket.end('hello');
    expect(await readUntil(socket, (text) => text === 'hello')).toBe('hello');
    expect(await endOf(socket)).toBe('end');
    expect(await ended(emu)).toMatchObject({
      scheme: 'tcp',
      host: 'db',
      spectrum: { protocol: 'spectrum', application: 'db', port: Number(new URL(emu.spectrum.db ?? '').port) },
      loadBalancer: 'db.example.com',
      pool: 'main',
      endpoint: 'a',
      status: 200,
      outcome: 'complete',
      requestBytes: 5,
      responseBytes: 7,
    });
  });

  test('that is ended by its client before it stands still gets its answer', async () => {
    const { port } = await useSockets((socket) => {
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('end', () => socket.end(`answer to ${text}`));
    });
    const { connect } = await useSpectrum({ ports: [port] });
    const socket = await connect();
    socket.end('early');
    expect(await readUntil(socket, (text) => text.endsWith('early'))).toBe('answer to early');
  });

  test('may be ended by the endpoint first, and then the client goes on', async () => {
    let heard: (text: string) => void = () => undefined;
    const all = new Promise<string>((resolve) => {
      heard = resolve;
    });
    const { port } = await useSockets((socket) => {
      socket.end('bye');
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('end', () => heard(text));
    });
    const { connect } = await useSpectrum({ ports: [port] });
    const socket = await connect();
    socket.allowHalfOpen = true;
    expect(await endOf(socket)).toBe('end');
    socket.end('still here');
    expect(await all).toBe('still here');
  });

  test('that the endpoint resets is reset', async () => {
    const { port } = await useSockets((socket) => socket.once('data', () => socket.resetAndDestroy()));
    const { emu, connect } = await useSpectrum({ ports: [port] });
    const socket = await connect();
    socket.write('x');
    expect(await endOf(socket)).toBe('reset');
    expect(await ended(emu)).toMatchObject({ status: 200, outcome: 'cut_off', requestBytes: 1 });
  });

  test('that the client resets is reset at the endpoint', async () => {
    let end: (how: string) => void = () => undefined;
    const origin = new Promise<string>((resolve) => {
      end = resolve;
    });
    const { port } = await useSockets((socket) => {
      socket.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? ''));
      socket.on('end', () => end('ended'));
      socket.write('ready');
      socket.resume();
    });
    const { emu, connect } = await useSpectrum({ ports: [port] });
    const socket = await connect();
    await readUntil(socket, (text) => text === 'ready');
    socket.resetAndDestroy();
    expect(await origin).toBe('ECONNRESET');
    expect(await ended(emu)).toMatchObject({ outcome: 'client_closed' });
  });

  test('on which nothing moves is ended after settings.timeouts.idle', async () => {
    const deadlines = new ManualDeadlines();
    const { emu, connect } = await useSpectrum(
      { ports: [await useEcho('a')], config: { settings: { timeouts: { idle: 60 } } } },
      { deadlines },
    );
    const socket = await connect();
    await readUntil(socket, (text) => text === 'a:');
    deadlines.elapse(60_000);
    await new Promise((resolve) => socket.once('close', resolve).resume());
    const trace = await ended(emu);
    expect(trace).toMatchObject({ outcome: 'cut_off' });
    expect(trace?.reasons.at(-1)?.detail).toContain('timeouts.idle');
  });

  test('enters where clients says, by its address', async () => {
    const { emu, connect } = await useSpectrum({
      ports: [await useEcho('a')],
      config: { clients: [{ network: '127.0.0.0/8', data_center: 'LHR', country: 'GB' }] },
    });
    await readUntil(await connect(), (text) => text === 'a:');
    expect(emu.requests.list(1)[0]).toMatchObject({ dataCenter: 'LHR', country: 'GB', clientIp: '127.0.0.1' });
  });
});

describe('steering', () => {
  test('tries one further endpoint of the pool when the first refuses', async () => {
    const closed = await closedPort();
    const { emu } = await useSpectrum({
      pool: {
        origins: [
          { name: 'a', address: '127.0.0.1', port: closed },
          { name: 'b', address: '127.0.0.2', port: closed, weight: 0.01 },
        ],
      },
    });
    expect(await knock(emu)).toBe('reset');
    expect(emu.requests.list(1)[0]).toMatchObject({ status: 521, attempts: [{}, {}], outcome: 'complete' });
    expect(steps(emu)).toContain('failover chosen');
  });

  test('and the further one takes the connection, with all the client said', async () => {
    const { port } = await useSockets((socket) => socket.pipe(socket));
    const closed = await closedPort();
    const { emu, connect } = await useSpectrum({
      pool: {
        origins: [
          { name: 'a', address: '127.0.0.2', port: closed },
          { name: 'b', address: '127.0.0.1', port, weight: 0.01 },
        ],
      },
    });
    const socket = await connect();
    socket.write('said before it stood');
    expect(await readUntil(socket, (text) => text.length === 20)).toBe('said before it stood');
    expect(emu.requests.list(1)[0]).toMatchObject({
      endpoint: 'b',
      attempts: [{ endpoint: 'a', failure: 'refused' }, { endpoint: 'b' }],
    });
  });

  test('does not leave the pool, whatever failover_across_pools says', async () => {
    const closed = await closedPort();
    const { emu } = await useSpectrum({
      loadBalancer: { default_pools: ['main', 'other'], adaptive_routing: { failover_across_pools: true } },
      config: {
        pools: [
          { name: 'main', origins: [{ name: 'a', address: '127.0.0.1', port: closed }] },
          { name: 'other', origins: [{ name: 'b', address: '127.0.0.1', port: await useEcho('b') }] },
        ],
      },
    });
    expect(await knock(emu)).toBe('reset');
    expect(emu.requests.list(1)[0]).toMatchObject({ status: 521, attempts: [{ pool: 'main' }] });
    expect(steps(emu)).toContain('load_balancer limited');
  });

  test('has neither rules nor sessions', async () => {
    const { emu, connect } = await useSpectrum({
      loadBalancer: { session_affinity: 'ip_cookie', rules: [{ fixed_response: { status_code: 200 } }] },
      ports: [await useEcho('a')],
    });
    expect(await readUntil(await connect(), (text) => text === 'a:')).toBe('a:');
    expect(emu.requests.list(1)[0]?.reasons).toContainEqual(
      expect.objectContaining({ outcome: 'limited', detail: expect.stringContaining('rules, session_affinity') }),
    );
  });

  test('by hash sends a client to the same endpoint each time', async () => {
    const ports = [await useEcho('a'), await useEcho('b'), await useEcho('c')];
    const { connect } = await useSpectrum({
      config: {
        settings: { duplicate_addresses: 'allow' },
        pools: [
          {
            name: 'main',
            origin_steering: { policy: 'hash' },
            origins: ports.map((port, index) => ({ name: `${index}`, address: '127.0.0.1', port })),
          },
        ],
      },
    });
    const names = new Set<string>();
    for (let time = 0; time < 8; time++) names.add(await readUntil(await connect(), (text) => text.endsWith(':')));
    expect(names.size).toBe(1);
  });

  test.each([
    ['a disabled load balancer', { enabled: false }, 530, 'load_balancer refused'],
    [
      'a fixed response',
      { pool_sets: [{ name: 'closed', match: { default: true }, fixed_response: { status_code: 503 } }] },
      530,
      'pool_set refused',
    ],
  ])('%s resets the connection', async (_name, loadBalancer, status, step) => {
    const { emu } = await useSpectrum({ loadBalancer, ports: [await useEcho('a')] });
    expect(await knock(emu)).toBe('reset');
    expect(emu.requests.list(1)[0]).toMatchObject({ status, error: 1016, attempts: [], outcome: 'complete' });
    expect(steps(emu)).toContain(step);
  });

  test('finds no pool: 1016', async () => {
    const { emu } = await useSpectrum({ ports: [await useEcho('a')], pool: { enabled: false } });
    expect(await knock(emu)).toBe('reset');
    expect(emu.requests.list(1)[0]).toMatchObject({ status: 530, error: 1016 });
  });

  test('by least_connections goes to whoever has the fewest open', async () => {
    const hold = async (name: string, host: string): Promise<number> => {
      const take = (socket: Socket): void => {
        socket.write(name);
        socket.on('end', () => socket.end()).resume();
      };
      return (await useSockets(take, host)).port;
    };
    const { emu, connect } = await useSpectrum({
      ports: [await hold('a', '127.0.0.1'), await hold('b', '127.0.0.2')],
      pool: { origin_steering: { policy: 'least_connections' } },
    });
    const opened = async (count: number): Promise<Record<'a' | 'b', Socket[]>> => {
      const sockets: Record<'a' | 'b', Socket[]> = { a: [], b: [] };
      for (let time = 0; time < count; time++) {
        const socket = await connect();
        const name = await readUntil(socket, (text) => text === 'a' || text === 'b');
        sockets[name === 'a' ? 'a' : 'b'].push(socket);
      }
      return sockets;
    };
    const first = await opened(40);
    // A draw by weight, in which each open connection counts: neither gets far ahead.
    expect(Math.abs(first.a.length - first.b.length)).toBeLessThan(10);

    for (const socket of first.a) socket.end();
    const over = (): number => emu.requests.list(100).filter(({ outcome }) => outcome !== undefined).length;
    for (let turn = 0; turn < 10_000 && over() < first.a.length; turn++) await new Promise(setImmediate);
    const then = await opened(8);
    expect(then.a.length).toBeGreaterThan(then.b.length + 2);
    const details = emu.requests.list(1)[0]?.reasons.map(({ detail }) => detail);
    expect(details).toContainEqual(expect.stringMatching(/with \d+ open connections/));
  });

  test('a fault that refuses connections is seen as 521', async () => {
    const { emu } = await useSpectrum({ ports: [await useEcho('a')] });
    emu.faults.add({ name: 'down', type: 'origin_refuse', match: { pool: 'main' } });
    expect(await knock(emu)).toBe('reset');
    expect(emu.requests.list(1)[0]).toMatchObject({ status: 521 });
  });

  test('a tunnel’s host name is no endpoint for TCP', async () => {
    const { emu } = await useSpectrum({
      config: {
        tunnels: [{ name: 'app', config: { ingress: [{ service: 'http_status:404' }] } }],
        pools: [{ name: 'main', origins: [{ name: 'a', tunnel: 'app' }] }],
      },
    });
    await emu.connect({ tunnel: 'app', connections: 1 });
    expect(await knock(emu)).toBe('reset');
    expect(emu.requests.list(1)[0]).toMatchObject({ status: 521 });
  });
});

describe('an endpoint', () => {
  test('without a port is reached at the port of the listener, through its tunnel', async () => {
    const echo = await useEcho('private');
    const { emu, connect } = await useSpectrum({
      config: {
        tunnels: [
          {
            name: 'gateway',
            config: { ingress: [{ service: 'http_status:404' }] },
            routes: [{ network: '10.1.2.0/24' }],
          },
        ],
        pools: [{ name: 'main', origins: [{ name: 'a', address: '10.1.2.3', virtual_network: 'default' }] }],
      },
    });
    const { port } = new URL(emu.spectrum.db ?? '');
    await emu.connect({
      tunnel: 'gateway',
      connections: 1,
      maps: [`10.1.2.3:${port}=127.0.0.1:${echo}`, '10.1.2.3/32=127.0.0.9/32'],
    });
    expect(await readUntil(await connect(), (text) => text === 'private:')).toBe('private:');
    expect(emu.requests.list(1)[0]).toMatchObject({ attempts: [{ tunnel: 'gateway', address: '10.1.2.3' }] });
    expect(steps(emu)).toContain('route chosen');
  });
});

test('explain says what a connection would come to', async () => {
  const { emu } = await useSpectrum({ ports: [await useEcho('a')] });
  expect(await explained(emu, { url: 'spectrum://db', colo: 'LHR' })).toMatchObject({
    outcome: 'attempt',
    url: 'spectrum://db',
    colo: 'LHR',
    load_balancer: 'db.example.com',
    endpoint: 'a',
    spectrum: { application: 'db' },
  });
  expect(emu.requests.list()).toEqual([]);
  expect(await explained(emu, { url: 'spectrum://dc' })).toMatchObject({
    message: expect.stringContaining('did you mean "db"'),
  });
  expect(await explained(emu, { url: 'spectrum://db', user: 'alice@example.com' })).toMatchObject({
    message: expect.stringContaining('user'),
  });
});

async function explained(emu: Emulator, body: object): Promise<unknown> {
  const response = await fetch(`${address(emu, 'apiUrl')}/colocal/v1/explain`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const said = (await response.json()) as { error?: unknown };
  return said.error ?? said;
}
