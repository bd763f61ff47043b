import { once } from 'node:events';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import type { ConfigInput, Emulator } from '../../emulator/index.js';
import { WatchedDeadlines } from '../support/deadlines.js';
import { address, useEmulator } from '../support/emulator.js';
import { parseRoute } from '../support/route.js';
import { closedPort, stuckPort, useOrigin, useServer, useSockets } from '../support/servers.js';

type Origin = NonNullable<NonNullable<ConfigInput['pools']>[number]['origins']>[number];

/** Seconds; below the span after which a silent connector is asked whether it is still there. */
const SHORT = 7;

/** One pool: the first endpoint is drawn nearly always, the others only once it was tried. */
function configOf(
  origins: readonly Origin[],
  { ssl = 'flexible', timeouts = {} }: { ssl?: 'flexible' | 'full'; timeouts?: Failing['timeouts'] } = {},
): ConfigInput {
  return {
    zones: [
      {
        name: 'example.com',
        settings: { ssl },
        load_balancers: [{ name: 'app.example.com', proxied: true, default_pools: ['pool'] }],
      },
    ],
    pools: [
      { name: 'pool', origins: origins.map((origin, index) => ({ weight: index === 0 ? 1 : 0.001, ...origin })) },
    ],
    tunnels: [
      { name: 'gone', config: { ingress: [{ service: 'http_status:404' }] } },
      {
        name: 'gateway',
        // A wide route does not open what is the connector's own, so nothing leads to an address of loopback.
        routes: ['10.1.2.0/24', '0.0.0.0/0'].map((network) => ({ network, virtual_network: 'lab' })),
      },
    ],
    virtual_networks: [{ name: 'lab' }],
    settings: { timeouts: { ...timeouts }, duplicate_addresses: 'allow' },
  };
}

interface Failing {
  readonly what: string;
  readonly first: () => Promise<Origin>;
  readonly failure: string;
  /** Seconds; the one that is given must pass before the failure shows. */
  readonly timeouts?: { readonly connect?: number; readonly response?: number };
  /** What the client sees where there is no failover. */
  readonly status?: number;
}

const byAddress = async (port: number | Promise<number>): Promise<Origin> => ({
  name: 'first',
  address: '127.0.0.1',
  port: await port,
});

const FAILS_OVER: readonly Failing[] = [
  { what: 'nobody listens (521)', first: () => byAddress(closedPort()), failure: 'refused' },
  {
    what: 'nobody listens behind a tunnel (521)',
    first: async () => ({ name: 'first', address: '10.1.2.3', port: await closedPort(), virtual_network: 'lab' }),
    failure: 'refused',
  },
  {
    what: 'the connection is not established in time (522)',
    first: () => byAddress(stuckPort()),
    failure: 'timeout',
    timeouts: { connect: SHORT },
  },
  {
    what: 'nothing leads to the address (523)',
    first: async () => ({ name: 'first', address: '127.0.0.9', port: 80, virtual_network: 'lab' }),
    failure: 'unreachable',
  },
];

const STAYS: readonly Failing[] = [
  {
    what: 'the origin itself answers 521',
    first: async () => byAddress((await useServer((_, response) => response.writeHead(521).end())).port),
    failure: 'none',
    status: 521,
  },
  {
    what: 'the connection is closed without an answer (520)',
    first: async () => byAddress((await useSockets((socket) => socket.once('data', () => socket.end()))).port),
    failure: 'reset',
    status: 520,
  },
  {
    what: 'no response comes in time (524)',
    first: async () => byAddress((await useServer(() => undefined)).port),
    failure: 'response_timeout',
    timeouts: { response: SHORT },
    status: 524,
  },
  {
    what: 'the tunnel has no connector (530)',
    first: async () => ({ name: 'first', tunnel: 'gone' }),
    failure: 'no_connector',
    status: 530,
  },
  {
    what: 'the name does not resolve (530)',
    first: async () => ({ name: 'first', address: 'nonexistent.invalid' }),
    failure: 'dns',
    status: 530,
  },
];

