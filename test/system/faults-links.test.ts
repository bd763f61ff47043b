import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { DATA_CENTERS } from '../../emulator/geo/data-centers.js';
import { roundTripMs } from '../../emulator/geo/round-trip.js';
import type { Emulator } from '../../emulator/index.js';
import type { FaultInput } from '../../emulator/state/schemas/fault.js';
import { digestOf, pattern } from '../support/bytes.js';
import { answered, open, readUntil, whole } from '../support/client.js';
import { WatchedDeadlines } from '../support/deadlines.js';
import { address, hostOf, KINDS, type PathKind, useEmulator, usePaths } from '../support/emulator.js';
import { advance, poolIn } from '../support/health.js';
import { socks } from '../support/on-ramp.js';
import { parseRoute } from '../support/route.js';
import { useServer, useSockets } from '../support/servers.js';
import { connectWebSocket, useWebSocketServer } from '../support/websocket.js';

/** Seconds; nothing else waits as long, so that it tells when a request is on its way. */
const RESPONSE_TIMEOUT = 1.7;

/** Three ways to one origin, all of which come in at Tokyo; connectors end in London and Sydney. */
async function useLinks(port: number, settings: { readonly simulate_latency?: boolean } = {}) {
  const deadlines = new WatchedDeadlines();
  const emu = await usePaths({
    port,
    clock: 'manual',
    deadlines,
    connections: 1,
    settings: { ...settings, timeouts: { response: RESPONSE_TIMEOUT } },
  });
  /** Resolves when so many requests have been sent on their way. */
  const sent = (count = 1): Promise<void> => deadlines.set(RESPONSE_TIMEOUT * 1000, count);
  return { emu, sent, deadlines };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Lets model time pass, a little at a time with real work between, until it is done. Returns how much passed. */
async function passUntil(emu: Emulator, done: Promise<unknown>, step: string): Promise<number> {
  const began = emu.clock.now();
  let over = false;
  const end = (): void => {
    over = true;
  };
  done.then(end, end);
  while (!over) {
    await emu.clock.advance(step);
    await turn();
  }
  return emu.clock.now() - began;
}

const STRETCHES: Readonly<Record<PathKind, readonly string[]>> = {
  public: ['client-edge', 'edge-origin'],
  tunnel: ['client-edge', 'edge-edge', 'edge-connector', 'connector-origin'],
  private: ['client-edge', 'edge-edge', 'edge-connector', 'connector-origin'],
};
const ALL = ['client-edge', 'edge-edge', 'edge-connector', 'connector-origin', 'edge-origin'] as const;

describe.each(KINDS)('by %s path', (kind) => {
  test('latency is added in each direction, of the stretches that the way has', async () => {
    const seen: string[] = [];
    const { port } = await useServer((request, response) => {
      seen.push(request.url ?? '');
      response.end('far away');
    });
    const { emu, sent } = await useLinks(port);
    let count = 0;
    for (const between of ALL) {
      emu.faults.add({ name: 'far', type: 'link_latency', between, latency: '100ms', duration: '1h' });
      const request = open(address(emu, 'url'), hostOf(kind), { path: `/${between}` }).end();
      const answer = answered(request);
      await sent(++count);
      if (STRETCHES[kind].includes(between)) {
        await emu.clock.advance('99ms');
        expect(seen).not.toContain(`/${between}`);
        await emu.clock.advance('1ms');
        expect(seen).toContain(`/${between}`);
        await emu.clock.advance('100ms');
      }
      const { body, headers } = await whole(await answer);
      expect(body).toBe('far away');
      const trace = emu.requests.find(String(parseRoute(String(headers['colocal-route'])).ray));
      const [from, to] = between.split('-');
      expect(trace?.reasons.filter(({ step }) => step === 'fault')).toEqual(
        STRETCHES[kind].includes(between)
          ? [
              {
                step: 'fault',
                subject: 'far',
                outcome: 'link_latency',
                detail: `between ${from} and ${to}: it takes 100ms longer in each direction`,
              },
            ]
          : [],
      );
      emu.faults.remove('far');
    }
  });

  test('bodies go there and come back whole through narrow, lossy and jittering links', async () => {
    const { port } = await useServer((request, response) => void request.pipe(response));
    const { emu } = await useLinks(port);
    const between = kind === 'public' ? 'edge-origin' : 'edge-connector';
    emu.faults.add({ name: 'narrow', type: 'link_bandwidth', between, rate: 500_000 });
    emu.faults.add({ name: 'lossy', type: 'link_loss', between, loss: 0.1 });
    emu.faults.add({ name: 'shaky', type: 'link_latency', between, latency: '20ms', jitter: '20ms' });
    const body = Buffer.concat([...pattern(1_000_000)]);
    const request = open(address(emu, 'url'), hostOf(kind), { method: 'POST' });
    request.end(body);
    const echoed = answered(request).then((response) => digestOf(response));
    // Two seconds for its bytes, at least: in both directions at once.
    expect(await passUntil(emu, echoed, '50ms')).toBeGreaterThanOrEqual(2_000);
    expect(await echoed).toEqual(await digestOf([body]));
    expect(emu.requests.list()[0]?.reasons.filter(({ step }) => step === 'fault')).toHaveLength(3);
  });

  test('a client that goes away leaves nothing on the links', async () => {
    const { port } = await useServer((_request, response) => void response.end('y'.repeat(300_000)));
    const { emu, sent } = await useLinks(port);
    emu.faults.add({ name: 'narrow', type: 'link_bandwidth', between: 'client-edge', rate: 1_000 });
    const request = open(address(emu, 'url'), hostOf(kind)).end();
    const beginning = answered(request);
    await sent();
    // The head is there, and the body on its way for five minutes.
    const response = await beginning;
    response.on('error', () => undefined);
    await emu.clock.advance('5s');
    request.destroy();
    while (emu.requests.list().length === 0) await turn();
    expect(emu.requests.list()[0]).toMatchObject({ outcome: 'client_closed' });
    await emu.clock.advance('1m');
    expect(await emu.clock.advance('1h')).toMatchObject({ ran: [], settled: true });
  });

  test('a WebSocket crosses them too', async () => {
    const { port } = await useWebSocketServer((socket) => socket.on('message', (data) => socket.send(`echo ${data}`)));
    const { emu } = await useLinks(port);
    emu.faults.add({ name: 'far', type: 'link_latency', between: 'client-edge', latency: '1s' });
    const connecting = connectWebSocket(emu, hostOf(kind), '/');
    expect(await passUntil(emu, connecting, '100ms')).toBeGreaterThanOrEqual(2_000);
    const { socket } = await connecting;
    const answer = once(socket, 'message');
    socket.send('hello');
    expect(await passUntil(emu, answer, '100ms')).toBeGreaterThanOrEqual(2_000);
    expect(String((await answer)[0])).toBe('echo hello');
    const closed = once(socket, 'close');
    socket.close();
    await passUntil(emu, closed, '100ms');
  });
});

test('streams over the same link share what it carries, and each gets its turn', async () => {
  const { port } = await useServer((_request, response) => void response.end('z'.repeat(100_000)));
  const { emu, sent } = await useLinks(port);
  emu.faults.add({ name: 'narrow', type: 'link_bandwidth', between: 'edge-origin', rate: 100_000 });
  const bytes = [0, 0];
  const answers = bytes.map(async (_, i) => {
    const response = await answered(open(address(emu, 'url'), hostOf('public')).end());
    response.on('data', (chunk: Buffer) => {
      bytes[i] = (bytes[i] ?? 0) + chunk.length;
    });
    await once(response, 'end');
  });
  await sent(2);
  const both = Promise.all(answers);
  let halfway: number[] | undefined;
  void both.then(() => undefined);
  const passed = await passUntil(
    emu,
    Promise.race([
      both,
      (async () => {
        while (!halfway) {
          await turn();
          if ((bytes[0] ?? 0) + (bytes[1] ?? 0) >= 100_000) halfway = [...bytes];
        }
        await both;
      })(),
    ]),
    '100ms',
  );
  expect(passed).toBeGreaterThanOrEqual(2_000);
  expect(bytes).toEqual([100_000, 100_000]);
  expect(Math.min(...(halfway ?? [0]))).toBeGreaterThan(30_000);
});

test('the same seed stalls the same requests for as long, another seed others', async () => {
  const spans = async (seed: number): Promise<string> => {
    const { port } = await useServer((_request, response) => void response.end());
    const emu = await usePaths({ port, clock: 'manual', seed, connections: 1 });
    emu.faults.add({ name: 'lossy', type: 'link_loss', between: 'edge-origin', loss: 0.3, stall: '100ms' });
    const taken: number[] = [];
    for (let request = 0; request < 20; request++) {
      const answer = emu.fetch('http://public.example.com/').then((response) => response.text());
      await passUntil(emu, answer, '1ms');
      const { startedAt = 0, endedAt = 0 } = emu.requests.list()[0] ?? {};
      taken.push(Math.round((endedAt - startedAt) / 100));
    }
    return taken.join(' ');
  };
  const first = await spans(5);
  expect(first).toMatch(/0/);
  expect(first).toMatch(/[12]/);
  expect(await spans(5)).toBe(first);
  expect(await spans(6)).not.toBe(first);
});

test('with simulated latency both count', async () => {
  const { port } = await useServer((_request, response) => void response.end());
  const { emu, sent } = await useLinks(port, { simulate_latency: true });
  const [tokyo, london] = [DATA_CENTERS.get('NRT'), DATA_CENTERS.get('LHR')];
  if (!tokyo || !london) throw new Error('these data centers exist');
  emu.faults.add({ name: 'far', type: 'link_latency', between: 'edge-edge', latency: '1s' });
  const answer = answered(open(address(emu, 'url'), hostOf('tunnel')).end());
  await sent();
  await emu.clock.advance(`${Math.ceil(roundTripMs(tokyo, london)) + 2_001}ms`);
  expect((await answer).statusCode).toBe(200);
  const { startedAt = 0, endedAt = 0 } = emu.requests.list()[0] ?? {};
  expect(endedAt - startedAt).toBeGreaterThanOrEqual(2_000 + roundTripMs(tokyo, london) - 1);
});

test('an origin that refuses does so from afar', async () => {
  const { emu, sent } = await useLinks(1);
  emu.faults.add({ name: 'closed', type: 'origin_refuse' });
  emu.faults.add({ name: 'far', type: 'link_latency', between: 'edge-origin', latency: '1s' });
  const answer = answered(open(address(emu, 'url'), hostOf('public')).end());
  await sent();
  let status: number | undefined;
  void answer.then((response) => {
    status = response.statusCode;
  });
  await emu.clock.advance('1999ms');
  expect(status).toBeUndefined();
  await emu.clock.advance('1ms');
  expect((await answer).statusCode).toBe(521);
});

test('connections into private networks cross links', async () => {
  const { port } = await useSockets((socket) => socket.pipe(socket));
  const { emu } = await useLinks(port);
  emu.faults.add({ name: 'far', type: 'link_latency', between: 'edge-connector', latency: '1s' });
  const connecting = socks(address(emu, 'onRampUrl'), { host: '10.1.2.3', port, user: '+lab', password: 'x' });
  expect(await passUntil(emu, connecting, '100ms')).toBeGreaterThanOrEqual(2_000);
  const { reply, socket } = await connecting;
  expect(reply).toBe(0);
  socket.write('ping');
  const echo = readUntil(socket, (text) => text === 'ping');
  expect(await passUntil(emu, echo, '100ms')).toBeGreaterThanOrEqual(2_000);
  const trace = emu.requests.list().find(({ method }) => method === 'CONNECT');
  expect(trace?.reasons).toContainEqual(expect.objectContaining({ step: 'fault', subject: 'far' }));
  const closed = once(socket, 'close');
  socket.end();
  await passUntil(emu, closed, '100ms');
});

test('a fault that ends lets through what comes after it', async () => {
  const { port } = await useServer((_request, response) => void response.end());
  const { emu } = await useLinks(port);
  const far: FaultInput = { name: 'far', type: 'link_latency', between: 'edge-origin', latency: '1s', duration: '10s' };
  emu.faults.add(far);
  const answer = emu.fetch('http://public.example.com/');
  expect(await passUntil(emu, answer, '100ms')).toBeGreaterThanOrEqual(2_000);
  await emu.clock.advance('10s');
  expect((await emu.fetch('http://public.example.com/')).status).toBe(200);
});

test('probes measure the latency of links, and do not wait for it: steering by latency sees it', async () => {
  const { port } = await useServer((_request, response) => void response.end());
  const pool = (name: string) => ({ name, monitor: 'web', origins: [{ name, address: '127.0.0.1', port }] });
  const emu = await useEmulator({
    clock: 'manual',
    config: {
      data_centers: ['NRT'],
      zones: [
        {
          name: 'example.com',
          load_balancers: [
            {
              name: 'app.example.com',
              proxied: true,
              steering_policy: 'dynamic_latency',
              default_pools: ['near', 'far'],
            },
          ],
        },
      ],
      monitors: [{ name: 'web', expected_codes: '200', interval: 60, timeout: 5, retries: 0 }],
      pools: [pool('near'), pool('far')],
      faults: [
        { name: 'far', type: 'link_latency', between: 'edge-origin', latency: '150ms', match: { pool: 'far' } },
        // Nothing that a client brings touches probes.
        { name: 'clients', type: 'link_latency', between: 'client-edge', latency: '1s', match: { path: '/never' } },
      ],
    },
  });
  await advance(emu, '0s');
  expect((await poolIn(emu, 'far')).round_trips).toEqual({ NRT: 300 });
  expect((await poolIn(emu, 'near')).round_trips).toEqual({ NRT: 0 });
  expect(parseRoute((await emu.fetch('http://app.example.com/')).headers.get('colocal-route')).pool).toBe('near');
  emu.faults.set('far', { match: { pool: 'near' } });
  for (let interval = 0; interval < 10; interval++) await advance(emu, '60s');
  const answer = emu.fetch('http://app.example.com/');
  await passUntil(emu, answer, '100ms');
  expect(parseRoute((await answer).headers.get('colocal-route')).pool).toBe('far');
});
