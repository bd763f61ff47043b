import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import type { Emulator } from '../../emulator/index.js';
import type { FaultInput } from '../../emulator/state/schemas/fault.js';
import { FrameType } from '../../protocol/frames.js';
import { whole } from '../support/client.js';
import { ConnectorPeer } from '../support/connector-peer.js';
import {
  address,
  configOfPaths,
  hostOf,
  KINDS,
  type PathKind,
  type PathsOptions,
  tokenOf,
  useEmulator,
  usePaths,
} from '../support/emulator.js';
import { parseRoute } from '../support/route.js';
import { useOrigin, useServer } from '../support/servers.js';

const routeOf = (response: Response) => parseRoute(response.headers.get('colocal-route'));
const traceOf = (emu: Emulator, response: Response) => emu.requests.find(String(routeOf(response).ray));
const faultsOf = (emu: Emulator, response: Response) =>
  traceOf(emu, response)?.reasons.filter(({ step }) => step === 'fault');

/** Where the connections of an edge end, as it tells itself; resolves once that is `expected`. */
async function connectionsEnd(emu: Emulator, expected: readonly string[]): Promise<void> {
  const open = async (): Promise<string[]> => {
    const state = await fetch(`${address(emu, 'apiUrl')}/colocal/v1/state`);
    const { tunnels } = (await state.json()) as { tunnels: { connections: { data_center: string }[] }[] };
    return tunnels.flatMap(({ connections }) => connections.map((each) => each.data_center)).sort();
  };
  let changed: () => void = () => undefined;
  const stop = emu.onEvent(({ type }) => {
    if (type.startsWith('connection.')) changed();
  });
  for (;;) {
    const next = new Promise<void>((resolve) => {
      changed = resolve;
    });
    if (JSON.stringify(await open()) === JSON.stringify([...expected].sort())) break;
    await next;
  }
  stop();
}

describe('a data center that is down', () => {
  const DATA_CENTERS = ['NRT', 'KIX', 'ICN', 'LHR'];
  let emu: Emulator;
  beforeEach(async () => {
    const origin = await useOrigin();
    const config = { ...configOfPaths({ port: origin.address.port }), data_centers: DATA_CENTERS };
    emu = await useEmulator({ config });
    await emu.connect({ tunnel: 'app', location: 'NRT' });
    await connectionsEnd(emu, ['NRT', 'NRT', 'KIX', 'KIX']);
  });

  test('loses its connections to the next ones, and its requests to the nearest; healed, all come back', async () => {
    const reasons: unknown[] = [];
    emu.onEvent(({ type, data }) => {
      if (type === 'connection.closed') reasons.push(data.reason);
    });
    const ask = (): Promise<Response> => emu.fetch('http://tunnel.example.com/', { colo: 'NRT' });
    expect(routeOf(await ask())).toMatchObject({ colo: 'NRT', egress: 'NRT' });

    emu.faults.add({ name: 'dark', type: 'data_center_down', match: { data_center: 'NRT' } });
    const during = await ask();
    expect(during.status).toBe(200);
    expect(routeOf(during)).toMatchObject({ colo: 'KIX', egress: 'KIX' });
    expect(faultsOf(emu, during)).toEqual([
      { step: 'fault', subject: 'dark', outcome: 'data_center_down', detail: 'data center NRT is down' },
    ]);
    await connectionsEnd(emu, ['KIX', 'KIX', 'ICN', 'ICN']);
    expect(reasons).toEqual(Array(2).fill('data center NRT is down (fault dark)'));

    // Not one request fails while the connections come home.
    emu.faults.remove('dark');
    let home = false;
    const back = connectionsEnd(emu, ['NRT', 'NRT', 'KIX', 'KIX']).then(() => {
      home = true;
    });
    while (!home) expect((await ask()).status).toBe(200);
    await back;
    expect(reasons.slice(2)).toEqual(Array(2).fill('a data center closer than ICN is back'));
    expect(routeOf(await ask())).toMatchObject({ colo: 'NRT', egress: 'NRT' });
    expect(faultsOf(emu, await ask())).toEqual([]);
  });

  test('is 503 for everybody when it is the last one', async () => {
    for (const code of DATA_CENTERS)
      emu.faults.add({ name: code, type: 'data_center_down', match: { data_center: code } });
    const response = await emu.fetch('http://public.example.com/');
    expect(response.status).toBe(503);
    await connectionsEnd(emu, []);
    for (const code of DATA_CENTERS) emu.faults.remove(code);
    await connectionsEnd(emu, ['NRT', 'NRT', 'KIX', 'KIX']);
    expect((await emu.fetch('http://tunnel.example.com/')).status).toBe(200);
  });
});

