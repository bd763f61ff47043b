import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { ColocalError, describeError } from '../runtime/errors.js';
import { runConnector } from './connector.js';
import { connected, everythingTo, startConnector, TOKEN } from './testing/connector.js';
import { type RefusalAnswer, TestEdge } from './testing/edge.js';
import { waitUntil } from './testing/wait.js';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function openEdge(options: Parameters<typeof TestEdge.open>[0] = {}): Promise<TestEdge> {
  const edge = await TestEdge.open(options);
  cleanups.push(() => edge.close());
  return edge;
}

function start(...args: Parameters<typeof startConnector>): ReturnType<typeof startConnector> {
  const connector = startConnector(...args);
  cleanups.push(() => connector.close());
  return connector;
}

const refusal = (retry: boolean): RefusalAnswer => ({
  status: 401,
  body: JSON.stringify({ error: { code: 'WRONG_TOKEN', message: 'the token is for another tunnel', retry } }),
});

describe('connecting', () => {
  test('holds four connections and says who it is on each', async () => {
    const edge = await openEdge();
    const connector = start(edge.url, { connections: 4, location: 'NRT' });
    await connector.ready;
    const connections = await Promise.all([0, 1, 2, 3].map(() => edge.connection()));
    expect(connections.map((connection) => connection.register?.index).sort()).toEqual([0, 1, 2, 3]);
    for (const { register } of connections) {
      expect(register).toMatchObject({ connector_id: connector.id, location: 'NRT', features: [] });
    }
    expect(edge.tokens).toEqual(Array(4).fill(`Bearer ${TOKEN}`));
    expect(connector.connections()).toEqual([
      { index: 0, dataCenter: 'NRT', state: 'connected' },
      { index: 1, dataCenter: 'NRT', state: 'connected' },
      { index: 2, dataCenter: 'KIX', state: 'connected' },
      { index: 3, dataCenter: 'KIX', state: 'connected' },
    ]);
  });

  test('opens the others only when the first was registered', async () => {
    const edge = await openEdge();
    edge.refusal = refusal(true);
    const refused = edge.refusing();
    start(edge.url, { connections: 4 });
    await refused;
    expect(edge.tokens).toHaveLength(1);
  });

  test('several connectors in one process are strangers to each other', async () => {
    const edge = await openEdge();
    const [one, two] = [start(edge.url), start(edge.url)];
    await Promise.all([one.ready, two.ready]);
    expect(one.id).not.toBe(two.id);
    await one.close();
    expect(two.connections()[0]?.state).toBe('connected');
  });

  test('ends with code 1 and the reason when the edge refuses for good', async () => {
    const edge = await openEdge();
    edge.refusal = refusal(false);
    const connector = start(edge.url);
    const closed = await connector.closed;
    expect(closed.code).toBe(1);
    expect(closed.reason).toBe('the edge refused this connector: the token is for another tunnel (WRONG_TOKEN)');
    await expect(connector.ready).rejects.toThrow('the token is for another tunnel');
    expect(describeError(closed.error).split('\n')).toHaveLength(2);
  });

  test.each([
    ['TOKEN_WRONG', 'pass --token with what `colocal token TUNNEL` prints'],
    ['TUNNEL_UNKNOWN', 'check that the edge at --edge has the tunnel'],
    ['SUBPROTOCOL_MISSING', 'the same version of colocal'],
    ['LATER_CODE', 'correct what the reason names'],
  ])('says what to do about %s', async (code, fix) => {
    const edge = await openEdge();
    edge.refusal = { status: 403, body: JSON.stringify({ error: { code, message: 'no', retry: false } }) };
    expect(await start(edge.url).closed).toMatchObject({ error: { fix: expect.stringContaining(fix) } });
  });

  test.each<[string, () => RefusalAnswer]>([
    ['refuses for now', () => refusal(true)],
    ['is not an edge', () => ({ status: 404, body: '<h1>Not found</h1>' })],
  ])('tries again, within the bounds of the delay, when what it dials %s', async (_, answer) => {
    const edge = await openEdge();
    edge.refusal = answer();
    const connector = start(edge.url);
    await waitUntil(() => connector.connections()[0]?.state === 'waiting' && connector.log.lines.length > 0);
    if (edge.refusal.status === 404) expect(connector.log.lines.join()).toContain('127.0.0.1:7843 by default');
    edge.refusal = undefined;
    connector.time.elapse(1000);
    await connector.ready;
  });

  test('comes back by itself when the edge is restarted, to whatever configuration that edge has', async () => {
    const first = await openEdge({ config: everythingTo('http_status:201'), version: 7 });
    const connector = start(first.url, { connections: 2 });
    await connector.ready;
    expect((await (await first.connection()).request()).answer?.status).toBe(201);
    await first.close();
    await waitUntil(() => connector.connections().every((each) => each.state === 'waiting'));
    expect(connector.log.lines.join('\n')).toContain('connection to the edge lost');
    // Its versions count from the start again.
    const second = await openEdge({ port: first.port, config: everythingTo('http_status:202'), version: 1 });
    connector.time.elapse(1000);
    const connection = await second.connection();
    expect((await connection.request()).answer?.status).toBe(202);
    await second.connection();
    expect(connector.configVersion).toBe(1);
  });

  test('gives an edge up that does not answer in time, and tries again', async () => {
    const edge = await openEdge();
    edge.mute = true;
    const connector = start(edge.url);
    await waitUntil(() => edge.tokens.length === 1);
    connector.time.elapse(10_000);
    await waitUntil(() => connector.connections()[0]?.state === 'waiting');
    expect(connector.log.lines.join()).toContain('the edge did not answer within 10000 ms');
    edge.mute = false;
    connector.time.elapse(1000);
    await connector.ready;
  });

  test('notices an edge that fell silent', async () => {
    const { connector, connection, close } = await connected();
    cleanups.push(close);
    let pinged = false;
    connection.webSocket.once('ping', () => {
      pinged = true;
      // From now on nothing comes back, as from a host that lost its network.
      connection.webSocket.pause();
    });
    connector.time.elapse(15_000);
    await waitUntil(() => pinged);
    connector.time.elapse(5_000);
    await waitUntil(() => connector.connections()[0]?.state === 'connected');
    // Two rounds: the pong of the first may have been on its way.
    connector.time.elapse(30_000);
    await waitUntil(() => connector.connections()[0]?.state === 'waiting');
    expect(connector.log.lines.join()).toContain('the edge fell silent');
  });

  test('a connection on which the protocol is broken is closed with the reason, the others go on', async () => {
    const edge = await openEdge();
    const connector = start(edge.url, { connections: 2 });
    await connector.ready;
    const [one, two] = [await edge.connection(), await edge.connection()];
    one.webSocket.send(Buffer.from([99, 0, 0, 0, 0, 0, 0, 0, 0]));
    expect(await one.closed).toContain('unknown frame type 99');
    expect((await two.request()).answer?.status).toBe(503);
  });

  test('a text message breaks the protocol', async () => {
    const { connection, close } = await connected();
    cleanups.push(close);
    connection.webSocket.send('hello');
    expect(await connection.closed).toContain('a text message');
  });

  test('an edge that leaves keeps its open requests, and is dialled again once it has closed', async () => {
    const { connector, connection, edge, close } = await connected({ config: everythingTo('http_status:204') });
    cleanups.push(close);
    connection.say({ reason: 'restarting', retry: true });
    await waitUntil(() => connector.connections()[0]?.state === 'leaving');
    expect((await connection.request()).answer?.status).toBe(204);
    connection.webSocket.close();
    await waitUntil(() => connector.connections()[0]?.state === 'waiting');
    connector.time.elapse(1000);
    await edge.connection();
  });

  test('an edge that sends it away for good ends it with code 1', async () => {
    const { connector, connection, close } = await connected();
    cleanups.push(close);
    connection.say({ reason: 'the tunnel was deleted', retry: false });
    expect(await connector.closed).toMatchObject({
      code: 1,
      reason: 'the edge refused this connector: the tunnel was deleted',
      error: { fix: 'correct what the reason names, then start the connector again' },
    });
  });
});

