import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import { DATA_CENTERS } from '../../emulator/geo/data-centers.js';
import { roundTripMs } from '../../emulator/geo/round-trip.js';
import type { ConfigInput, Emulator } from '../../emulator/index.js';
import { digestOf, pattern } from '../support/bytes.js';
import { answered, dial, open, readUntil, whole } from '../support/client.js';
import { useCloudflared } from '../support/cloudflared.js';
import { respond } from '../support/cloudflared-peer.js';
import { WatchedDeadlines } from '../support/deadlines.js';
import { address, configOfPaths, hostOf, KINDS, type PathKind, useEmulator } from '../support/emulator.js';
import { advance, poolIn } from '../support/health.js';
import { socks } from '../support/on-ramp.js';
import { closedPort, useServer, useSockets } from '../support/servers.js';
import { connectWebSocket, useWebSocketServer } from '../support/websocket.js';

const between = (a: string, b: string): number => {
  const [from, to] = [DATA_CENTERS.get(a), DATA_CENTERS.get(b)];
  if (!from || !to) throw new Error('these data centers exist');
  return roundTripMs(from, to);
};

/** Milliseconds from Tokyo there and back: the public endpoint stands in Frankfurt, the connectors in London and Sydney. */
const ROUND_TRIP: Readonly<Record<PathKind, number>> = {
  public: between('NRT', 'FRA'),
  tunnel: between('NRT', 'LHR'),
  private: between('NRT', 'SYD'),
};

/** Seconds; nothing else waits as long, so that it tells when a request is on its way. Less than tunnels live without a sign. */
const RESPONSE_TIMEOUT = 1.7;
const SETTINGS = { simulate_latency: true, timeouts: { response: RESPONSE_TIMEOUT } };

/** Three ways to one origin, each as long as the model says. Time, of the model and of deadlines, passes by hand. */
async function useDistance(port: number, more: ConfigInput = {}) {
  const deadlines = new WatchedDeadlines();
  const emu = await useEmulator({
    clock: 'manual',
    deadlines,
    config: {
      ...configOfPaths({ port, settings: SETTINGS }),
      data_centers: ['NRT', 'LHR', 'SYD'],
      locations: [{ match: '127.0.0.1', data_center: 'FRA' }],
      ...more,
    },
  });
  await Promise.all([
    emu.connect({ tunnel: 'app', location: 'LHR', connections: 1 }),
    emu.connect({ tunnel: 'gateway', location: 'SYD', connections: 1, maps: ['10.1.2.3/32=127.0.0.1/32'] }),
  ]);
  /** Resolves when so many requests have been sent on their way. */
  const sent = (count = 1): Promise<void> => deadlines.set(RESPONSE_TIMEOUT * 1000, count);
  return { emu, deadlines, sent };
}