test('a connector that is disconnected is refused until the fault ends, and the other tunnel does not notice', async () => {
  const origin = await useOrigin();
  const emu = await usePaths({ port: origin.address.port, clock: 'manual' });
  const fault = { name: 'cut', type: 'connector_disconnected', match: { tunnel: 'app' }, duration: '1m' } as const;
  const events: string[] = [];
  emu.onEvent(({ type, data }) => events.push(`${type} ${data.fault ?? data.reason ?? ''}`.trim()));
  emu.faults.add(fault);
  const response = await emu.fetch('http://tunnel.example.com/');
  expect(response.status).toBe(530);
  expect((await emu.fetch('http://private.example.com/')).status).toBe(200);

  const peer = await ConnectorPeer.dial(address(emu, 'connectorsUrl'), tokenOf(emu, 'app'));
  onTestFinished(() => peer.close());
  peer.register({ location: 'LHR' });
  const { payload } = await peer.next(FrameType.GOAWAY);
  expect(JSON.parse(String(payload))).toEqual({ reason: 'the connection is broken (fault cut)', retry: true });
  expect((await peer.closed).reason).toBe('the connection is broken (fault cut)');

  const registered = new Promise<void>((resolve) => {
    emu.onEvent(({ type }) => {
      if (type === 'connection.opened') resolve();
    });
  });
  await emu.clock.advance('1m');
  await registered;
  expect((await emu.fetch('http://tunnel.example.com/')).status).toBe(200);
  expect(events.slice(0, 2)).toEqual(['state.changed', 'fault.started cut']);
  expect(events.filter((event) => event === 'connection.closed the connection is broken (fault cut)')).toHaveLength(4);
  expect(events).toContain('connector.refused');
  expect(events).toContain('fault.ended cut');
});

