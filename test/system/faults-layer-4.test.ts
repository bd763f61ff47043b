import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { Emulator } from '../../emulator/index.js';
import { readUntil } from '../support/client.js';
import { WatchedDeadlines } from '../support/deadlines.js';
import { useSockets } from '../support/servers.js';
import { knock, useSpectrum } from '../support/spectrum.js';

/** Says its name to whoever connects, and then echoes. */
async function useEcho(name: string): Promise<number> {
  const { port } = await useSockets((socket) => {
    socket.write(`${name}:`);
    socket.pipe(socket);
  });
  return port;
}

/** The faults that touched the connection that came last, of those in the journal. */
const faultsOf = (emu: Emulator) =>
  emu.requests
    .list(1)[0]
    ?.reasons.filter(({ step }) => step === 'fault')
    .map(({ subject, outcome }) => `${subject} ${outcome}`);

/** Reads until the text is there, while model time passes. Returns how much passed, in milliseconds. */
async function passUntil(emu: Emulator, socket: Socket, text: string): Promise<number> {
  const began = emu.clock.now();
  let over = false;
  const read = readUntil(socket, (sofar) => sofar === text).finally(() => {
    over = true;
  });
  while (!over) {
    await emu.clock.advance('100ms');
    await new Promise(setImmediate);
  }
  expect(await read).toBe(text);
  return emu.clock.now() - began;
}

/** An endpoint at 10.1.2.3 behind the tunnel `gateway`, whose connection ends in Sydney. */
async function usePrivate(deadlines: WatchedDeadlines) {
  const port = await useEcho('private');
  const spectrum = await useSpectrum(
    {
      config: {
        settings: { timeouts: { connect: CONNECT_TIMEOUT } },
        tunnels: [
          {
            name: 'gateway',
            config: { ingress: [{ service: 'http_status:404' }] },
            routes: [{ network: '10.1.2.0/24' }],
          },
        ],
        pools: [{ name: 'main', origins: [{ name: 'a', address: '10.1.2.3', port, virtual_network: 'default' }] }],
      },
    },
    { deadlines },
  );
  await spectrum.emu.connect({
    tunnel: 'gateway',
    location: 'SYD',
    connections: 1,
    maps: ['10.1.2.3/32=127.0.0.1/32'],
  });
  return spectrum;
}

/** Seconds; nothing else waits as long. */
const CONNECT_TIMEOUT = 1.3;

describe('connections to a Spectrum application', () => {
  test('are refused by the endpoint that a fault is about, and go to the other one', async () => {
    const [a, b] = [await useEcho('a'), await useEcho('b')];
    const origins = [
      { name: 'a', address: '127.0.0.1', port: a },
      { name: 'b', address: '127.0.0.1', port: b },
    ];
    const { emu, connect } = await useSpectrum({
      pool: { origins },
      // One address, two ports.
      config: { settings: { duplicate_addresses: 'allow' } },
    });
    emu.faults.add({ name: 'a-gone', type: 'origin_refuse', match: { endpoint: 'a' } });
    const said = async () => readUntil(await connect(), (text) => text.endsWith(':'));
    let failedOver = 0;
    for (let time = 0; time < 10; time++) {
      expect(await said()).toBe('b:');
      if (faultsOf(emu)?.length === 1) failedOver++;
    }
    expect(failedOver).toBeGreaterThan(0);
    emu.faults.remove('a-gone');
    const after = new Set<string>();
    for (let time = 0; time < 20; time++) after.add(await said());
    expect([...after].sort()).toEqual(['a:', 'b:']);
  });

  test('are refused by country and data center of the client, and what only HTTP has does not fit', async () => {
    const { emu, connect } = await useSpectrum({ ports: [await useEcho('a')] });
    const fault = { name: 'closed', type: 'origin_refuse' } as const;
    // Who says nothing of where they are is in the country of the data center.
    for (const match of [{ country: 'JP' }, { data_center: 'NRT' }, { pool: 'main', country: 'JP' }]) {
      emu.faults.add({ ...fault, match });
      expect(await knock(emu)).toBe('reset');
      expect(emu.requests.list(1)[0]).toMatchObject({ status: 521 });
      expect(faultsOf(emu)).toEqual(['closed origin_refuse']);
      emu.faults.remove('closed');
    }
    for (const match of [{ country: 'DE' }, { data_center: 'LHR' }, { method: 'GET' }, { path: '/' }]) {
      emu.faults.add({ ...fault, match });
      expect(await readUntil(await connect(), (text) => text === 'a:')).toBe('a:');
      expect(faultsOf(emu)).toEqual([]);
      emu.faults.remove('closed');
    }
  });

  test.each(['client-edge', 'edge-origin'] as const)('take longer over a slow link between %s', async (between) => {
    const { emu, connect } = await useSpectrum({ ports: [await useEcho('a')] }, { clock: 'manual' });
    emu.faults.add({ name: 'far', type: 'link_latency', between, latency: '1s' });
    const socket = await connect();
    expect(await passUntil(emu, socket, 'a:')).toBeGreaterThanOrEqual(1_000);
    expect(faultsOf(emu)).toEqual(['far link_latency']);
    socket.write('ping');
    expect(await passUntil(emu, socket, 'ping')).toBeGreaterThanOrEqual(2_000);
  });

  test('wait for a connector that hangs until the connect timeout is over', async () => {
    const deadlines = new WatchedDeadlines();
    const { emu, connect } = await usePrivate(deadlines);
    emu.faults.add({ name: 'hung', type: 'connector_hung', match: { tunnel: 'gateway', data_center: 'SYD' } });
    const ended = knock(emu);
    await deadlines.set(CONNECT_TIMEOUT * 1000);
    deadlines.elapse(CONNECT_TIMEOUT * 1000);
    expect(await ended).toBe('reset');
    expect(emu.requests.list(1)[0]).toMatchObject({ status: 522 });
    expect(faultsOf(emu)).toEqual(['hung connector_hung']);
    emu.faults.remove('hung');
    expect(await readUntil(await connect(), (text) => text === 'private:')).toBe('private:');
  });
});
