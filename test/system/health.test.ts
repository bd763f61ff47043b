import { describe, expect, onTestFinished, test } from 'vitest';
import { DATA_CENTERS } from '../../emulator/geo/data-centers.js';
import type { ConfigInput, Emulator } from '../../emulator/index.js';
import { FrameType } from '../../protocol/frames.js';
import { type Deadlines, ManualDeadlines } from '../../runtime/deadlines.js';
import { ConnectorPeer } from '../support/connector-peer.js';
import { address, nextEvent, tokenOf, useEmulator } from '../support/emulator.js';
import { advance, endpointIn, type Monitor, poolIn } from '../support/health.js';
import { parseRoute } from '../support/route.js';
import { useOrigin, useServer, useSockets, useTlsServer } from '../support/servers.js';

type Pool = NonNullable<ConfigInput['pools']>[number];
const URL_OF_APP = 'http://app.example.com/';

interface Setup {
  readonly pools: readonly Pool[];
  readonly monitor?: Partial<Monitor>;
  readonly dataCenters?: readonly string[];
  readonly rest?: Partial<ConfigInput>;
  /** Default `manual`. Only on a real clock do probes overlap. */
  readonly clock?: 'real' | 'manual';
  readonly deadlines?: Deadlines;
}

/** `app.example.com` over pools that one monitor watches every 60 seconds of a manual clock. */
function useHealth({
  pools,
  monitor,
  dataCenters = ['NRT'],
  rest,
  clock = 'manual',
  deadlines,
}: Setup): Promise<Emulator> {
  return useEmulator({
    clock,
    ...(deadlines ? { deadlines } : {}),
    config: {
      data_centers: [...dataCenters],
      zones: [
        {
          name: 'example.com',
          load_balancers: [{ name: 'app.example.com', proxied: true, default_pools: pools.map((pool) => pool.name) }],
        },
      ],
      pools: pools.map((pool) => ({ monitor: 'web', ...pool })),
      monitors: [{ name: 'web', path: '/health', expected_codes: '200', ...monitor }],
      ...rest,
    },
  });
}

/** An origin whose `/health` the test turns, and its endpoint. */
async function useEndpoint(name: string) {
  const { url, address: listening } = await useOrigin(name);
  const turn = async (state: 'up' | 'down'): Promise<void> => {
    await (await fetch(`${url}/health/${state}`, { method: 'POST' })).arrayBuffer();
  };
  return { turn, endpoint: { name, address: '127.0.0.1', port: listening.port } };
}

/** Where a request goes: pool, endpoint, and whether the pool was the fallback pool. */
async function route(emu: Emulator, colo = 'NRT') {
  const response = await emu.fetch(URL_OF_APP, { colo });
  await response.arrayBuffer();
  const { pool, endpoint, fallback } = parseRoute(response.headers.get('colocal-route'));
  return { status: response.status, pool, endpoint, fallback };
}