describe.each(KINDS)('an origin behind a %s path', (kind) => {
  const url = `http://${hostOf(kind)}/orders`;

  async function useCounted(options: Partial<PathsOptions> = {}) {
    let served = 0;
    const { port } = await useServer((_request, response) => {
      served++;
      response.end('from the origin');
    });
    return { emu: await usePaths({ port, ...options }), served: () => served };
  }

  test('that refuses connections', async () => {
    const { emu, served } = await useCounted();
    emu.faults.add({ name: 'closed', type: 'origin_refuse', match: { pool: kind } });
    const response = await emu.fetch(url, { method: 'POST', body: 'a body' });
    expect(response.status).toBe(kind === 'tunnel' ? 502 : 521);
    expect(await response.text()).toContain('fault closed');
    expect(traceOf(emu, response)?.attempts).toMatchObject([{ failure: 'refused' }]);
    expect(faultsOf(emu, response)).toMatchObject([{ subject: 'closed', outcome: 'origin_refuse' }]);
    expect(served()).toBe(0);
    emu.faults.remove('closed');
    expect(await (await emu.fetch(url)).text()).toBe('from the origin');
  });

  test('in whose place a status is answered', async () => {
    const { emu, served } = await useCounted();
    emu.faults.add({ name: 'busy', type: 'origin_status', status: 521, body: 'busy', match: { path: '/orders' } });
    const response = await emu.fetch(url, { method: 'PUT', body: 'x'.repeat(100_000) });
    expect([response.status, await response.text()]).toEqual([521, 'busy']);
    // To the edge it is the origin's own, so there is no error page.
    expect(response.headers.get('cf-error-type')).toBeNull();
    expect(traceOf(emu, response)).toMatchObject({ status: 521, attempts: [{ status: 521 }] });
    expect(faultsOf(emu, response)).toMatchObject([{ subject: 'busy' }]);
    const head = await emu.fetch(url, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([521, '4', '']);
    expect(served()).toBe(0);
    expect((await emu.fetch(`http://${hostOf(kind)}/other`)).status).toBe(200);
  });

  test('that is slow answers once model time has passed', async () => {
    const { emu, served } = await useCounted({ clock: 'manual' });
    emu.faults.add({ name: 'slow', type: 'origin_slow', delay: '2s' });
    const began = emu.clock.now();
    const answer = emu.fetch(url);
    let answered = false;
    void answer.finally(() => {
      answered = true;
    });
    while (!answered) await pass(emu);
    const response = await answer;
    expect([response.status, await response.text()]).toEqual([200, 'from the origin']);
    expect(emu.clock.now() - began).toBeGreaterThanOrEqual(2_000);
    expect(faultsOf(emu, response)).toMatchObject([{ subject: 'slow', detail: expect.stringContaining('2s later') }]);
    expect(served()).toBe(1);
  });

  test('is not there for a WebSocket either', async () => {
    const origin = await useOrigin();
    const emu = await usePaths({ port: origin.address.port, clock: 'manual' });
    emu.faults.add({ name: 'closed', type: 'origin_refuse' });
    expect(await upgradeOf(emu, kind)).toMatchObject({ status: kind === 'tunnel' ? 502 : 521 });
    emu.faults.remove('closed');
    emu.faults.add({ name: 'busy', type: 'origin_status', status: 429, body: 'later' });
    expect(await upgradeOf(emu, kind)).toEqual({ status: 429, body: 'later' });
    emu.faults.remove('busy');
    emu.faults.add({ name: 'slow', type: 'origin_slow', delay: '2s' });
    let done = false;
    const slow = upgradeOf(emu, kind).finally(() => {
      done = true;
    });
    const began = emu.clock.now();
    while (!done) await pass(emu);
    expect(await slow).toMatchObject({ status: 101 });
    expect(emu.clock.now() - began).toBeGreaterThanOrEqual(2_000);
  });
});

/** Lets a little model time pass, and the process do what it has to do. */
async function pass(emu: Emulator): Promise<void> {
  await emu.clock.advance('100ms');
  await new Promise((resolve) => setImmediate(resolve));
}

/** What a client that asks for a WebSocket is answered. */
async function upgradeOf(emu: Emulator, kind: PathKind): Promise<{ status: number; body?: string }> {
  const socket = new WebSocket(`${address(emu, 'url').replace('http', 'ws')}/ws`, { headers: { host: hostOf(kind) } });
  onTestFinished(() => socket.terminate());
  socket.on('error', () => undefined);
  const [what, answer] = await Promise.race([
    once(socket, 'open').then(() => ['open', undefined] as const),
    once(socket, 'unexpected-response').then(([, response]) => ['refused', response as IncomingMessage] as const),
  ]);
  if (what === 'open' || !answer) return { status: 101 };
  const { status, body } = await whole(answer);
  return { status, body };
}

test('an endpoint that refuses is left for the other one of its pool', async () => {
  const { port } = await useServer((_request, response) => response.end());
  const other = await useServer((_request, response) => response.end('b'));
  const emu = await useEmulator({
    config: {
      zones: [
        { name: 'example.com', load_balancers: [{ name: 'app.example.com', proxied: true, default_pools: ['web'] }] },
      ],
      pools: [
        {
          name: 'web',
          origins: [
            { name: 'a', address: '127.0.0.1', port, weight: 1 },
            { name: 'b', address: '127.0.0.1', port: other.port, weight: 0.001 },
          ],
        },
      ],
      settings: { duplicate_addresses: 'allow' },
      faults: [{ name: 'a-gone', type: 'origin_refuse', match: { endpoint: 'a' } }],
    },
  });
  const response = await emu.fetch('http://app.example.com/');
  expect([response.status, await response.text()]).toEqual([200, 'b']);
  expect(routeOf(response)).toMatchObject({ endpoint: 'b', attempts: 2 });
  expect(traceOf(emu, response)?.reasons.map(({ step }) => step)).toEqual([
    'vantage',
    'load_balancer',
    'pool',
    'endpoint',
    'fault',
    'attempt',
    'endpoint',
    'endpoint',
    'failover',
  ]);
});

describe('probability', () => {
  async function fates(seed: number, probability: number | undefined): Promise<string> {
    const { port } = await useServer((_request, response) => response.end());
    const emu = await useEmulator({ config: configOfPaths({ port }), seed });
    if (probability !== undefined)
      emu.faults.add({ name: 'sometimes', type: 'origin_status', status: 500, probability });
    let fate = '';
    for (let request = 0; request < 60; request++)
      fate += (await emu.fetch('http://public.example.com/')).status === 500 ? 'x' : '.';
    return fate;
  }

  test('gives the same requests the same fate for the same seed, and others for another', async () => {
    const seven = await fates(7, 0.3);
    expect(await fates(7, 0.3)).toBe(seven);
    expect(await fates(8, 0.3)).not.toBe(seven);
    const struck = [...seven].filter((each) => each === 'x').length;
    expect(struck).toBeGreaterThan(8);
    expect(struck).toBeLessThan(28);
    // The draw is the same for any probability, so whoever is struck by a small one is struck by a larger one.
    const more = await fates(7, 0.6);
    for (const [request, each] of [...seven].entries()) if (each === 'x') expect(more[request]).toBe('x');
    expect(await fates(7, undefined)).toBe('.'.repeat(60));
  });
});

describe('/colocal/v1/faults', () => {
  let emu: Emulator;
  beforeEach(async () => {
    const { port } = await useServer((_request, response) => response.end());
    emu = await useEmulator({
      config: {
        ...configOfPaths({ port }),
        faults: [{ name: 'from-file', type: 'origin_status', status: 503, match: { pool: 'public' }, duration: '10s' }],
      },
      clock: 'manual',
    });
  });

  async function call(method: string, name = '', body?: object) {
    const response = await fetch(`${address(emu, 'apiUrl')}/colocal/v1/faults${name && `/${name}`}`, {
      method,
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes
    return { status: response.status, json: (await response.json()) as any };
  }
  const status = async (): Promise<number> => (await emu.fetch('http://public.example.com/')).status;

  test('lists, creates, changes and deletes, and reset brings back what the file has', async () => {
    expect(await status()).toBe(503);
    expect((await call('GET')).json).toEqual({
      faults: [
        {
          name: 'from-file',
          type: 'origin_status',
          match: { pool: 'public' },
          status: 503,
          duration: '10s',
          starts: '0s',
          probability: 1,
          enabled: true,
          managed_by: 'file',
          state: 'active',
        },
      ],
    });
    expect(await call('PATCH', 'from-file', { status: 500 })).toMatchObject({ status: 200, json: { status: 500 } });
    expect(await status()).toBe(500);
    expect(await call('DELETE', 'from-file')).toMatchObject({ status: 200, json: { name: 'from-file' } });
    expect(await status()).toBe(200);
    const created = await call('POST', '', { name: 'mine', type: 'origin_refuse', match: { host: '*.example.com' } });
    expect(created).toMatchObject({ status: 201, json: { name: 'mine', managed_by: 'api', state: 'active' } });
    expect(await status()).toBe(521);

    await emu.clock.advance('1h');
    await fetch(`${address(emu, 'apiUrl')}/colocal/v1/reset`, { method: 'POST' });
    expect((await call('GET')).json).toMatchObject({ faults: [{ name: 'from-file', status: 503, state: 'active' }] });
    expect(await status()).toBe(503);
    await emu.clock.advance('10s');
    expect((await call('GET')).json).toMatchObject({ faults: [{ name: 'from-file', state: 'ended' }] });
    expect(await status()).toBe(200);
  });

  test('reset lets a fault begin anew that nobody has touched', async () => {
    await emu.clock.advance('1m');
    expect(await status()).toBe(200);
    await emu.reset();
    expect(await status()).toBe(503);
  });

  test('says what is wrong, with what was probably meant', async () => {
    const typo = await call('POST', '', { name: 'a', type: 'origin_refuse', mtch: {} });
    expect(typo).toMatchObject({ status: 400, json: { error: { code: 'FAULT_INVALID' } } });
    expect(typo.json.error.message).toMatch(/mtch is not a known key; did you mean "match"\?/);
    expect(await call('POST', '', { name: 'from-file', type: 'origin_refuse' })).toMatchObject({ status: 409 });
    const unknown = await call('DELETE', 'from-fil');
    expect(unknown).toMatchObject({ status: 404, json: { error: { code: 'FAULT_UNKNOWN' } } });
    expect(unknown.json.error.message).toMatch(/did you mean "from-file"\?/);
    expect(await call('PATCH', 'from-file', { status: 'bad' })).toMatchObject({ status: 400 });
    expect(await status()).toBe(503);
  });
});

test('reset brings back the order of the file as well: of two statuses the first counts', async () => {
  const status = (name: string, code: number): FaultInput => ({ name, type: 'origin_status', status: code });
  const emu = await useEmulator({
    config: { ...configOfPaths({ port: 9 }), faults: [status('first', 503), status('second', 429)] },
    clock: 'manual',
  });
  const answered = async (): Promise<number> => (await emu.fetch('http://public.example.com/')).status;
  const names = () => emu.faults.list().map(({ name }) => name);
  expect(await answered()).toBe(503);
  emu.faults.remove('first');
  expect(await answered()).toBe(429);
  await emu.reset();
  expect(names()).toEqual(['first', 'second']);
  expect(await answered()).toBe(503);
  emu.faults.set('first', { status: 500 });
  await emu.reset();
  expect(await answered()).toBe(503);
});

test('after a reset chance decides as it did before', async () => {
  const { port } = await useServer((_request, response) => response.end());
  const codes = ['KIX', 'LHR', 'SYD', 'FRA', 'CDG', 'SIN', 'GRU', 'JNB', 'BOM', 'IAD'];
  const faults: FaultInput[] = [
    { name: 'sometimes', type: 'origin_status', status: 503, probability: 0.5 },
    ...codes.map((code): FaultInput => {
      return { name: code, type: 'data_center_down', match: { data_center: code }, probability: 0.5 };
    }),
  ];
  const emu = await useEmulator({ config: { ...configOfPaths({ port }), faults }, clock: 'manual' });
  const fates = async (): Promise<string> => {
    const fate: (number | string)[] = emu.faults.list().map(({ state }) => state);
    for (let request = 0; request < 20; request++) {
      fate.push((await emu.fetch('http://public.example.com/')).status);
    }
    return fate.join(' ');
  };
  const first = await fates();
  for (const either of ['200', '503', 'active', 'ended']) expect(first).toContain(either);
  await emu.reset();
  expect(await fates()).toBe(first);
});