describe('what it is started with', () => {
  test.each<[string, Parameters<typeof startConnector>[1], string]>([
    ['an edge that is no address', { edge: '127.0.0.1' }, 'BAD_EDGE_URL'],
    ['an edge with another scheme', { edge: 'ftp://127.0.0.1' }, 'BAD_EDGE_URL'],
    ['a token that is none', { token: 'x' }, 'INVALID_TUNNEL_TOKEN'],
    ['no connections', { connections: 0 }, 'BAD_CONNECTION_COUNT'],
    ['too many connections', { connections: 17 }, 'BAD_CONNECTION_COUNT'],
    ['a map that is none', { maps: ['10.0.0.1'] }, 'BAD_MAP'],
    ['a file that is not there', { configFile: '/nowhere/config.yml' }, 'UNREADABLE_FILE'],
    [
      'a configuration that cannot be used',
      { config: { ingress: [{ service: 'gopher://x' }] } },
      'BAD_CONNECTOR_CONFIGURATION',
    ],
    ['a metrics address that is none', { metrics: 'here' }, 'BAD_METRICS_ADDRESS'],
    ['a metrics address of another machine', { metrics: '203.0.113.1:0' }, 'CANNOT_LISTEN'],
    ['a metrics address by a name that is none', { metrics: 'nobody.invalid:0' }, 'CANNOT_LISTEN'],
  ])('%s ends it at once with code 1 and what to do', async (_, given, code) => {
    const connector = start('ws://127.0.0.1:1', given);
    const { error } = await connector.closed;
    expect(error).toBeInstanceOf(ColocalError);
    expect(error).toMatchObject({ code, kind: 'user' });
    await expect(connector.ready).rejects.toBe(error);
  });

  test('no token at all', async () => {
    const { token: _, ...given } = { token: '', connections: 1 };
    const { log, time } = start('ws://127.0.0.1:1', { edge: 'nothing' });
    const connector = runConnector({
      edge: 'ws://127.0.0.1:1',
      deadlines: time,
      log,
      rng: { next: () => 0, int: () => 0, hex: () => '', fork: () => ({}) as never },
      ...given,
    });
    expect((await connector.closed).error).toMatchObject({ code: 'MISSING_TUNNEL_TOKEN' });
  });

  test('an address with http in front is dialled as ws', async () => {
    const edge = await openEdge();
    await start(edge.url.replace('ws:', 'http:')).ready;
  });
});

