import { describe, expect, test } from 'vitest';
import { DATA_CENTERS } from '../../emulator/geo/data-centers.js';
import { roundTripMs } from '../../emulator/geo/round-trip.js';
import type { ConfigInput, Emulator } from '../../emulator/index.js';
import { nextEvent, useEmulator } from '../support/emulator.js';
import { advance, endpointIn, poolIn } from '../support/health.js';
import { parseRoute } from '../support/route.js';
import { useOrigin, useServer } from '../support/servers.js';

type Pool = NonNullable<ConfigInput['pools']>[number];

/** An origin whose checks fail when the test says so: by the probing data center, or by the path that is asked for. */
async function useJudged(fails: (code: string, path: string) => boolean) {
  const { port } = await useServer(({ headers, url = '' }, response) => {
    const ray = String(headers['cf-ray']);
    response.writeHead(fails(ray.slice(ray.lastIndexOf('-') + 1), url) ? 503 : 200).end();
  });
  return { name: 'judged', address: '127.0.0.1', port };
}

function use(pools: readonly Pool[], rest: Partial<ConfigInput>): Promise<Emulator> {
  return useEmulator({
    clock: 'manual',
    config: {
      zones: [
        {
          name: 'example.com',
          load_balancers: [{ name: 'app.example.com', proxied: true, default_pools: pools.map(({ name }) => name) }],
        },
      ],
      pools: [...pools],
      monitors: [{ name: 'web', path: '/health', expected_codes: '200' }],
      ...rest,
    },
  });
}

async function poolFor(emu: Emulator, colo: string): Promise<string | undefined> {
  const response = await emu.fetch('http://app.example.com/', { colo });
  await response.arrayBuffer();
  return parseRoute(response.headers.get('colocal-route')).pool as string | undefined;
}

const spare = async (): Promise<Pool> => {
  const { address } = await useOrigin('spare');
  return { name: 'spare', origins: [{ name: 'spare', address: '127.0.0.1', port: address.port }] };
};

describe('with health_sources [regional, global]', () => {
  test('a region whose checks fail steers its own traffic away, and no other', async () => {
    const failing = new Set(['LHR', 'FRA']);
    const emu = await use(
      [
        {
          name: 'p',
          monitor: 'web',
          check_regions: ['NEAS', 'WEU', 'WNAM'],
          health_sources: ['regional', 'global'],
          origins: [await useJudged((code) => failing.has(code))],
        },
        await spare(),
      ],
      { data_centers: ['NRT', 'KIX', 'HKG', 'LHR', 'FRA', 'CDG', 'SJC', 'SEA', 'DFW', 'SYD'] },
    );
    await advance(emu, '0s');
    expect(await endpointIn(emu, 'p', 'judged')).toMatchObject({ state: 'healthy', regions: { WEU: 'unhealthy' } });
    const pools = () => Promise.all(['NRT', 'LHR', 'CDG', 'SJC', 'SYD'].map((colo) => poolFor(emu, colo)));
    // CDG passes, and goes by its region all the same; SYD is in none that is checked.
    expect(await pools()).toEqual(['p', 'spare', 'spare', 'p', 'p']);

    for (const code of ['NRT', 'KIX', 'HKG']) failing.add(code);
    await advance(emu, '60s');
    // Globally unhealthy now, but not in WNAM.
    expect(await pools()).toEqual(['spare', 'spare', 'spare', 'p', 'spare']);
    expect(await poolIn(emu, 'p')).toMatchObject({
      health: 'critical',
      check_regions: ['NEAS', 'WEU', 'WNAM'],
      health_sources: ['regional', 'global'],
    });
  });

  test('a region whose data centers are down falls back to the global decision', async () => {
    const emu = await use(
      [
        {
          name: 'p',
          monitor: 'web',
          check_regions: ['NEAS', 'WEU'],
          health_sources: ['regional', 'global'],
          origins: [await useJudged((code) => code === 'LHR')],
        },
        await spare(),
      ],
      {
        data_centers: ['NRT', 'LHR'],
        faults: [{ name: 'night', type: 'data_center_down', match: { data_center: 'LHR' }, starts: '30s' }],
      },
    );
    await advance(emu, '0s');
    expect((await endpointIn(emu, 'p', 'judged')).regions).toEqual({ NEAS: 'healthy', WEU: 'unhealthy' });
    await advance(emu, '90s');
    expect(await endpointIn(emu, 'p', 'judged')).toMatchObject({ state: 'healthy', regions: { NEAS: 'healthy' } });
  });
});