/** Sends one request to a pool whose first endpoint fails in this way, and whose second is well. */
async function askPool({ first, timeouts }: Failing) {
  const deadlines = new WatchedDeadlines();
  let served = 0;
  const { port } = await useServer((_request, response) => {
    served++;
    response.end('from the second');
  });
  const emu = await useEmulator({
    config: configOf([await first(), { name: 'second', address: '127.0.0.1', port }], { timeouts }),
    deadlines,
  });
  await emu.connect({ tunnel: 'gateway', maps: ['10.1.2.3/32=127.0.0.1/32'] });
  const answer = emu.fetch('http://app.example.com/', { method: 'POST', body: 'a small body' });
  if (timeouts) {
    await deadlines.set(SHORT * 1000);
    deadlines.elapse(SHORT * 1000);
  }
  const response = await answer;
  return {
    status: response.status,
    text: await response.text(),
    route: parseRoute(response.headers.get('colocal-route')),
    trace: traceOf(emu, response),
    served,
  };
}

const traceOf = (emu: Emulator, response: Response) =>
  emu.requests.find(String(parseRoute(response.headers.get('colocal-route')).ray));

describe('another endpoint of the pool answers', () => {
  test.each(FAILS_OVER)('where $what', async (failing) => {
    const { status, text, route, trace } = await askPool(failing);
    expect([status, text]).toEqual([200, 'from the second']);
    expect(route).toMatchObject({ endpoint: 'second', attempts: 2 });
    expect(trace?.attempts).toMatchObject([
      { pool: 'pool', endpoint: 'first', failure: failing.failure },
      { pool: 'pool', endpoint: 'second', status: 200 },
    ]);
    expect(trace?.reasons).toContainEqual(
      expect.objectContaining({ step: 'failover', subject: 'second', outcome: 'chosen' }),
    );
  });
});

describe('no other endpoint is asked', () => {
  test.each(STAYS)('where $what', async (failing) => {
    const { status, route, trace, served } = await askPool(failing);
    expect(status).toBe(failing.status);
    expect(route).toMatchObject({ endpoint: 'first', attempts: 1 });
    expect(trace?.attempts.map((attempt) => attempt.failure ?? 'none')).toEqual([failing.failure]);
    expect(served).toBe(0);
  });

  test('where the connector cannot reach the service of a tunnel (502)', async () => {
    const { port } = await useServer((_request, response) => response.end());
    const config = configOf([
      { name: 'first', tunnel: 'gone' },
      { name: 'second', address: '127.0.0.1', port },
    ]);
    const service = `http://127.0.0.1:${await closedPort()}`;
    const emu = await useEmulator({
      config: { ...config, tunnels: [{ name: 'gone', config: { ingress: [{ service }] } }], virtual_networks: [] },
    });
    await emu.connect({ tunnel: 'gone' });
    const response = await emu.fetch('http://app.example.com/');
    expect(response.status).toBe(502);
    expect(parseRoute(response.headers.get('colocal-route'))).toMatchObject({ endpoint: 'first', attempts: 1 });
  });
});

test('the handshake (525) fails over; when the second endpoint fails as well, the client gets its error', async () => {
  const plain = await useServer((_request, response) => response.end());
  const closed = await closedPort();
  const https = (origins: readonly Origin[]) => useEmulator({ config: configOf(origins, { ssl: 'full' }) });
  const one = await https([
    { name: 'first', address: '127.0.0.1', port: plain.port },
    { name: 'second', address: '127.0.0.1', port: closed },
  ]);
  const first = await one.fetch('https://app.example.com/');
  expect(first.status).toBe(521);
  expect(traceOf(one, first)?.attempts.map(({ failure }) => failure)).toEqual(['tls', 'refused']);
  const other = await https([
    { name: 'first', address: '127.0.0.1', port: closed },
    { name: 'second', address: '127.0.0.1', port: plain.port },
  ]);
  const second = await other.fetch('https://app.example.com/');
  expect(second.status).toBe(525);
  expect(parseRoute(second.headers.get('colocal-route'))).toMatchObject({ endpoint: 'second', attempts: 2 });
});

test('a WebSocket fails over while it connects', async () => {
  const origin = await useOrigin();
  const emu = await useEmulator({
    config: configOf([
      { name: 'first', address: '127.0.0.1', port: await closedPort() },
      { name: 'second', address: '127.0.0.1', port: origin.address.port },
    ]),
  });
  const socket = new WebSocket(`${address(emu, 'url').replace('http', 'ws')}/ws`, {
    headers: { host: 'app.example.com' },
  });
  onTestFinished(() => socket.terminate());
  const upgraded = once(socket, 'upgrade');
  await once(socket, 'open');
  const [answer] = await upgraded;
  expect(parseRoute(answer.headers['colocal-route'])).toMatchObject({ endpoint: 'second', attempts: 2 });
  socket.send('hello');
  expect(String((await once(socket, 'message'))[0])).toContain('hello');
});