describe('traffic', () => {
  test('moves to the next pool when an origin goes unhealthy, and returns when it is well again', async () => {
    const [tokyo, osaka] = [await useEndpoint('tokyo-a'), await useEndpoint('osaka-a')];
    const emu = await useHealth({
      pools: [
        { name: 'tokyo', origins: [tokyo.endpoint] },
        { name: 'osaka', origins: [osaka.endpoint] },
      ],
    });
    await advance(emu, '0s');
    expect(await route(emu)).toEqual({ status: 200, pool: 'tokyo', endpoint: 'tokyo-a', fallback: false });

    await tokyo.turn('down');
    // Nobody has looked yet.
    expect(await route(emu)).toMatchObject({ pool: 'tokyo' });
    await advance(emu, '60s');
    expect(await route(emu)).toEqual({ status: 200, pool: 'osaka', endpoint: 'osaka-a', fallback: false });

    await tokyo.turn('up');
    await advance(emu, '60s');
    expect(await route(emu)).toMatchObject({ pool: 'tokyo' });
  });

  test('moves to another endpoint of the pool as long as enough of them are healthy', async () => {
    const [a, b] = [await useEndpoint('a'), await useEndpoint('b')];
    const emu = await useHealth({
      pools: [{ name: 'both', origins: [a.endpoint, b.endpoint] }],
      rest: { settings: { duplicate_addresses: 'allow' } },
    });
    await a.turn('down');
    await advance(emu, '0s');
    for (let request = 0; request < 10; request++) {
      expect(await route(emu)).toMatchObject({ pool: 'both', endpoint: 'b', fallback: false });
    }
    expect((await poolIn(emu, 'both')).health).toBe('degraded');
  });

  test('goes to the fallback pool when every pool is critical', async () => {
    const [a, b] = [await useEndpoint('a'), await useEndpoint('b')];
    const emu = await useHealth({
      pools: [
        { name: 'first', origins: [a.endpoint] },
        { name: 'last', origins: [b.endpoint] },
      ],
    });
    await Promise.all([a.turn('down'), b.turn('down')]);
    await advance(emu, '0s');
    expect(await route(emu)).toEqual({ status: 200, pool: 'last', endpoint: 'b', fallback: true });
    const [trace] = emu.requests.list(1);
    expect(trace?.reasons.map(({ step, subject, outcome }) => [step, subject, outcome])).toContainEqual([
      'pool',
      'first',
      'skipped',
    ]);
    for (const name of ['first', 'last']) expect((await poolIn(emu, name)).health).toBe('critical');
  });

  test('leaves a pool with fewer healthy endpoints than minimum_origins', async () => {
    const [a, b, other] = [await useEndpoint('a'), await useEndpoint('b'), await useEndpoint('other')];
    const emu = await useHealth({
      pools: [
        { name: 'pair', minimum_origins: 2, origins: [a.endpoint, b.endpoint] },
        { name: 'spare', origins: [other.endpoint] },
      ],
      rest: { settings: { duplicate_addresses: 'allow' } },
    });
    await advance(emu, '0s');
    expect(await route(emu)).toMatchObject({ pool: 'pair' });
    await b.turn('down');
    await advance(emu, '60s');
    expect(await route(emu)).toMatchObject({ pool: 'spare', fallback: false });
  });

  test('waits for as many fails and passes in a row as the monitor says', async () => {
    const [a, b] = [await useEndpoint('a'), await useEndpoint('b')];
    const emu = await useHealth({
      pools: [
        { name: 'first', origins: [a.endpoint] },
        { name: 'second', origins: [b.endpoint] },
      ],
      monitor: { consecutive_down: 2, consecutive_up: 3 },
    });
    const pools: unknown[] = [];
    const pass = async (by: string): Promise<void> => {
      await advance(emu, by);
      pools.push((await route(emu)).pool);
    };
    for (const by of ['0s', '60s', '60s']) await pass(by);
    await a.turn('down');
    for (const by of ['60s', '60s']) await pass(by);
    await a.turn('up');
    for (const by of ['60s', '60s', '60s']) await pass(by);
    // Everything counts as down until three passes; the last pool is the fallback pool.
    expect(pools).toEqual(['second', 'second', 'first', 'first', 'second', 'second', 'second', 'first']);
  });
});

describe('before the first result', () => {
  const pools = async () => [
    { name: 'first', origins: [(await useEndpoint('a')).endpoint] },
    { name: 'last', origins: [(await useEndpoint('b')).endpoint] },
  ];

  test('endpoints count as down, so requests go to the fallback pool', async () => {
    const emu = await useHealth({ pools: await pools() });
    expect(await route(emu)).toMatchObject({ pool: 'last', fallback: true });
    expect(await endpointIn(emu, 'first', 'a')).toMatchObject({ state: 'unknown', waiting: ['NRT'] });
    expect((await poolIn(emu, 'first')).health).toBe('unknown');
  });

  test('they count as healthy with settings.initial_health: healthy', async () => {
    const emu = await useHealth({ pools: await pools(), rest: { settings: { initial_health: 'healthy' } } });
    expect(await route(emu)).toMatchObject({ pool: 'first', fallback: false });
  });

  test('ready?for=health says what it waits for', async () => {
    const emu = await useHealth({ pools: await pools() });
    const ask = async () => {
      const response = await fetch(`${address(emu, 'apiUrl')}/colocal/v1/ready?for=health`);
      return { status: response.status, ...((await response.json()) as object) };
    };
    expect(await ask()).toEqual({
      status: 503,
      ready: false,
      missing: [
        'endpoint a of pool first: monitor web has no result yet',
        'endpoint b of pool last: monitor web has no result yet',
      ],
    });
    await advance(emu, '0s');
    expect(await ask()).toEqual({ status: 200, ready: true, missing: [] });
  });
});

