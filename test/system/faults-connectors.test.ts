import { beforeEach, describe, expect, test } from 'vitest';
import type { Emulator } from '../../emulator/index.js';
import { FrameType } from '../../protocol/frames.js';
import { ConnectorPeer } from '../support/connector-peer.js';
import { WatchedDeadlines } from '../support/deadlines.js';
import { address, configOfPaths, hostOf, nextEvent, tokenOf, useEmulator, usePaths } from '../support/emulator.js';
import { advance, endpointIn } from '../support/health.js';
import { socks } from '../support/on-ramp.js';
import { parseRoute } from '../support/route.js';
import { useOrigin, useServer } from '../support/servers.js';

const URL_OF_TUNNEL = 'http://tunnel.example.com/';
const routeOf = (response: Response) => parseRoute(response.headers.get('colocal-route'));
const faultsOf = (emu: Emulator, response: Response) =>
  emu.requests
    .find(String(routeOf(response).ray))
    ?.reasons.filter(({ step }) => step === 'fault')
    .map(({ subject, outcome, detail }) => `${subject} (${outcome}): ${detail}`);

describe('data centers that are partitioned', () => {
  let emu: Emulator;
  beforeEach(async () => {
    const origin = await useOrigin();
    emu = await useEmulator({
      config: {
        ...configOfPaths({ port: origin.address.port }),
        data_centers: ['NRT', 'KIX', 'LHR', 'CDG'],
        monitors: [],
      },
      clock: 'manual',
    });
    await emu.connect({ tunnel: 'app', location: 'NRT', connections: 1 });
    await emu.connect({ tunnel: 'app', location: 'LHR', connections: 1 });
    await emu.connect({
      tunnel: 'gateway',
      location: 'NRT',
      connections: 1,
      maps: [`10.1.2.3/32=127.0.0.1/32`],
    });
  });
  const from = (colo: string) => emu.fetch(URL_OF_TUNNEL, { colo });

  test('do not find connections that end on the other side, and take the nearest that they find', async () => {
    expect(routeOf(await from('KIX'))).toMatchObject({ colo: 'KIX', egress: 'NRT' });
    emu.faults.add({
      name: 'split',
      type: 'data_centers_partitioned',
      match: { data_center: 'KIX' },
      from: 'NRT',
      duration: '1m',
    });
    const response = await from('KIX');
    expect([response.status, routeOf(response).egress]).toEqual([200, 'LHR']);
    expect(faultsOf(emu, response)).toEqual([
      'split (data_centers_partitioned): data center NRT cannot be got to from KIX',
    ]);
    // Everything else is as before: from NRT itself, and on the other side of the world.
    expect(routeOf(await from('NRT'))).toMatchObject({ egress: 'NRT' });
    expect(faultsOf(emu, await from('CDG'))).toEqual([]);
    await emu.clock.advance('1m');
    const healed = await from('KIX');
    expect([routeOf(healed).egress, faultsOf(emu, healed)]).toEqual(['NRT', []]);
  });

  test('with no connection on their side get the answer of a tunnel that is not connected, and say why', async () => {
    emu.faults.add({
      name: 'islands',
      type: 'data_centers_partitioned',
      match: { data_center: ['KIX', 'CDG'] },
    });
    const response = await from('KIX');
    expect(response.status).toBe(530);
    expect(faultsOf(emu, response)).toEqual([
      'islands (data_centers_partitioned): data center NRT cannot be got to from KIX',
      'islands (data_centers_partitioned): data center LHR cannot be got to from KIX',
    ]);
    // The edge says so beforehand as well.
    const explained = await fetch(`${address(emu, 'apiUrl')}/colocal/v1/explain`, {
      method: 'POST',
      body: JSON.stringify({ url: URL_OF_TUNNEL, colo: 'CDG' }),
    });
    expect(await explained.json()).toMatchObject({ status: 530 });
    // Private networks lie behind tunnels as well; whoever comes in at NRT is on the right side.
    expect((await emu.fetch('http://private.example.com/', { colo: 'KIX' })).status).toBe(530);
    expect((await emu.fetch('http://private.example.com/', { colo: 'NRT' })).status).toBe(200);
    expect((await emu.fetch('http://public.example.com/', { colo: 'KIX' })).status).toBe(200);
  });

  test('of one tunnel only, when it is so limited', async () => {
    emu.faults.add({
      name: 'split',
      type: 'data_centers_partitioned',
      match: { data_center: 'KIX', tunnel: 'gateway' },
    });
    expect(routeOf(await from('KIX'))).toMatchObject({ egress: 'NRT' });
    expect((await emu.fetch('http://private.example.com/', { colo: 'KIX' })).status).toBe(530);
  });
});