describe('a monitor group', () => {
  /** Three monitors of one endpoint, which fail by their path. */
  async function useGroup(members: NonNullable<ConfigInput['monitor_groups']>[number]['members']) {
    const failing = new Set<string>();
    const emu = await use(
      [
        { name: 'p', monitor_group: 'all', origins: [await useJudged((_code, path) => failing.has(path))] },
        await spare(),
      ],
      {
        data_centers: ['NRT'],
        monitors: [
          { name: 'web', path: '/web', expected_codes: '200' },
          { name: 'api', path: '/api', expected_codes: '200' },
          { name: 'login', path: '/login', expected_codes: '200', interval: 120 },
        ],
        monitor_groups: [{ name: 'all', members }],
      },
    );
    return { emu, failing };
  }
  const VOTING = [{ monitor: 'web' }, { monitor: 'api' }, { monitor: 'login' }];

  test('makes an endpoint unhealthy by more than half of its votes, the slow ones’ last results among them', async () => {
    const { emu, failing } = await useGroup(VOTING);
    await advance(emu, '0s');
    expect(await poolFor(emu, 'NRT')).toBe('p');
    failing.add('/web');
    await advance(emu, '60s');
    expect(await poolFor(emu, 'NRT')).toBe('p');

    failing.add('/login');
    const changed = nextEvent(emu, 'health.changed', ({ data }) => data.kind === 'endpoint');
    await advance(emu, '120s');
    expect(await poolFor(emu, 'NRT')).toBe('spare');
    const { message, data } = await changed;
    expect(message).toBe(
      'endpoint judged of pool p is unhealthy (was healthy): 2 of 3 voting monitors fail (web, login); ' +
        'web: 1 of 1 data center fails (NRT); Response code mismatch error: answered 503, expected 200; ' +
        'login: 1 of 1 data center fails (NRT); Response code mismatch error: answered 503, expected 200',
    );
    expect(data).toMatchObject({
      monitor_group: 'all',
      monitors: [
        { monitor: 'web', part: 'voting', verdict: 'unhealthy' },
        { monitor: 'api', part: 'voting', verdict: 'healthy' },
        { monitor: 'login', part: 'voting', verdict: 'unhealthy' },
      ],
    });
    expect(await endpointIn(emu, 'p', 'judged')).toMatchObject({
      state: 'unhealthy',
      failing: [{ detail: 'web: answered 503, expected 200' }],
      monitors: [
        { monitor: 'web', state: 'unhealthy', failing: [{ data_centers: ['NRT'] }] },
        { monitor: 'api', state: 'healthy', passing: ['NRT'] },
        { monitor: 'login', state: 'unhealthy' },
      ],
    });
  });

  test('does so at once when one fails that must be healthy', async () => {
    const { emu, failing } = await useGroup([{ monitor: 'web', must_be_healthy: true }, ...VOTING.slice(1)]);
    await advance(emu, '0s');
    failing.add('/web');
    const changed = nextEvent(emu, 'health.changed', ({ data }) => data.kind === 'endpoint');
    await advance(emu, '60s');
    expect(await poolFor(emu, 'NRT')).toBe('spare');
    expect((await changed).message).toContain('web must be healthy, and fails: 1 of 1 data center fails (NRT)');
  });

  test('is told of what only monitors, and does not act on it', async () => {
    const { emu, failing } = await useGroup([{ monitor: 'web' }, { monitor: 'api', monitoring_only: true }]);
    await advance(emu, '0s');
    failing.add('/api');
    const told = nextEvent(emu, 'health.changed', ({ data }) => data.monitor === 'api');
    await advance(emu, '60s');
    expect((await told).message).toMatch(
      /^monitor api finds endpoint judged of pool p unhealthy \(was healthy\), and decides nothing: 1 of 1/,
    );
    expect(await poolFor(emu, 'NRT')).toBe('p');
  });

  test('is followed when it changes: the others keep what they know', async () => {
    const { emu, failing } = await useGroup(VOTING);
    failing.add('/web');
    await advance(emu, '0s');
    expect(await poolFor(emu, 'NRT')).toBe('p');
    const [group] = emu.state.read().monitor_groups.values();
    if (!group) throw new Error('the configuration has a group');
    const members = group.members.map((member, index) => ({ ...member, must_be_healthy: index === 0 }));
    emu.state.transact('api', (draft) => draft.put('monitor_groups', { ...group, members }));
    expect(await poolFor(emu, 'NRT')).toBe('spare');
    emu.state.transact('api', (draft) => draft.put('monitor_groups', { ...group, members: group.members.slice(1) }));
    expect(await poolFor(emu, 'NRT')).toBe('p');
  });

  test('does not run disabled members', async () => {
    const { emu, failing } = await useGroup([{ monitor: 'web' }, { monitor: 'api', enabled: false }]);
    failing.add('/api');
    await advance(emu, '0s');
    const { monitors } = await endpointIn(emu, 'p', 'judged');
    expect(monitors?.map(({ monitor }) => monitor)).toEqual(['web']);
  });
});

