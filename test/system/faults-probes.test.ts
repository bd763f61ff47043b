import { describe, expect, test } from 'vitest';
import type { Emulator } from '../../emulator/index.js';
import { useEmulator } from '../support/emulator.js';
import { advance, endpointIn } from '../support/health.js';
import { parseRoute } from '../support/route.js';
import { useServer } from '../support/servers.js';

const DATA_CENTERS = ['NRT', 'LHR', 'CDG', 'SYD'];

/** `app.example.com` over two pools, each watched from every data center; `web` counts as it is seen from each. */
async function useWatched(): Promise<{ readonly emu: Emulator; readonly probed: () => number }> {
  let probed = 0;
  const first = await useServer(({ headers }, response) => {
    if (String(headers['user-agent']).includes('Health')) probed++;
    response.end('first');
  });
  const second = await useServer((_request, response) => response.end('second'));
  const emu = await useEmulator({
    clock: 'manual',
    config: {
      data_centers: DATA_CENTERS,
      zones: [
        {
          name: 'example.com',
          load_balancers: [{ name: 'app.example.com', proxied: true, default_pools: ['first', 'second'] }],
        },
      ],
      monitors: [
        { name: 'web', expected_codes: '200', interval: 60, timeout: 5, retries: 0 },
        { name: 'port', type: 'tcp', port: second.port, interval: 60, timeout: 5, retries: 0 },
      ],
      pools: [
        { name: 'first', monitor: 'web', origins: [{ name: 'a', address: '127.0.0.1', port: first.port }] },
        { name: 'second', monitor: 'port', origins: [{ name: 'b', address: '127.0.0.1', port: second.port }] },
      ],
    },
  });
  await advance(emu, '0s');
  return { emu, probed: () => probed };
}

const served = async (emu: Emulator, colo: string) => {
  const response = await emu.fetch('http://app.example.com/', { colo });
  await response.arrayBuffer();
  return parseRoute(response.headers.get('colocal-route')).pool;
};

describe('probes that fail', () => {
  test.each([
    { match: { data_center: 'SYD' }, struck: ['SYD'] },
    { match: { data_center: ['SYD', 'NRT'] }, struck: ['NRT', 'SYD'] },
    { match: { region: 'WEU' }, struck: ['LHR', 'CDG'] },
    { match: { region: ['WEU', 'OC'] }, struck: ['LHR', 'CDG', 'SYD'] },
    { match: { region: 'WEU', data_center: 'CDG' }, struck: ['CDG'] },
    { match: {}, struck: DATA_CENTERS },
  ])('by $match, come from $struck', async ({ match, struck }) => {
    const { emu } = await useWatched();
    emu.faults.add({ name: 'blind', type: 'probes_failing', match: { ...match, pool: 'first' }, duration: '60001ms' });
    await advance(emu, '60s');
    expect(await endpointIn(emu, 'first', 'a')).toMatchObject({
      passing: DATA_CENTERS.filter((code) => !struck.includes(code)),
      failing: [
        {
          failure_reason: 'TCP connection failed',
          data_centers: struck,
          detail: 'the probe comes to nothing (fault blind)',
        },
      ],
    });
    // Only the pool that they are about, and nothing else than health moves traffic.
    expect((await endpointIn(emu, 'second', 'b')).passing).toEqual(DATA_CENTERS);
    for (const code of DATA_CENTERS) expect(await served(emu, code)).toBe(struck.includes(code) ? 'second' : 'first');
    await advance(emu, '60s');
    expect(await endpointIn(emu, 'first', 'a')).toMatchObject({ passing: DATA_CENTERS, failing: [] });
    for (const code of DATA_CENTERS) expect(await served(emu, code)).toBe('first');
  });

  test('never leave: the endpoint does not see them, and clients are served as before until health is known', async () => {
    const { emu, probed } = await useWatched();
    const before = probed();
    emu.faults.add({ name: 'blind', type: 'probes_failing', match: { endpoint: 'a' } });
    expect(await served(emu, 'NRT')).toBe('first');
    await advance(emu, '60s');
    expect(probed()).toBe(before);
    expect((await endpointIn(emu, 'first', 'a')).state).toBe('unhealthy');
  });

  test('are those of any type of monitor', async () => {
    const { emu } = await useWatched();
    emu.faults.add({ name: 'blind', type: 'probes_failing' });
    await advance(emu, '60s');
    expect((await endpointIn(emu, 'second', 'b')).state).toBe('unhealthy');
  });

  test('with a probability are drawn from the seed', async () => {
    const { emu } = await useWatched();
    emu.faults.add({ name: 'flaky', type: 'probes_failing', probability: 0.5 });
    const seen = new Set<string>();
    for (let interval = 0; interval < 12; interval++) {
      await advance(emu, '60s');
      seen.add((await endpointIn(emu, 'first', 'a')).passing.join(' '));
    }
    expect(seen.size).toBeGreaterThan(3);
  });
});
