import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { type ConfigInput, type Emulator, type EmulatorOptions, startEmulator } from '../../emulator/index.js';
import { ManualDeadlines } from '../../runtime/deadlines.js';
import { ask } from '../support/client.js';
import { ConnectorPeer } from '../support/connector-peer.js';
import { address, configOfPaths, nextEvent, tokenOf, useEmulator } from '../support/emulator.js';
import { advance, endpointIn, poolIn } from '../support/health.js';
import { parseRoute } from '../support/route.js';
import { useOrigin, useServer } from '../support/servers.js';

/** Posts to the control API. */
async function post(url: string, body: object): Promise<{ status: number; json: unknown }> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, json: await response.json() };
}

describe('two emulators in one process', () => {
  test('have accounts, tunnels, journals and randomness of their own', async () => {
    const origin = await useOrigin();
    const config = (name: string): ConfigInput => ({
      ...configOfPaths({ port: origin.address.port }),
      account: { name },
    });
    const one = await useEmulator({ config: config('one'), seed: 1 });
    const two = await useEmulator({ config: config('two'), seed: 2 });
    const connector = await one.connect({ tunnel: 'app', location: 'NRT' });

    const answer = await one.fetch('http://tunnel.example.com/');
    const route = parseRoute(answer.headers.get('colocal-route'));
    expect(route).toMatchObject({ tunnel: 'app', connector: connector.id });
    expect((await two.fetch('http://tunnel.example.com/')).status).toBe(530);
    expect(two.requests.find(String(route.ray))).toBeUndefined();
    expect([one.requests.list(), two.requests.list()].map((traces) => traces.length)).toEqual([1, 1]);

    const refused = nextEvent(two, 'connector.refused');
    await expect(ConnectorPeer.dial(address(two, 'connectorsUrl'), tokenOf(one, 'app'))).rejects.toThrow('404');
    expect((await refused).data).toMatchObject({ code: 'TUNNEL_UNKNOWN' });

    await two.close();
    expect((await one.fetch('http://tunnel.example.com/')).status).toBe(200);
  });

  test('with the same configuration have the same ids, and each its own certificate authority', async () => {
    const config = configOfPaths({ port: 9 });
    const [one, two] = await Promise.all([useEmulator({ config }), useEmulator({ config })]);
    const ids = (emu: typeof one) => [...emu.state.read().pools.keys(), ...emu.state.read().tunnels.keys()];
    expect(ids(one)).toEqual(ids(two));
    expect(await one.caPem()).not.toBe(await two.caPem());
  });
});

describe('reset', () => {
  test('returns the file’s objects to the file, removes the API’s, empties the journal, and keeps connectors', async () => {
    const origin = await useOrigin();
    const emu = await useEmulator({ config: configOfPaths({ port: origin.address.port }) });
    const connector = await emu.connect({ tunnel: 'app', location: 'NRT' });
    const before = emu.state.read();
    const pool = [...before.pools.values()].find(({ name }) => name === 'public');
    emu.state.transact('api', (draft) => {
      draft.put('pools', { name: 'extra', origins: [{ name: 'e', address: '127.0.0.1' }] });
      draft.put('pools', {
        id: pool?.id ?? '',
        name: 'public',
        enabled: false,
        origins: [{ name: 'by-address', address: '127.0.0.1', port: origin.address.port }],
      });
    });
    expect((await emu.fetch('http://public.example.com/')).status).toBe(530);
    await emu.reset();
    expect(emu.requests.list()).toEqual([]);
    expect([...emu.state.read().pools.keys()]).toEqual([...before.pools.keys()]);
    expect((await emu.fetch('http://public.example.com/')).status).toBe(200);
    const answer = await emu.fetch('http://tunnel.example.com/');
    expect(parseRoute(answer.headers.get('colocal-route')).connector).toBe(connector.id);
  });
});