describe('a probe', () => {
  test('says who it is on a connection of its own, from every data center once per interval', async () => {
    const requests: { ray: string; agent: string; host: string; path: string; socket: unknown }[] = [];
    const { port } = await useServer(({ headers, url, socket }, response) => {
      requests.push({
        ray: String(headers['cf-ray']),
        agent: String(headers['user-agent']),
        host: String(headers.host),
        path: String(url),
        socket,
      });
      response.end();
    });
    const emu = await useHealth({
      dataCenters: ['NRT', 'LHR', 'SYD'],
      pools: [
        {
          name: 'p',
          id: '0123456789abcdef0123456789abcdef',
          origins: [{ name: 'a', address: '127.0.0.1', port, header: { Host: ['app.example.com'] } }],
        },
      ],
      monitor: { header: { Host: ['monitor.example.com'] } },
    });
    await advance(emu, '0s');
    for (let interval = 0; interval < 2; interval++) await advance(emu, '60s');
    expect(requests.length).toBe(9);
    expect(new Set(requests.map(({ socket }) => socket)).size).toBe(9);
    const dataCenters = requests.map(({ ray }) => /^[0-9a-f]{16}-([A-Z]{3})$/.exec(ray)?.[1]);
    for (const code of ['NRT', 'LHR', 'SYD']) expect(dataCenters.filter((each) => each === code).length).toBe(3);
    for (const { agent, host, path } of requests) {
      expect({ agent, host, path }).toEqual({
        agent:
          'Mozilla/5.0 (compatible; Cloudflare-Traffic-Manager/1.0; +https://www.cloudflare.com/traffic-manager/; pool-id: 0123456789abcdef)',
        host: 'app.example.com',
        path: '/health',
      });
    }
  });

  test('goes to endpoints of weight 0, and not to what is disabled', async () => {
    const asked = new Set<string>();
    const endpoint = async (name: string) => {
      const { port } = await useServer((_request, response) => {
        asked.add(name);
        response.end();
      });
      return { name, address: '127.0.0.1', port };
    };
    const emu = await useHealth({
      pools: [
        {
          name: 'on',
          origins: [
            await endpoint('plain'),
            { ...(await endpoint('weightless')), weight: 0 },
            { ...(await endpoint('off')), enabled: false },
          ],
        },
        { name: 'off', enabled: false, origins: [await endpoint('in a disabled pool')] },
      ],
      rest: { settings: { duplicate_addresses: 'allow' } },
    });
    await advance(emu, '60s');
    expect([...asked].sort()).toEqual(['plain', 'weightless']);
    expect(await poolIn(emu, 'on')).toMatchObject({ health: 'degraded' });
    expect(await poolIn(emu, 'off')).toMatchObject({ health: 'unknown' });
  });

  test('takes any certificate with allow_insecure', async () => {
    const { port } = await useTlsServer((_request, response) => response.end());
    const emu = await useHealth({
      pools: [{ name: 'p', origins: [{ name: 'a', address: '127.0.0.1', port }] }],
      monitor: { type: 'https', allow_insecure: true },
    });
    await advance(emu, '0s');
    expect((await endpointIn(emu, 'p', 'a')).state).toBe('healthy');
  });

  test.each(['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const)('speaks %s', async (version) => {
    const old = { minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' };
    const { port } = await useTlsServer((_request, response) => response.end(), old);
    const emu = await useHealth({
      pools: [{ name: 'p', origins: [{ name: 'a', address: '127.0.0.1', port }] }],
      monitor: { type: 'https', allow_insecure: true },
    });
    await advance(emu, '0s');
    expect((await endpointIn(emu, 'p', 'a')).state).toBe('healthy');
  });

  test('follows redirects at the same endpoint', async () => {
    const hosts: unknown[] = [];
    const { port } = await useServer((request, response) => {
      hosts.push(request.headers.host);
      if (request.url === '/health') response.writeHead(301, { location: 'http://www.example.com/there' }).end();
      else response.end('All is well');
    });
    const emu = await useHealth({
      pools: [{ name: 'p', origins: [{ name: 'a', address: '127.0.0.1', port }] }],
      monitor: { follow_redirects: true, expected_body: 'all IS well' },
    });
    await advance(emu, '0s');
    expect((await endpointIn(emu, 'p', 'a')).state).toBe('healthy');
    expect(hosts).toEqual(['127.0.0.1', 'www.example.com']);
  });

  test('of type tcp is content with a connection', async () => {
    const { port } = await useServer(() => undefined);
    const emu = await useHealth({
      pools: [{ name: 'p', origins: [{ name: 'a', address: '127.0.0.1', port }] }],
      rest: { monitors: [{ name: 'web', type: 'tcp', port }] },
    });
    await advance(emu, '0s');
    expect((await endpointIn(emu, 'p', 'a')).state).toBe('healthy');
  });
});

describe('who decides', () => {
  /** An origin that fails the probes of some data centers. */
  async function useDivided(failing: ReadonlySet<string>) {
    const { port } = await useServer(({ headers }, response) => {
      const code = String(headers['cf-ray']).slice(-3);
      response.writeHead(failing.has(code) ? 503 : 200).end();
    });
    return { name: 'divided', address: '127.0.0.1', port };
  }
  const spare = async () => ({ name: 'spare', origins: [(await useEndpoint('spare')).endpoint] });

  test('a data center that fails by itself steers its own traffic away, and only that', async () => {
    const emu = await useHealth({
      dataCenters: ['NRT', 'KIX', 'LHR'],
      pools: [{ name: 'p', origins: [await useDivided(new Set(['LHR']))] }, await spare()],
    });
    await advance(emu, '0s');
    expect(await endpointIn(emu, 'p', 'divided')).toEqual({
      state: 'healthy',
      passing: ['NRT', 'KIX'],
      waiting: [],
      failing: [
        {
          failure_reason: 'Response code mismatch error',
          detail: 'answered 503, expected 200',
          data_centers: ['LHR'],
        },
      ],
    });
    expect(await route(emu, 'NRT')).toMatchObject({ pool: 'p' });
    expect(await route(emu, 'LHR')).toMatchObject({ pool: 'spare' });
  });

  test('with check_regions the majority of regions decides for everybody', async () => {
    const failing = new Set(['LHR', 'FRA', 'SJC']);
    const emu = await useHealth({
      dataCenters: ['NRT', 'KIX', 'HKG', 'LHR', 'FRA', 'CDG', 'SJC', 'SEA', 'DFW', 'SYD'],
      pools: [
        { name: 'p', check_regions: ['NEAS', 'WEU', 'WNAM'], origins: [await useDivided(failing)] },
        await spare(),
      ],
    });
    await advance(emu, '0s');
    expect(await endpointIn(emu, 'p', 'divided')).toMatchObject({
      state: 'healthy',
      regions: { NEAS: 'healthy', WEU: 'unhealthy', WNAM: 'healthy' },
    });
    // Also where the probes fail, and where none are made.
    for (const colo of ['LHR', 'SYD']) expect(await route(emu, colo)).toMatchObject({ pool: 'p' });

    failing.add('SEA');
    const changed = nextEvent(emu, 'health.changed', ({ data }) => data.kind === 'endpoint');
    await advance(emu, '60s');
    for (const colo of ['NRT', 'SYD']) expect(await route(emu, colo)).toMatchObject({ pool: 'spare' });
    const { message, data } = await changed;
    expect(message).toMatch(
      /^endpoint divided of pool p is unhealthy \(was healthy\): 2 of 3 regions fail \(WEU, WNAM\); Response code mismatch error: answered 503/,
    );
    expect(data).toMatchObject({ pool: 'p', endpoint: 'divided', from: 'healthy', to: 'unhealthy' });
    expect(data.votes).toContainEqual({
      data_center: 'SEA',
      region: 'WNAM',
      verdict: 'unhealthy',
      failure_reason: 'Response code mismatch error',
      detail: 'answered 503, expected 200',
    });
  });

  test('only changes are events', async () => {
    const { turn, endpoint } = await useEndpoint('a');
    const emu = await useHealth({ dataCenters: ['NRT', 'KIX'], pools: [{ name: 'p', origins: [endpoint] }] });
    const told: string[] = [];
    emu.onEvent(({ type, message }) => {
      if (type === 'health.changed') told.push(message);
    });
    for (const state of ['up', 'up', 'down', 'down', 'up'] as const) {
      await turn(state);
      await advance(emu, '60s');
    }
    expect(told.map((message) => message.replace(/:.*/, ''))).toEqual([
      'endpoint a of pool p is healthy (was unknown)',
      'pool p is healthy (was unknown)',
      'endpoint a of pool p is unhealthy (was healthy)',
      'pool p is critical (was healthy)',
      'endpoint a of pool p is healthy (was unhealthy)',
      'pool p is healthy (was critical)',
    ]);
  });
});

describe('behind a tunnel', () => {
  const behind = async (port: number): Promise<Setup> => ({
    pools: [
      { name: 'app', origins: [{ name: 'published', tunnel: 't', header: { Host: ['app.example.com'] } }] },
      { name: 'private', origins: [{ name: 'routed', address: '10.1.2.3', port, virtual_network: 'lab' }] },
      { name: 'last', origins: [(await useEndpoint('spare')).endpoint] },
    ],
    rest: {
      tunnels: [
        {
          name: 't',
          config: { ingress: [{ service: `http://127.0.0.1:${port}` }] },
          routes: [{ network: '10.1.2.0/24', virtual_network: 'lab' }],
        },
        { name: 'other' },
      ],
      virtual_networks: [{ name: 'lab' }],
    },
  });
  const MAPS = ['10.1.2.3/32=127.0.0.1/32'];
  const states = async (emu: Emulator) => [
    (await endpointIn(emu, 'app', 'published')).state,
    (await endpointIn(emu, 'private', 'routed')).state,
  ];

  test('endpoints are probed when the tunnel gets its first connection, and its loss is seen', async () => {
    const { address: origin } = await useOrigin();
    const emu = await useHealth(await behind(origin.port));
    await advance(emu, '0s');
    expect(await states(emu)).toEqual(['unhealthy', 'unhealthy']);
    expect(await route(emu)).toMatchObject({ status: 200, pool: 'last' });

    const connector = await emu.connect({ tunnel: 't', location: 'NRT', maps: MAPS });
    await advance(emu, '0s');
    expect(await states(emu)).toEqual(['healthy', 'healthy']);
    expect(await route(emu)).toMatchObject({ status: 200, pool: 'app' });

    const closed = nextEvent(emu, 'connection.closed');
    await connector.close();
    await closed;
    await advance(emu, '60s');
    expect(await states(emu)).toEqual(['unhealthy', 'unhealthy']);
    expect(await route(emu)).toMatchObject({ status: 200, pool: 'last' });
  });

  test('a probe takes the next connection when the nearest breaks under it', async () => {
    const { address: origin } = await useOrigin();
    const emu = await useHealth(await behind(origin.port));
    await emu.connect({ tunnel: 't', location: 'LHR', maps: MAPS });
    const near = await ConnectorPeer.connect(address(emu, 'connectorsUrl'), tokenOf(emu, 't'), { location: 'NRT' });
    onTestFinished(() => near.close());
    const { serial, version } = JSON.parse((await near.next(FrameType.CONFIG)).payload.toString());
    near.json(FrameType.CONFIG_ACK, 0, { serial, version });
    const checked = advance(emu, '0s');
    await near.next(FrameType.OPEN);
    near.break();
    await checked;
    expect(await states(emu)).toEqual(['healthy', 'healthy']);
  });

  test('endpoints are probed at once when their route leads elsewhere', async () => {
    const { address: origin } = await useOrigin();
    const emu = await useHealth(await behind(origin.port));
    await emu.connect({ tunnel: 't', location: 'NRT', maps: MAPS });
    await advance(emu, '0s');
    const { routes, tunnels } = emu.state.read();
    const [first] = routes.values();
    const other = [...tunnels.values()].find(({ name }) => name === 'other');
    if (!first || !other) throw new Error('the configuration has a route and another tunnel');
    emu.state.transact('api', (draft) => draft.put('routes', { ...first, tunnel_id: other.id }));
    await advance(emu, '0s');
    // Nobody connects the other tunnel.
    expect(await states(emu)).toEqual(['healthy', 'unhealthy']);
  });
});

describe('a change of the configuration', () => {
  test('keeps what is known, and probes at once what it is about', async () => {
    const { endpoint } = await useEndpoint('a');
    const emu = await useHealth({ pools: [{ name: 'p', origins: [endpoint] }] });
    await advance(emu, '0s');
    const [monitor] = emu.state.read().monitors.values();
    if (!monitor) throw new Error('the configuration has a monitor');
    emu.state.transact('api', (draft) => draft.put('monitors', { ...monitor, path: '/status/500' }));
    expect((await endpointIn(emu, 'p', 'a')).state).toBe('healthy');
    await advance(emu, '0s');
    expect((await endpointIn(emu, 'p', 'a')).state).toBe('unhealthy');
  });

  test('that removes the monitor makes health not matter any more', async () => {
    const { turn, endpoint } = await useEndpoint('a');
    const emu = await useHealth({
      pools: [
        { name: 'p', origins: [endpoint] },
        { name: 'last', origins: [(await useEndpoint('b')).endpoint] },
      ],
    });
    await turn('down');
    await advance(emu, '0s');
    expect(await route(emu)).toMatchObject({ pool: 'last' });
    const pool = [...emu.state.read().pools.values()].find(({ name }) => name === 'p');
    if (!pool) throw new Error('the configuration has the pool p');
    const { monitor: _monitor, ...unwatched } = pool;
    emu.state.transact('api', (draft) => draft.put('pools', { ...unwatched, check_regions: null }));
    expect(await route(emu)).toMatchObject({ pool: 'p' });
    const shown = await poolIn(emu, 'p');
    expect([shown.health, shown.endpoints[0]?.health]).toEqual([undefined, undefined]);
  });

  test('that disables an endpoint can make its pool critical', async () => {
    const [a, b] = [await useEndpoint('a'), await useEndpoint('b')];
    const emu = await useHealth({
      pools: [{ name: 'pair', minimum_origins: 2, origins: [a.endpoint, b.endpoint] }],
      rest: { settings: { duplicate_addresses: 'allow' } },
    });
    await advance(emu, '0s');
    const [pool] = emu.state.read().pools.values();
    if (!pool) throw new Error('the configuration has a pool');
    const changed = nextEvent(emu, 'health.changed');
    const [first, second] = pool.origins;
    if (!first || !second) throw new Error('the pool has two endpoints');
    emu.state.transact('api', (draft) =>
      draft.put('pools', { ...pool, check_regions: null, origins: [first, { ...second, enabled: false }] }),
    );
    expect((await changed).message).toBe(
      'pool pair is critical (was healthy): 1 of 2 endpoints healthy, at least 2 needed; not healthy: b (disabled)',
    );
  });
});

test('a change is told once, though probes from several data centers end at the same time', async () => {
  const waiting: (() => void)[] = [];
  const { port } = await useServer((request, response) => {
    if (request.url !== '/health') return void response.end('ok');
    waiting.push(() => response.end('ok'));
    // Every data center is asking before the first has its answer.
    if (waiting.length === 3) for (const answer of waiting.splice(0)) answer();
  });
  const emu = await useHealth({
    pools: [{ name: 'tokyo', origins: [{ name: 'tokyo-a', address: '127.0.0.1', port }] }],
    dataCenters: ['NRT', 'KIX', 'ICN'],
    clock: 'real',
  });
  const told: unknown[] = [];
  emu.onEvent(({ type, data }) => {
    if (type === 'health.changed') told.push(data.kind);
  });
  await nextEvent(emu, 'health.changed', ({ data }) => data.kind === 'pool');
  // The last of the three answers was sent together with the others; a request that began later ends after it.
  expect((await emu.fetch(URL_OF_APP)).status).toBe(200);
  expect(told).toEqual(['endpoint', 'pool']);
});

test('many probes at a time leave Node nothing to warn of', async () => {
  const warnings: string[] = [];
  const onWarning = ({ name, message }: Error) => warnings.push(`${name}: ${message}`);
  process.on('warning', onWarning);
  onTestFinished(() => void process.off('warning', onWarning));
  const dataCenters = ['NRT', 'KIX', 'ICN', 'HKG', 'SIN', 'SYD', 'LHR', 'FRA', 'CDG', 'SJC', 'SEA', 'DFW', 'IAD'];
  const waiting: (() => void)[] = [];
  let arrived = 0;
  const answer = (end: () => void): void => {
    waiting.push(end);
    // All three kinds of each data center are under way.
    if (++arrived === 3 * dataCenters.length) for (const each of waiting.splice(0)) each();
  };
  const { port } = await useServer((_request, response) => answer(() => response.end()));
  const { port: mail } = await useSockets((socket) => {
    socket.on('data', (said) => socket.write(String(said).startsWith('QUIT') ? '221 bye\r\n' : '250 hello\r\n'));
    answer(() => socket.write('220 here\r\n'));
  });
  const { port: secure } = await useTlsServer((_request, response) => answer(() => response.end()));
  const endpoint = (name: string, at: number) => [{ name, address: '127.0.0.1', port: at }];
  const emu = await useHealth({
    clock: 'real',
    dataCenters,
    pools: [
      { name: 'plain', origins: endpoint('a', port) },
      { name: 'secure', monitor: 'tls', origins: endpoint('b', secure) },
      { name: 'mail', monitor: 'smtp', origins: endpoint('c', mail) },
    ],
    rest: {
      monitors: [
        { name: 'web', expected_codes: '200' },
        { name: 'tls', type: 'https', expected_codes: '200', allow_insecure: true },
        { name: 'smtp', type: 'smtp', port: mail },
      ],
    },
  });
  await Promise.all(
    ['plain', 'secure', 'mail'].map((pool) => nextEvent(emu, 'health.changed', ({ data }) => data.pool === pool)),
  );
  expect(warnings).toEqual([]);
});

test('an endpoint that hangs does not delay the others’ first result', async () => {
  const deadlines = new ManualDeadlines();
  let open = 0;
  const hanging = await Promise.all(Array.from({ length: 20 }, () => useSockets(() => void open++)));
  const emu = await useHealth({
    clock: 'real',
    deadlines,
    dataCenters: [...DATA_CENTERS.keys()].slice(0, 39),
    pools: [
      {
        name: 'black-hole',
        origins: hanging.map(({ port }, index) => ({ name: `h${index}`, address: '127.0.0.1', port })),
      },
      { name: 'well', origins: [(await useEndpoint('w')).endpoint] },
    ],
    rest: { settings: { duplicate_addresses: 'allow' } },
  });
  const decided = nextEvent(emu, 'health.changed', ({ data }) => data.kind === 'pool');
  // The first checks begin, and none of them ever takes too long.
  deadlines.elapse(100);
  expect((await decided).data).toMatchObject({ pool: 'well', to: 'healthy' });
  const { passing, waiting } = await endpointIn(emu, 'well', 'w');
  expect([passing.length + waiting.length, open > 0, open <= 256]).toEqual([39, true, true]);
  expect((await poolIn(emu, 'black-hole')).health).toBe('unknown');
});