test('probes from one side of a partition do not get to the other', async () => {
  const origin = await useOrigin();
  const { pools = [], ...rest } = configOfPaths({ port: origin.address.port });
  const emu = await useEmulator({
    config: {
      ...rest,
      data_centers: ['NRT', 'LHR'],
      monitors: [{ name: 'web', expected_codes: '200', interval: 60, timeout: 5, retries: 0 }],
      pools: pools.map((pool) => (pool.name === 'tunnel' ? { ...pool, monitor: 'web' } : pool)),
    },
    clock: 'manual',
  });
  await emu.connect({ tunnel: 'app', location: 'NRT', connections: 1 });
  await advance(emu, '0s');
  expect(await endpointIn(emu, 'tunnel', 'by-hostname')).toMatchObject({ passing: ['NRT', 'LHR'] });
  emu.faults.add({ name: 'split', type: 'data_centers_partitioned', match: { data_center: 'LHR' }, from: ['NRT'] });
  await advance(emu, '60s');
  expect(await endpointIn(emu, 'tunnel', 'by-hostname')).toMatchObject({
    passing: ['NRT'],
    failing: [{ failure_reason: 'Response code mismatch error', data_centers: ['LHR'] }],
  });
  emu.faults.remove('split');
  await advance(emu, '60s');
  expect(await endpointIn(emu, 'tunnel', 'by-hostname')).toMatchObject({ passing: ['NRT', 'LHR'], failing: [] });
});

describe('connections of a tunnel', () => {
  test('are lost in one data center only, and requests that go elsewhere for that say so', async () => {
    const origin = await useOrigin();
    const emu = await useEmulator({
      config: { ...configOfPaths({ port: origin.address.port }), data_centers: ['NRT', 'KIX', 'LHR'] },
    });
    await emu.connect({ tunnel: 'app', location: 'NRT', connections: 2 });
    const ask = (): Promise<Response> => emu.fetch(URL_OF_TUNNEL, { colo: 'NRT' });
    expect(routeOf(await ask())).toMatchObject({ egress: 'NRT' });
    const lost = nextEvent(emu, 'connection.closed');
    emu.faults.add({
      name: 'cut',
      type: 'connector_disconnected',
      match: { tunnel: 'app', data_center: 'NRT' },
    });
    expect((await lost).data).toMatchObject({ data_center: 'NRT' });
    const during = await ask();
    expect([during.status, routeOf(during).egress]).toEqual([200, 'KIX']);
    expect(faultsOf(emu, during)).toEqual([
      'cut (connector_disconnected): the tunnel lost connections that ended in NRT',
    ]);
    // Who comes in near the other one misses nothing.
    expect(faultsOf(emu, await emu.fetch(URL_OF_TUNNEL, { colo: 'KIX' }))).toEqual([]);
    const back = nextEvent(emu, 'connection.opened');
    emu.faults.remove('cut');
    expect((await back).data).toMatchObject({ data_center: 'NRT' });
    const healed = await ask();
    expect([routeOf(healed).egress, faultsOf(emu, healed)]).toEqual(['NRT', []]);
  });

  test('that are all lost answer 530, for a reason that is told', async () => {
    const origin = await useOrigin();
    const emu = await usePaths({ port: origin.address.port, connections: 1 });
    emu.faults.add({ name: 'cut', type: 'connector_disconnected', match: { tunnel: 'app' } });
    const response = await emu.fetch(URL_OF_TUNNEL);
    expect(response.status).toBe(530);
    expect(faultsOf(emu, response)).toEqual([
      'cut (connector_disconnected): the tunnel lost connections that ended in LHR',
    ]);
  });
});

test('a connector that is refused when it registers tries again; one that is connected goes on', async () => {
  const origin = await useOrigin();
  const emu = await usePaths({ port: origin.address.port, connections: 1, clock: 'manual' });
  emu.faults.add({ name: 'full', type: 'connector_refused', match: { tunnel: 'app' }, duration: '1m' });
  expect((await emu.fetch(URL_OF_TUNNEL)).status).toBe(200);
  const dial = async (): Promise<ConnectorPeer> => {
    const peer = await ConnectorPeer.dial(address(emu, 'connectorsUrl'), tokenOf(emu, 'app'));
    peer.register({ location: 'NRT' });
    return peer;
  };
  const refused = await dial();
  const { payload } = await refused.next(FrameType.GOAWAY);
  expect(JSON.parse(String(payload))).toEqual({ reason: 'the registration is refused (fault full)', retry: true });
  await refused.closed;
  // Who comes in at NRT would have had that one.
  const response = await emu.fetch(URL_OF_TUNNEL, { colo: 'NRT' });
  expect(routeOf(response)).toMatchObject({ egress: 'LHR' });
  expect(faultsOf(emu, response)).toEqual(['full (connector_refused): the tunnel lost connections that ended in NRT']);
  await emu.clock.advance('1m');
  const taken = await dial();
  await taken.next(FrameType.REGISTERED);
  await taken.close();
});