describe('reset lets health begin anew', () => {
  /** `app.example.com` over the pools `first` and `second`, both of one origin that answers. */
  async function useTwoPools(options: Partial<EmulatorOptions>): Promise<Emulator> {
    const { port } = await useServer((_request, response) => response.end());
    const pool = (name: string) => ({ name, monitor: 'web', origins: [{ name: 'a', address: '127.0.0.1', port }] });
    const pools = [pool('first'), pool('second')];
    const balancer = { name: 'app.example.com', proxied: true, default_pools: ['first', 'second'] };
    return useEmulator({
      config: {
        data_centers: ['NRT', 'LHR'],
        zones: [{ name: 'example.com', load_balancers: [balancer] }],
        pools,
        monitors: [{ name: 'web', expected_codes: '200', consecutive_up: 2 }],
        settings: { initial_health: 'healthy' },
      },
      ...options,
    });
  }
  const REFUSED = { name: 'refused', type: 'origin_refuse', match: { pool: 'first' } } as const;
  const serving = async (emu: Emulator): Promise<unknown> => {
    const response = await emu.fetch('http://app.example.com/', { colo: 'NRT' });
    await response.arrayBuffer();
    return parseRoute(response.headers.get('colocal-route')).pool;
  };
  const told = (emu: Emulator): string[] => {
    const messages: string[] = [];
    emu.onEvent(({ type, message }) => {
      if (type === 'health.changed') messages.push(message.replace(/:.*/, ''));
    });
    return messages;
  };

  test('with the next advance of a manual clock', async () => {
    const emu = await useTwoPools({ clock: 'manual' });
    await advance(emu, '0s');
    emu.faults.add(REFUSED);
    await advance(emu, '60s');
    expect([await serving(emu), (await poolIn(emu, 'first')).health]).toEqual(['second', 'critical']);

    const events = told(emu);
    await emu.reset();
    expect(events).toEqual([]);
    const forgotten = await poolIn(emu, 'first');
    expect(forgotten).toMatchObject({ health: 'unknown' });
    expect((await endpointIn(emu, 'first', 'a')).waiting).toEqual(['NRT', 'LHR']);
    await advance(emu, '0s');
    expect(events.toSorted()).toEqual([
      'endpoint a of pool first is healthy (was unknown)',
      'endpoint a of pool second is healthy (was unknown)',
      'pool first is healthy (was unknown)',
      'pool second is healthy (was unknown)',
    ]);
    expect(await serving(emu)).toBe('first');
  });

  test('at once on a real clock, and is over when the first results are there', async () => {
    const deadlines = new ManualDeadlines();
    const emu = await useTwoPools({ clock: 'real', deadlines });
    const critical = nextEvent(emu, 'health.changed', ({ data }) => data.to === 'critical');
    emu.faults.add(REFUSED);
    deadlines.elapse(100);
    await critical;
    expect(await serving(emu)).toBe('second');

    const events = told(emu);
    const reset = emu.reset();
    deadlines.elapse(100);
    await reset;
    expect(events).toContain('pool first is healthy (was unknown)');
    expect([await serving(emu), (await poolIn(emu, 'first')).health]).toEqual(['first', 'healthy']);
    expect((await endpointIn(emu, 'first', 'a')).passing).toEqual(['NRT', 'LHR']);
  });

  test('and gives up the probes that run', async () => {
    const deadlines = new ManualDeadlines();
    const stuck: ServerResponse[] = [];
    let arrived: () => void = () => undefined;
    const all = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const { port } = await useServer((_request, response) => {
      // Those before the reset have no answer.
      if (stuck.length === 2) return void response.end();
      if (stuck.push(response) === 2) arrived();
    });
    const origins = [{ name: 'a', address: '127.0.0.1', port }];
    const emu = await useTwoPools({
      clock: 'real',
      deadlines,
      config: {
        data_centers: ['NRT', 'LHR'],
        pools: [{ name: 'first', monitor: 'web', origins }],
        monitors: [{ name: 'web', expected_codes: '200' }],
      },
    });
    const events = told(emu);
    deadlines.elapse(100);
    await all;
    const reset = emu.reset();
    // Whoever was probing is asked once more when that is over.
    await Promise.all(stuck.map((response) => response.closed || once(response, 'close')));
    while (!(await isOver(reset))) deadlines.elapse(1);
    expect(events).toEqual([
      'endpoint a of pool first is healthy (was unknown)',
      'pool first is healthy (was unknown)',
    ]);
  });

  test('and does not wait for ever for an endpoint that never answers', async () => {
    const deadlines = new ManualDeadlines();
    const { port } = await useServer(() => undefined);
    const emu = await useEmulator({
      clock: 'real',
      deadlines,
      config: {
        pools: [{ name: 'hole', monitor: 'web', origins: [{ name: 'a', address: '127.0.0.1', port }] }],
        monitors: [{ name: 'web', expected_codes: '200', timeout: 10 }],
      },
    });
    const reset = emu.reset();
    deadlines.elapse(5_000);
    await reset;
    expect((await poolIn(emu, 'hole')).health).toBe('unknown');
  });
});

/** Whether a promise has resolved by the next turn of the event loop. */
function isOver(promise: Promise<void>): Promise<boolean> {
  return Promise.race([
    promise.then(() => true),
    new Promise<boolean>((resolve) => setImmediate(() => resolve(false))),
  ]);
}

describe('the end of an emulator', () => {
  test('comes with its scope: await using', async () => {
    const origin = await useOrigin();
    let url = '';
    {
      await using emu = await startEmulator({ config: configOfPaths({ port: origin.address.port }) });
      await using connector = await emu.connect({ tunnel: 'app' });
      url = address(emu, 'url');
      expect(connector.id).toMatch(/^[0-9a-f-]{36}$/);
      expect((await emu.fetch('http://tunnel.example.com/')).status).toBe(200);
    }
    await expect(fetch(url)).rejects.toThrow('fetch failed');
  });

  test('waits for the requests that are open', async () => {
    let arrive: (finish: () => void) => void = () => undefined;
    const arrived = new Promise<() => void>((resolve) => {
      arrive = resolve;
    });
    const { port } = await useServer((_request, response) => arrive(() => response.end('finished')));
    const emu = await useEmulator({ config: configOfPaths({ port }) });
    const answer = ask(address(emu, 'url'), 'public.example.com');
    const finish = await arrived;
    const closed = emu.close();
    finish();
    expect((await answer).body).toBe('finished');
    await closed;
  });
});