describe('configuration', () => {
  test('what the edge pushes is applied and acknowledged', async () => {
    const { connector, connection, close } = await connected({ config: everythingTo('http_status:418'), version: 3 });
    cleanups.push(close);
    expect(connection.acks).toEqual([{ serial: 1, version: 3 }]);
    expect(connector.configVersion).toBe(3);
    expect((await connection.request()).answer).toMatchObject({ status: 418, source: 'origin' });
  });

  test('a version that is not above the current one changes nothing', async () => {
    const { connection, close } = await connected({ config: everythingTo('http_status:201'), version: 3 });
    cleanups.push(close);
    expect(await connection.push(everythingTo('http_status:202'), 3)).toEqual({ serial: 2, version: 3 });
    expect((await connection.request()).answer?.status).toBe(201);
    expect(await connection.push(everythingTo('http_status:202'), 4)).toEqual({ serial: 3, version: 4 });
    expect((await connection.request()).answer?.status).toBe(202);
  });

  test('one that cannot be used is answered with the reason, and the old one stays', async () => {
    const { connection, close } = await connected({ config: everythingTo('http_status:201'), version: 1 });
    cleanups.push(close);
    const ack = await connection.push({ ingress: [{ service: 'http://x/path' }] }, 2);
    expect(ack).toMatchObject({
      serial: 2,
      version: 1,
      error: expect.stringContaining('ingress[0].service: http://x/path'),
    });
    expect((await connection.request()).answer?.status).toBe(201);
  });

  test('without any rule every request is answered 503', async () => {
    const { connection, close } = await connected();
    cleanups.push(close);
    expect((await connection.request()).answer?.status).toBe(503);
  });

  test('hello_world shows that the tunnel works; a HEAD gets no body', async () => {
    const { connection, close } = await connected({ config: everythingTo('hello_world') });
    cleanups.push(close);
    const page = await connection.request({ method: 'POST' }, 'a body that nobody wants');
    expect([page.answer?.status, page.header('content-length')]).toEqual([200, String(page.bytes)]);
    expect(page.text).toContain('The tunnel works');
    expect((await connection.request({ method: 'HEAD' })).text).toBe('');
    expect(connection.session.size).toBe(0);
  });

  test('a locally configured tunnel keeps its own rules and reports them, once, until the edge has others', async () => {
    const config = everythingTo('http_status:206');
    const edge = await openEdge({ configSrc: 'local' });
    const connector = start(edge.url, { config, connections: 2 });
    await connector.ready;
    const connections = [await edge.connection(), await edge.connection()];
    const first = connections.find((connection) => connection.register?.index === 0);
    const second = connections.find((connection) => connection.register?.index === 1);
    expect(await first?.reported).toEqual(config);
    expect((await second?.request())?.answer?.status).toBe(206);
    let more = false;
    void second?.reported.then(() => {
      more = true;
    });
    await second?.request();
    expect(more).toBe(false);
    await second?.push(everythingTo('http_status:418'), 1);
    expect((await second?.request())?.answer?.status).toBe(418);
  });
});

