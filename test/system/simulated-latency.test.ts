import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import { DATA_CENTERS } from '../../emulator/geo/data-centers.js';
import { roundTripMs } from '../../emulator/geo/round-trip.js';
import type { ConfigInput, Emulator } from '../../emulator/index.js';
import { answered, open, whole } from '../support/client.js';
import { WatchedDeadlines } from '../support/deadlines.js';
import { address, configOfPaths, hostOf, KINDS, nextEvent, type PathKind, useEmulator } from '../support/emulator.js';
import { endpointIn, poolIn } from '../support/health.js';
import { useServer } from '../support/servers.js';
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

/** Seconds; in these tests nothing else waits as long, so that it tells when a request is on its way. */
const RESPONSE_TIMEOUT = 117;

/** Three ways to one origin, each as long as the model says. Time, of the model and of deadlines, passes by hand. */
async function useDistance(port: number, more: ConfigInput = {}) {
  const deadlines = new WatchedDeadlines();
  const emu = await useEmulator({
    clock: 'manual',
    deadlines,
    config: {
      ...configOfPaths({ port, settings: { simulate_latency: true, timeouts: { response: RESPONSE_TIMEOUT } } }),
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
    expect((await whole(await asked.answer)).body).toBe('far away');
  });
});
