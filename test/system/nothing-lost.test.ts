import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { stringify } from 'yaml';
import type { ConfigInput } from '../../emulator/index.js';
import { nextEvent, useEmulator } from '../support/emulator.js';
import { useOrigin } from '../support/servers.js';
import { type SteadyLoad, useSteadyLoad } from '../support/steady-load.js';

/** With an origin that takes 100 ms: 200 requests a second, of which 20 are under way at any moment. */
const AT_ONCE = 20;
const URL_OF_APP = 'http://app.example.com/slow?ms=100';

function configOf(port: number, weight = 1): ConfigInput {
  return {
    zones: [
      { name: 'example.com', load_balancers: [{ name: 'app.example.com', proxied: true, default_pools: ['app'] }] },
    ],
    pools: [{ name: 'app', origins: [{ name: 'app', tunnel: 'app', weight, header: { Host: ['app.example.com'] } }] }],
    tunnels: [{ name: 'app', config: { ingress: [{ service: `http://127.0.0.1:${port}` }] } }],
  };
}

/** An app behind two replicas, one in Tokyo, where requests enter, and one in London. */
async function useTwoReplicas(config: (port: number) => ConfigInput | string | Promise<string>) {
  const { port } = (await useOrigin()).address;
  const emu = await useEmulator({ config: await config(port), watch: true });
  const near = await emu.connect({ tunnel: 'app', location: 'NRT', connections: 2 });
  const far = await emu.connect({ tunnel: 'app', location: 'LHR', connections: 2 });
  return { emu, near, far, port };
}

/** Everything that was sent was answered: counted one by one. */
async function expectNothingLost(load: SteadyLoad): Promise<void> {
  await load.stop();
  expect(load.losses).toEqual([]);
  expect(load.answered).toBe(load.sent);
}

test('no request is lost when a replica drains, leaves, and another takes its place', async () => {
  const { emu, near, far } = await useTwoReplicas(configOf);
  const load = useSteadyLoad(emu, URL_OF_APP, AT_ONCE);
  await load.more(40);
  expect([...load.byConnector.keys()]).toEqual([near.id]);
  await near.drain();
  await load.more(40);
  const before = load.byConnector.get(near.id);
  expect(load.byConnector.get(far.id)).toBeGreaterThan(0);
  const next = await emu.connect({ tunnel: 'app', location: 'NRT', connections: 2 });
  await load.more(40);
  expect(load.byConnector.get(near.id)).toBe(before);
  expect(load.byConnector.get(next.id)).toBeGreaterThan(0);
  await expectNothingLost(load);
});

test('no request is lost when the configuration is edited again and again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'colocal-lost-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'colocal.yaml');
  const write = async (config: ConfigInput): Promise<void> => {
    await writeFile(`${file}.new`, stringify(config));
    await rename(`${file}.new`, file);
  };
  const { emu, port } = await useTwoReplicas(async (origin) => {
    await write(configOf(origin));
    return file;
  });
  const other = await useOrigin('other');
  const load = useSteadyLoad(emu, URL_OF_APP, AT_ONCE);
  // The weight is steering's, the port is pushed to the connectors.
  for (const [weight, target] of [
    [0.5, port],
    [0.5, other.address.port],
    [1, other.address.port],
    [1, port],
  ] as const) {
    await load.more(20);
    const applied = nextEvent(emu, 'config.applied');
    await write(configOf(target, weight));
    await applied;
  }
  await load.more(40);
  await expectNothingLost(load);
});

test('no request that may be repeated is lost when a data center goes down, and when it is back', async () => {
  const { emu } = await useTwoReplicas(configOf);
  const load = useSteadyLoad(emu, URL_OF_APP, AT_ONCE);
  await load.more(40);
  expect([...load.byEgress.keys()]).toEqual(['NRT']);
  // Its connections are cut with what they carry.
  const cut = nextEvent(emu, 'connection.closed');
  emu.faults.add({ name: 'tokyo', type: 'data_center_down', match: { data_center: 'NRT' } });
  await cut;
  await load.more(60);
  emu.faults.remove('tokyo');
  await load.more(60);
  await expectNothingLost(load);
  expect(load.byEgress.size).toBeGreaterThan(1);
  const repeated = emu.requests.list(1_000).filter(({ reasons }) => reasons.some((each) => each.outcome === 'failed'));
  expect(repeated.length).toBeGreaterThan(0);
});
