import { expect, test } from 'vitest';
import type { ConfigInput, EdgeEvent } from '../../emulator/index.js';
import { startEmulator } from '../../emulator/index.js';

const TIMES = 100;
const MINUTE = 60_000;

/** A site and a spare, watched every 60 seconds from three data centers. */
const CONFIG: ConfigInput = {
  zones: [
    {
      name: 'example.com',
      load_balancers: [{ name: 'app.example.com', proxied: true, default_pools: ['site', 'spare'] }],
    },
  ],
  pools: [
    { name: 'site', monitor: 'web', origins: [{ name: 'site-a', address: '127.0.0.1', port: 3001 }] },
    { name: 'spare', monitor: 'web', origins: [{ name: 'spare-a', address: '127.0.0.1', port: 3002 }] },
  ],
  monitors: [{ name: 'web', path: '/', expected_codes: '2xx', interval: 60 }],
  data_centers: ['NRT', 'KIX', 'LHR'],
};

/** Everything that a reader could see of one run. */
async function play(seed: number): Promise<string> {
  const emu = await startEmulator({ config: CONFIG, clock: 'manual', seed });
  try {
    const events: Pick<EdgeEvent, 'at' | 'type' | 'message'>[] = [];
    emu.onEvent(({ at, type, message }) => events.push({ at, type, message }));
    const site = await emu.origin({ at: '127.0.0.1:3001', status: 200 });
    await emu.origin({ at: '127.0.0.1:3002', status: 200 });
    const routes: (string | null)[] = [];
    const ask = async (): Promise<void> => {
      const response = await emu.fetch('http://app.example.com/', { colo: 'NRT' });
      await response.arrayBuffer();
      routes.push(response.headers.get('colocal-route'));
    };
    const minute = async (): Promise<void> => {
      for (let step = 0; step < 3; step++) {
        await emu.clock.advance(MINUTE / 3);
        await ask();
      }
    };
    await emu.clock.advance(0);
    await ask();
    await site.stop();
    await minute();
    await site.start();
    await minute();
    return JSON.stringify({ now: emu.clock.now(), routes, events });
  } finally {
    await emu.close();
  }
}

test('a monitor of 60 seconds goes unhealthy, traffic moves and comes back: the same 100 times, and nothing real is waited for', async () => {
  const first = await play(7);
  const { routes, events } = JSON.parse(first) as { routes: string[]; events: { type: string; message: string }[] };
  const endpoints = routes.map((route) => /endpoint="([^"]*)"/.exec(route)?.[1]);
  expect(endpoints[0]).toBe('site-a');
  expect(endpoints[3]).toBe('spare-a');
  expect(endpoints[6]).toBe('site-a');
  const decisions = events
    .filter(({ message }) => message.startsWith('endpoint site-a '))
    .map(({ message }) => message);
  expect(decisions).toEqual([
    expect.stringContaining('is healthy (was unknown)'),
    // In the words of the configuration, whatever port was free.
    expect.stringMatching(
      /is unhealthy \(was healthy\).*TCP connection failed: connect ECONNREFUSED 127\.0\.0\.1:3001$/,
    ),
    expect.stringContaining('is healthy (was unhealthy)'),
  ]);
  for (let time = 1; time < TIMES; time++) expect(await play(7)).toBe(first);
  expect(await play(8)).not.toBe(first);
}, 180_000);