describe('round trips', () => {
  const between = (a: string, b: string): number => {
    const [from, to] = [DATA_CENTERS.get(a), DATA_CENTERS.get(b)];
    if (!from || !to) throw new Error('these data centers exist');
    return roundTripMs(from, to);
  };
  const REST = { locations: [{ match: '127.0.0.1', data_center: 'FRA' }] };

  test('are those of the model, from each data center or from each region', async () => {
    const origin = await useJudged(() => false);
    const emu = await use(
      [
        { name: 'everywhere', monitor: 'web', origins: [origin] },
        { name: 'regions', monitor: 'web', check_regions: ['NEAS'], origins: [origin] },
        { name: 'unwatched', origins: [origin] },
      ],
      { ...REST, data_centers: ['NRT', 'LHR', 'FRA'] },
    );
    await advance(emu, '0s');
    expect((await poolIn(emu, 'everywhere')).round_trips).toEqual({
      NRT: between('NRT', 'FRA'),
      LHR: between('LHR', 'FRA'),
      FRA: 0,
    });
    expect((await poolIn(emu, 'regions')).round_trips).toEqual({ NEAS: between('NRT', 'FRA') });
    expect((await poolIn(emu, 'unwatched')).round_trips).toEqual({});
  });

  test('are those of healthy endpoints only', async () => {
    const failing = new Set<string>();
    const emu = await use([{ name: 'p', monitor: 'web', origins: [await useJudged((code) => failing.has(code))] }], {
      ...REST,
      data_centers: ['NRT', 'LHR', 'FRA'],
    });
    await advance(emu, '0s');
    failing.add('LHR');
    await advance(emu, '60s');
    expect(Object.keys((await poolIn(emu, 'p')).round_trips)).toEqual(['NRT', 'FRA']);
  });

  test('lead through the data center where the tunnel ends', async () => {
    const { address } = await useOrigin();
    const emu = await use([{ name: 'p', monitor: 'web', origins: [{ name: 'a', tunnel: 't' }] }], {
      data_centers: ['NRT', 'LHR'],
      tunnels: [{ name: 't', config: { ingress: [{ service: `http://127.0.0.1:${address.port}` }] } }],
    });
    await emu.connect({ tunnel: 't', location: 'LHR', connections: 1 });
    await advance(emu, '0s');
    expect((await poolIn(emu, 'p')).round_trips).toEqual({ NRT: between('NRT', 'LHR'), LHR: 0 });
  });
});

test('a load balancer’s state follows from its pools', async () => {
  const failing = new Set<string>();
  const origin = await useJudged((_code, path) => failing.has(path));
  const emu = await use(
    [
      { name: 'one', monitor: 'web', origins: [origin] },
      { name: 'two', monitor: 'other', origins: [origin] },
    ],
    {
      data_centers: ['NRT'],
      monitors: [
        { name: 'web', path: '/web', expected_codes: '200' },
        { name: 'other', path: '/other', expected_codes: '200' },
      ],
    },
  );
  const states: unknown[] = [];
  for (const path of ['/none', '/web', '/other']) {
    failing.add(path);
    await advance(emu, '60s');
    const response = await fetch(`${emu.apiUrl}/colocal/v1/state`);
    const { load_balancers } = (await response.json()) as { load_balancers: { health?: string }[] };
    states.push(load_balancers[0]?.health);
  }
  expect(states).toEqual(['healthy', 'degraded', 'critical']);
});