describe('a connector that hangs', () => {
  const [RESPONSE, CONNECT] = [1.7, 1.3];

  test.each([
    { kind: 'tunnel', span: RESPONSE, status: 524, failure: 'response_timeout' },
    { kind: 'private', span: CONNECT, status: 522, failure: 'timeout' },
  ] as const)('behind a $kind path: $status once the timeout is over', async ({ kind, span, status, failure }) => {
    let served = 0;
    const { port } = await useServer((_request, response) => {
      served++;
      response.end();
    });
    const deadlines = new WatchedDeadlines();
    const settings = { timeouts: { response: RESPONSE, connect: CONNECT } };
    const emu = await usePaths({ port, deadlines, settings, connections: 1 });
    // The connector ends in London: that is where the fault is, and not where the request comes in.
    const data_center = kind === 'tunnel' ? 'LHR' : 'SYD';
    emu.faults.add({ name: 'hung', type: 'connector_hung', match: { data_center } });
    const before = served;
    const answer = emu.fetch(`http://${hostOf(kind)}/`, { colo: 'NRT' });
    await deadlines.set(span * 1000);
    deadlines.elapse(span * 1000);
    const response = await answer;
    expect([response.status, served]).toEqual([status, before]);
    expect(emu.requests.find(String(routeOf(response).ray))?.attempts).toMatchObject([{ failure }]);
    expect(faultsOf(emu, response)).toEqual([
      'hung (connector_hung): the connector takes the request and does not answer',
    ]);
    emu.faults.remove('hung');
    expect((await emu.fetch(`http://${hostOf(kind)}/`)).status).toBe(200);
  });

  test('is not connected through, for a client that gives up meanwhile', async () => {
    const { port } = await useServer((_request, response) => response.end());
    const deadlines = new WatchedDeadlines();
    const emu = await usePaths({ port, deadlines, settings: { timeouts: { connect: CONNECT } }, connections: 1 });
    emu.faults.add({ name: 'hung', type: 'connector_hung', match: { tunnel: 'gateway' } });
    const asked = socks(address(emu, 'onRampUrl'), { host: '10.1.2.3', port, user: '+lab', password: 'x' });
    await deadlines.set(CONNECT * 1000);
    deadlines.elapse(CONNECT * 1000);
    // RFC 1928: 4 is a host that cannot be got to, 6 a time to live that is over.
    expect([4, 6]).toContain((await asked).reply);
    const trace = emu.requests.list().find(({ method }) => method === 'CONNECT');
    expect(trace?.reasons).toContainEqual(expect.objectContaining({ step: 'fault', subject: 'hung' }));
  });
});

test('the clock of a connector’s machine shows in the Date of what comes through it', async () => {
  const sent = 'Tue, 01 Dec 2026 12:00:00 GMT';
  const { port } = await useServer((request, response) => {
    if (request.url === '/undated') response.sendDate = false;
    else response.setHeader('Date', sent);
    response.end();
  });
  const emu = await usePaths({ port });
  const date = async (kind: 'public' | 'tunnel' | 'private', path = '/') =>
    (await emu.fetch(`http://${hostOf(kind)}${path}`)).headers.get('date');
  emu.faults.add({ name: 'late', type: 'clock_skew', by: '-90m', match: { tunnel: 'app' } });
  expect(await date('tunnel')).toBe('Tue, 01 Dec 2026 10:30:00 GMT');
  expect(await date('private')).toBe(sent);
  expect(await date('public')).toBe(sent);
  const response = await emu.fetch(URL_OF_TUNNEL);
  expect(faultsOf(emu, response)).toEqual([expect.stringContaining('late (clock_skew): the clock beside')]);
  emu.faults.set('late', { by: '+1d', match: {} });
  expect(await date('private')).toBe('Wed, 02 Dec 2026 12:00:00 GMT');
  expect(await date('public')).toBe(sent);
  emu.faults.remove('late');
  expect(await date('tunnel')).toBe(sent);
});