describe('the clock', () => {
  test('goes on by the API when it is manual, and requests happen then', async () => {
    const origin = await useOrigin();
    const emu = await useEmulator({ config: configOfPaths({ port: origin.address.port }), clock: 'manual' });
    const start = Date.parse('2026-01-01T00:00:00Z');
    expect(emu.clock.now()).toBe(start);
    const advanced = await post(`${emu.apiUrl}/colocal/v1/clock/advance`, { by: '10m' });
    expect(advanced).toEqual({
      status: 200,
      json: {
        from: '2026-01-01T00:00:00.000Z',
        to: '2026-01-01T00:10:00.000Z',
        ran: [],
        ran_count: 0,
        settled: true,
      },
    });
    await emu.fetch('http://public.example.com/');
    expect(emu.requests.list(1)[0]).toMatchObject({ startedAt: start + 600_000, endedAt: start + 600_000 });
    expect(await emu.clock.advance(1_500)).toMatchObject({ settled: true });
    expect(await emu.clock.advance('1h')).toMatchObject({ settled: true });
    expect(emu.clock.now()).toBe(start + 600_000 + 1_500 + 3_600_000);
    await expect(async () => emu.clock.advance('soon')).rejects.toMatchObject({ code: 'BAD_SPAN' });
  });

  test.each([
    ['soon', 'SPAN_INVALID'],
    ['-5m', 'SPAN_INVALID'],
    ['5 minutes', 'SPAN_INVALID'],
    ['', 'SPAN_INVALID'],
    ['32d', 'SPAN_INVALID'],
    [5, 'INVALID_REQUEST'],
    [undefined, 'INVALID_REQUEST'],
  ])('stands still when it is to be advanced by %j', async (by, code) => {
    const emu = await useEmulator({ config: {}, clock: 'manual' });
    const before = emu.clock.now();
    const answer = await post(`${emu.apiUrl}/colocal/v1/clock/advance`, by === undefined ? {} : { by });
    expect(answer).toMatchObject({ status: 400, json: { error: { code, fix: expect.any(String) } } });
    expect(emu.clock.now()).toBe(before);
  });

  test('passes faster when it is scaled, and cannot be advanced either', async () => {
    const deadlines = new ManualDeadlines();
    const faults = [{ name: 'a', type: 'data_center_down', match: { data_center: 'LHR' }, duration: '1m' } as const];
    const emu = await useEmulator({ config: { clock: { mode: 'scaled', scale: 60 }, faults }, deadlines });
    const before = emu.clock.now();
    deadlines.elapse(999);
    expect(emu.faults.list()).toMatchObject([{ state: 'active' }]);
    deadlines.elapse(1);
    expect(emu.faults.list()).toMatchObject([{ state: 'ended' }]);
    expect(emu.clock.now() - before).toBe(60_000);
    await expect(emu.clock.advance('1m')).rejects.toMatchObject({ message: expect.stringContaining('scaled') });
  });

  test('cannot be advanced when it is real: 409', async () => {
    const emu = await useEmulator({ config: configOfPaths({ port: 9 }) });
    const answer = await post(`${emu.apiUrl}/colocal/v1/clock/advance`, { by: '1s' });
    expect(answer).toMatchObject({ status: 409, json: { error: { code: 'CLOCK_NOT_MANUAL' } } });
    await expect(emu.clock.advance(1_000)).rejects.toMatchObject({ code: 'CLOCK_NOT_MANUAL' });
  });
});

describe('what is not there is said', () => {
  test('a listener that is off, and a tunnel that nobody has', async () => {
    const emu = await useEmulator({ config: configOfPaths({ port: 9 }), listen: { https: 'off', connectors: 'off' } });
    expect([emu.httpsUrl, emu.connectorsUrl]).toEqual([undefined, undefined]);
    await expect(emu.fetch('https://public.example.com/')).rejects.toMatchObject({ cause: { code: 'LISTENER_OFF' } });
    await expect(emu.connect({ tunnel: 'app' })).rejects.toMatchObject({ code: 'LISTENER_OFF' });
    const open = await useEmulator({ config: configOfPaths({ port: 9 }) });
    await expect(open.connect({ tunnel: 'ap' })).rejects.toMatchObject({
      code: 'UNKNOWN_TUNNEL',
      fix: 'tunnels are: app, gateway',
    });
  });
});