describe('leaving', () => {
  test('says goodbye on every connection, lets open requests finish, then ends with code 0', async () => {
    let finish: (() => void) | undefined;
    const server = createServer((_, response) => {
      response.write('first');
      finish = () => response.end(' last');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanups.push(() => new Promise((resolve) => server.close(resolve)));
    const { port } = server.address() as AddressInfo;
    const { connector, connection, close } = await connected({ config: everythingTo(`http://127.0.0.1:${port}`) });
    cleanups.push(close);
    const stream = connection.open({
      kind: 'http',
      method: 'GET',
      path: '/',
      scheme: 'http',
      authority: 'a',
      headers: [],
    });
    stream.finish();
    await stream.headed;
    const drained = connector.drain();
    expect(await connection.leaving).toEqual({ reason: 'the connector is shutting down', retry: false });
    expect(connector.connections()[0]?.state).toBe('leaving');
    finish?.();
    await stream.done;
    expect(stream.text).toBe('first last');
    await drained;
    expect(await connector.closed).toEqual({ code: 0, reason: 'drained' });
    expect(connector.time.size).toBe(0);
  });

  test('serves what the edge had opened before it read the goodbye', async () => {
    const { connector, connection, close } = await connected({ config: everythingTo('http_status:200') });
    cleanups.push(close);
    void connector.drain();
    await connection.leaving;
    // Same turn as the goodbye: the edge could not know better when it decided.
    const stream = await connection.request();
    expect(stream.answer?.status).toBe(200);
    await connector.closed;
  });

  test('cuts off what is still open after the grace period', async () => {
    const server = createServer((_, response) => response.write('never more'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanups.push(async () => server.close());
    cleanups.push(async () => server.closeAllConnections());
    const { port } = server.address() as AddressInfo;
    const { connector, connection, close } = await connected({ config: everythingTo(`http://127.0.0.1:${port}`) });
    cleanups.push(close);
    const stream = connection.open({
      kind: 'http',
      method: 'GET',
      path: '/',
      scheme: 'http',
      authority: 'a',
      headers: [],
    });
    stream.finish();
    await stream.headed;
    void connector.drain(5000);
    await connection.leaving;
    connector.time.elapse(5000);
    await stream.done;
    expect(stream.failure).toBeDefined();
    expect((await connector.closed).code).toBe(0);
  });

  test('a connector that waits to reconnect leaves at once', async () => {
    const edge = await openEdge();
    edge.refusal = refusal(true);
    const connector = start(edge.url);
    await waitUntil(() => connector.connections()[0]?.state === 'waiting' && connector.log.lines.length > 0);
    await connector.drain();
    expect(connector.time.size).toBe(0);
    await expect(connector.ready).rejects.toThrow('the connector ended before it was ready: drained');
  });
});

describe('/ready and /metrics', () => {
  test('ready once a connection is registered', async () => {
    const edge = await openEdge();
    edge.refusal = refusal(true);
    const connector = start(edge.url, { metrics: '127.0.0.1:0' });
    await waitUntil(() => connector.metricsUrl !== undefined);
    const before = await fetch(`${connector.metricsUrl}/ready`);
    expect([before.status, await before.json()]).toEqual([
      503,
      { status: 503, readyConnections: 0, connectorId: connector.id },
    ]);
    edge.refusal = undefined;
    await waitUntil(() => connector.connections()[0]?.state === 'waiting' && connector.log.lines.length > 1);
    connector.time.elapse(1000);
    await connector.ready;
    const after = await fetch(`${connector.metricsUrl}/ready`);
    expect([after.status, await after.json()]).toEqual([
      200,
      { status: 200, readyConnections: 1, connectorId: connector.id },
    ]);
  });

  test('counts what the edge asked for and how it ended', async () => {
    const { connector, connection, close } = await connected(
      { config: everythingTo('http_status:404') },
      { metrics: '127.0.0.1:0' },
    );
    cleanups.push(close);
    await connection.request();
    await connection.request();
    const refused = connection.open({ kind: 'tcp', ip: '10.0.0.1', port: 1 });
    await refused.done;
    const text = await (await fetch(`${connector.metricsUrl}/metrics`)).text();
    expect(text).toContain('colocal_connector_connections 1\n');
    expect(text).toContain('colocal_connector_requests_total{kind="http"} 2\n');
    expect(text).toContain('colocal_connector_requests_open{kind="http"} 0\n');
    expect(text).toContain('colocal_connector_responses_total{status="404"} 2\n');
    expect(text).toContain('colocal_connector_failures_total{cause="not_allowed"} 1\n');
    expect((await fetch(`${connector.metricsUrl}/else`)).status).toBe(404);
  });

  test('a port in use is named with its flag', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanups.push(async () => server.close());
    const { port } = server.address() as AddressInfo;
    const { error } = await start('ws://127.0.0.1:1', { metrics: `127.0.0.1:${port}` }).closed;
    expect(describeError(error)).toContain(`127.0.0.1:${port}: the port is in use`);
    expect(describeError(error)).toContain('--metrics');
  });
});

test('a pushed rule that cannot be carried answers 502 by itself, and is logged with what has no effect', async () => {
  const { connector, connection, close } = await connected({
    config: {
      originRequest: { access: { required: true } },
      ingress: [{ hostname: 'old.example.com', service: 'gopher://localhost' }, { service: 'http_status:207' }],
    },
  });
  cleanups.push(close);
  const head = async (authority: string) => (await connection.request({ authority })).answer;
  expect(await head('old.example.com')).toMatchObject({ status: 502, source: 'connector' });
  expect(await head('app.example.com')).toMatchObject({ status: 207, source: 'origin' });
  const log = connector.log.lines.join();
  expect(log).toContain('ingress[0].service gopher://localhost is not served by this connector');
  expect(log).toContain("originRequest.access.required has no effect at colocal's connectors");
});