/** An exchange, and whether its answer has begun. */
function ask(emu: Emulator, host: string, path: string) {
  const request = open(address(emu, 'url'), host, { path }).end();
  const asked = { request, response: undefined as IncomingMessage | undefined, answer: answered(request) };
  asked.answer.then(
    (response) => {
      asked.response = response;
    },
    () => undefined,
  );
  return asked;
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

/** Lets model time pass, a little at a time with real work between, until it is done. */
async function passUntil(emu: Emulator, done: Promise<unknown>, step: number): Promise<void> {
  let over = false;
  const end = (): void => {
    over = true;
  };
  done.then(end, end);
  while (!over) {
    await emu.clock.advance(step);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe.each(KINDS)('by %s path', (kind) => {
  const host = hostOf(kind);
  const roundTrip = ROUND_TRIP[kind];

  test('an answer comes when its round trip has passed, and not before', async () => {
    const seen: string[] = [];
    const { port } = await useServer((request, response) => {
      seen.push(request.url ?? '');
      response.end('far away');
    });
    const { emu, sent } = await useDistance(port);
    const asked = ask(emu, host, '/hello');
    await sent();
    await emu.clock.advance(roundTrip / 2 - 1);
    expect(seen).toEqual([]);
    await emu.clock.advance(1);
    expect(seen).toEqual(['/hello']);
    await emu.clock.advance(roundTrip / 2 - 1);
    expect(asked.response).toBeUndefined();
    await emu.clock.advance(1);
    const { body, headers } = await whole(await asked.answer);
    expect(body).toBe('far away');
    const { startedAt = 0, endedAt = 0 } = emu.requests.find(String(headers['cf-ray'])) ?? {};
    expect(endedAt - startedAt).toBeCloseTo(roundTrip, 2);
  });

  test('bodies go there and come back whole, larger than what may be on the way', async () => {
    const { port } = await useServer((request, response) => void request.pipe(response));
    const { emu } = await useDistance(port);
    const body = Buffer.concat([...pattern(3 * 1024 * 1024)]);
    const request = open(address(emu, 'url'), host, { method: 'POST' });
    request.end(body);
    const echoed = answered(request).then((response) => digestOf(response));
    await passUntil(emu, echoed, roundTrip / 2);
    expect(await echoed).toEqual(await digestOf([body]));
  });

  test('a client that goes away leaves nothing on the way there, and nothing on the way back', async () => {
    const { port } = await useServer((_request, response) => void response.end('too late'));
    const { emu, sent } = await useDistance(port);
    let count = 0;
    for (const before of [roundTrip / 4, (roundTrip * 3) / 4]) {
      const asked = ask(emu, host, '/');
      const gone = expect(asked.answer).rejects.toThrow();
      await sent(++count);
      await emu.clock.advance(before);
      asked.request.destroy();
      await gone;
      await until(() => emu.requests.list().length === count);
      expect(emu.requests.list()[0]).toMatchObject({ outcome: 'client_closed', responseBytes: 0 });
      expect(await emu.clock.advance(10 * roundTrip)).toMatchObject({ ran: [], settled: true });
    }
  });

  test('a WebSocket takes its time in both directions', async () => {
    const { port } = await useWebSocketServer((socket) =>
      socket.on('message', (data) => {
        socket.send(`you said ${data}`);
        heard();
      }),
    );
    let heard: () => void = () => undefined;
    const { emu } = await useDistance(port);
    const connecting = connectWebSocket(emu, host, '/');
    await passUntil(emu, connecting, 1);
    const { socket } = await connecting;
    const arrived = new Promise<void>((resolve) => {
      heard = resolve;
    });
    const answer = once(socket, 'message');
    const sentAt = emu.clock.now();
    socket.send('hello');
    await passUntil(emu, arrived, 1);
    expect(emu.clock.now() - sentAt).toBeGreaterThanOrEqual(roundTrip / 2);
    await passUntil(emu, answer, 1);
    expect(String((await answer)[0])).toBe('you said hello');
    expect(emu.clock.now() - sentAt).toBeGreaterThanOrEqual(roundTrip);
    const closed = once(socket, 'close');
    socket.close(4001, 'enough');
    await passUntil(emu, closed, 1);
    expect((await closed).map(String)).toEqual(['4001', 'enough']);
  });

  test('what is on its way is not late, however long the clock stands still', async () => {
    const { port } = await useServer((_request, response) => void response.end('in the end'));
    const { emu, sent, deadlines } = await useDistance(port);
    const asked = ask(emu, host, '/');
    await sent();
    deadlines.elapse(2 * RESPONSE_TIMEOUT * 1000);
    await emu.clock.advance(roundTrip * 0.75);
    deadlines.elapse(2 * RESPONSE_TIMEOUT * 1000);
    await emu.clock.advance(roundTrip / 4);
    expect((await whole(await asked.answer)).body).toBe('in the end');
  });

  test('an origin that is silent is late', async () => {
    let arrive: () => void = () => undefined;
    const arrived = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    const { port } = await useServer(() => arrive());
    const { emu, sent, deadlines } = await useDistance(port);
    const asked = ask(emu, host, '/');
    await sent();
    const passing = emu.clock.advance(roundTrip);
    await arrived;
    deadlines.elapse(RESPONSE_TIMEOUT * 1000);
    await passing;
    expect((await asked.answer).statusCode).toBe(524);
  });
});

describe('probes', () => {
  const config = (simulate: boolean): ConfigInput => ({
    data_centers: ['NRT', 'LHR'],
    settings: { simulate_latency: simulate },
    locations: [{ match: '127.0.0.1', data_center: 'FRA' }],
    zones: [
      {
        name: 'example.com',
        load_balancers: [
          {
            name: 'app.example.com',
            proxied: true,
            steering_policy: 'dynamic_latency',
            default_pools: ['public', 'tunnel'],
          },
        ],
      },
    ],
    monitors: [{ name: 'web', path: '/', expected_codes: '200' }],
    tunnels: [{ name: 't', config: { ingress: [{ service: 'http_status:200' }] } }],
  });

  test.each([true, false])('do not wait, and count each leg once: simulated %s', async (simulate) => {
    const { port } = await useServer((_request, response) => void response.end());
    const emu = await useEmulator({
      clock: 'manual',
      config: {
        ...config(simulate),
        pools: [
          { name: 'public', monitor: 'web', origins: [{ name: 'a', address: '127.0.0.1', port }] },
          { name: 'tunnel', monitor: 'web', origins: [{ name: 'b', tunnel: 't' }] },
        ],
      },
    });
    // It stands in Manchester, and ends in London.
    await emu.connect({ tunnel: 't', location: 'MAN', connections: 1 });
    await advance(emu, '0s');
    expect((await poolIn(emu, 'public')).round_trips).toEqual({
      NRT: between('NRT', 'FRA'),
      LHR: between('LHR', 'FRA'),
    });
    expect((await poolIn(emu, 'tunnel')).round_trips).toEqual({
      NRT: between('NRT', 'LHR') + between('LHR', 'MAN'),
      LHR: between('LHR', 'MAN'),
    });
  });
});

test('the way of a client whose data center is down begins at the client', async () => {
  const { port } = await useServer((_request, response) => void response.end());
  const { emu, sent } = await useDistance(port, {
    faults: [{ name: 'night', type: 'data_center_down', match: { data_center: 'LHR' } }],
  });
  await emu.clock.advance(0);
  const answer = answered(open(address(emu, 'url'), hostOf('public'), { headers: { 'colocal-colo': 'LHR' } }).end());
  await sent();
  const legs = [
    { from: 'client', to: 'NRT', roundTripMs: between('LHR', 'NRT') },
    { from: 'NRT', to: 'by-address', roundTripMs: between('NRT', 'FRA') },
  ];
  await emu.clock.advance(between('LHR', 'NRT') + between('NRT', 'FRA'));
  const { headers } = await answer;
  const trace = emu.requests.find(String(headers['cf-ray']));
  expect(trace?.attempts[0]?.legs).toEqual(legs);
  const { startedAt = 0, endedAt = 0 } = trace ?? {};
  expect(endedAt - startedAt).toBeCloseTo(between('LHR', 'NRT') + between('NRT', 'FRA'), 2);
});

test('an origin that a fault replaces is as far away as it was', async () => {
  const { emu, sent } = await useDistance(await closedPort(), {
    faults: [{ name: 'broken', type: 'origin_status', status: 503 }],
  });
  await emu.clock.advance(0);
  const asked = ask(emu, hostOf('tunnel'), '/');
  await sent();
  await emu.clock.advance(ROUND_TRIP.tunnel - 1);
  expect(emu.requests.list()).toEqual([]);
  await emu.clock.advance(1);
  expect((await asked.answer).statusCode).toBe(503);
});

test('a connector of Cloudflare’s is as far away as one of ours', async () => {
  const deadlines = new WatchedDeadlines();
  const emu = await useEmulator({
    clock: 'manual',
    deadlines,
    listen: { cloudflared: ['127.0.0.1:0'] },
    config: { ...configOfPaths({ port: 9, settings: SETTINGS }), data_centers: ['NRT', 'LHR'] },
  });
  const peer = await useCloudflared(emu, 'app');
  let arrivedAt = 0;
  peer.serve = (stream) => {
    arrivedAt = emu.clock.now();
    respond(stream, 200, []);
    stream.end('hello');
  };
  const beganAt = emu.clock.now();
  const request = open(address(emu, 'url'), hostOf('tunnel'), { headers: { 'colocal-colo': 'LHR' } }).end();
  const answer = answered(request);
  await deadlines.set(RESPONSE_TIMEOUT * 1000);
  await emu.clock.advance(between('LHR', 'NRT'));
  expect((await whole(await answer)).body).toBe('hello');
  expect(arrivedAt - beganAt).toBeCloseTo(between('LHR', 'NRT') / 2, 2);
  const { startedAt = 0, endedAt = 0 } = emu.requests.list()[0] ?? {};
  expect(endedAt - startedAt).toBeCloseTo(between('LHR', 'NRT'), 2);
});

describe('TCP', () => {
  const roundTrip = ROUND_TRIP.private;
  const dialOf = {
    'the on-ramp': async (emu: Emulator, port: number) => {
      const url = address(emu, 'onRampUrl');
      return (await socks(url, { host: '10.1.2.3', port, user: '+lab', password: 'x' })).socket;
    },
    'a Spectrum application': async (emu: Emulator) => dial(String(emu.spectrum.db)),
  };

  test.each(['the on-ramp', 'a Spectrum application'] as const)('by %s is as far away', async (way) => {
    const arrived: number[] = [];
    const { port } = await useSockets((socket) => {
      arrived.push(emu.clock.now());
      socket.pipe(socket);
    });
    const { emu } = await useDistance(port, {
      spectrum: [{ name: 'db', listen: '127.0.0.1:0', load_balancer: hostOf('private') }],
    });
    const from = emu.clock.now();
    const echoed = dialOf[way](emu, port).then((socket) => {
      socket.write('hello');
      // Closing, the edge would wait for it by a deadline that nobody lets pass.
      return readUntil(socket, (text) => text.length === 5).finally(() => socket.destroy());
    });
    // So little at a time that what takes no model time is done long before half of a round trip.
    await passUntil(emu, echoed, roundTrip / 400);
    expect(await echoed).toBe('hello');
    expect(arrived).toHaveLength(1);
    expect(Number(arrived[0]) - from).toBeGreaterThanOrEqual(roundTrip / 2);
    // Once there and back until it stands, and once for what is said.
    expect(emu.clock.now() - from).toBeGreaterThanOrEqual(2 * roundTrip);
    await passUntil(
      emu,
      until(() => emu.requests.list(1)[0]?.outcome !== undefined),
      roundTrip / 2,
    );
  });
});
