import { expect, test } from 'vitest';
import type { ConfigInput } from '../../emulator/index.js';
import { useEmulator } from '../support/emulator.js';
import { parseRoute } from '../support/route.js';

const COUNT = 20;

/** Two endpoints behind one tunnel, at the same addresses in every instance. */
const CONFIG: ConfigInput = {
  zones: [
    { name: 'example.com', load_balancers: [{ name: 'app.example.com', proxied: true, default_pools: ['web'] }] },
  ],
  pools: [
    {
      name: 'web',
      monitor: 'web',
      origins: [
        { name: 'a', address: '127.0.0.1', port: 3001 },
        { name: 'b', address: '127.0.0.1', port: 3002 },
      ],
    },
  ],
  monitors: [{ name: 'web', path: '/', expected_codes: '2xx', interval: 60 }],
  settings: { duplicate_addresses: 'allow' },
  data_centers: ['NRT', 'LHR'],
};

/** Which endpoints answer 20 requests of an instance, when its clock is so many minutes on. */
async function play(instance: number): Promise<{ readonly endpoints: string; readonly now: number }> {
  const emu = await useEmulator({ config: CONFIG, seed: instance, clock: 'manual' });
  for (const port of [3001, 3002]) await emu.origin({ at: `127.0.0.1:${port}`, body: `instance ${instance}` });
  await emu.clock.advance(instance * 60_000);
  // A third of them has a fault, each in another place.
  if (instance % 3 === 0)
    emu.faults.add({ name: 'gone', type: 'origin_refuse', match: { endpoint: instance % 2 ? 'a' : 'b' } });
  let endpoints = '';
  for (let request = 0; request < 20; request++) {
    const response = await emu.fetch('http://app.example.com/');
    expect(await response.text()).toBe(`instance ${instance}`);
    endpoints += parseRoute(response.headers.get('colocal-route')).endpoint;
  }
  expect(emu.requests.list()).toHaveLength(20);
  return { endpoints, now: emu.clock.now() };
}

test('20 instances at once, with seeds, clocks and faults of their own, do what each does alone', async () => {
  const instances = Array.from({ length: COUNT }, (_, instance) => instance);
  const together = await Promise.all(instances.map(play));
  const alone = [];
  for (const instance of instances) alone.push(await play(instance));
  expect(together).toEqual(alone);
  expect(new Set(together.map(({ now }) => now)).size).toBe(COUNT);
  expect(together[6]?.endpoints).toBe('a'.repeat(20));
  expect(together[9]?.endpoints).toBe('b'.repeat(20));
  // Seeds differ, and so do the draws of those without a fault.
  expect(new Set(together.map(({ endpoints }) => endpoints)).size).toBeGreaterThan(10);
});
