import { once } from 'node:events';
import { request } from 'node:http';
import { PassThrough, type Readable } from 'node:stream';
import { afterEach, describe, expect, test } from 'vitest';
import { FrameType, MAX_DATA_BYTES } from '../../../protocol/frames.js';
import { encodeReset, ResetCause } from '../../../protocol/messages.js';
import { DEFAULT_LIMITS } from '../../../protocol/session.js';
import { encodeToken } from '../../../protocol/token.js';
import { ManualDeadlines } from '../../../runtime/deadlines.js';
import { randomUuid } from '../../../runtime/ids.js';
import { ConnectorPeer } from '../../../test/support/connector-peer.js';
import type { AccountSnapshot } from '../../state/state.types.js';
import type { Connection, Failure, RequestHead, ResponseHandler } from '../connection.js';
import { ConnectorListener } from './listener.js';

const secret = Buffer.from('a secret of thirty-two bytes....').toString('base64');
const tunnel = { id: 'tunnel', name: 'tokyo', tunnel_secret: secret, config_src: 'cloudflare' };
const account = { account: { id: 'acc' }, tunnels: new Map([['tunnel', tunnel]]) } as unknown as AccountSnapshot;
const token = encodeToken({ accountId: 'acc', tunnelId: 'tunnel', secret });
const HEAD: RequestHead = { method: 'GET', path: '/', scheme: 'http', authority: 'app.example.com', headers: [] };

const listeners: ConnectorListener[] = [];
afterEach(async () => {
  await Promise.all(listeners.splice(0).map((listener) => listener.close(0)));
});

async function start() {
  const deadlines = new ManualDeadlines();
  const connections: Connection[] = [];
  const gone: { connection: Connection; reason: string }[] = [];
  const errors: unknown[] = [];
  const leaving: Connection[] = [];
  const waiting: (() => void)[] = [];
  const wake = (): void => {
    for (const resolve of waiting.splice(0)) resolve();
  };
  const listener = new ConnectorListener({
    account: () => account,
    deadlines,
    now: () => 0,
    newId: randomUuid,
    assign: ({ location, index }) =>
      location === 'nowhere'
        ? { ok: false, reason: 'no data center is running' }
        : { ok: true, dataCenter: index % 2 === 0 ? 'NRT' : 'KIX' },
    onConnected: (connection) => {
      connections.push(connection);
      wake();
    },
    onLeaving: (connection) => leaving.push(connection),
    onDisconnected: (connection, reason) => {
      gone.push({ connection, reason });
      wake();
    },
    onRefused: () => undefined,
    onError: (error) => errors.push(error),
  });
  listeners.push(listener);
  const { port } = await listener.listen('127.0.0.1', 0);
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await new Promise<void>((resolve) => waiting.push(resolve));
  };
  return { listener, deadlines, connections, gone, errors, leaving, until, url: `ws://127.0.0.1:${port}/`, port };
}

/** Collects one response. */
function collect() {
  const result = { status: 0, body: '', trailers: [] as readonly string[], failure: undefined as Failure | undefined };
  let finish: () => void = () => undefined;
  const done = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const handler: ResponseHandler = {
    head: (head) => {
      result.status = head.status;
    },
    data: (chunk) => {
      result.body += chunk;
      return true;
    },
    end: (trailers) => {
      result.trailers = trailers;
      finish();
    },
    fail: (failure) => {
      result.failure = failure;
      finish();
    },
  };
  return { result, handler, done };
}

describe('a connector that dials in', () => {
  test('is told in which data center its connection ends, and answers requests', async () => {
    const edge = await start();
    const peer = await ConnectorPeer.connect(edge.url, token, { index: 1 });
    await edge.until(() => edge.connections.length === 1);
    const connection = edge.connections[0] as Connection;
    expect(connection).toMatchObject({ dataCenter: 'KIX', index: 1, tunnelId: 'tunnel' });

    const { result, handler, done } = collect();
    connection.request(HEAD, null, handler);
    const open = await peer.next(FrameType.OPEN);
    expect(JSON.parse(String(open.payload))).toMatchObject({ kind: 'http', authority: 'app.example.com' });
    expect((await peer.next(FrameType.END)).stream).toBe(open.stream);
    peer.json(FrameType.HEAD, open.stream, { status: 200, headers: ['a', 'b'], source: 'origin' });
    peer.send(FrameType.DATA, open.stream, Buffer.from('hello'));
    peer.json(FrameType.END, open.stream, { headers: ['x-sum', '1'] });
    await done;
    expect(result).toEqual({ status: 200, body: 'hello', trailers: ['x-sum', '1'], failure: undefined });
    expect(connection.open).toBe(0);
  });

  test('with the wrong token is refused before the upgrade, with the reason', async () => {
    const edge = await start();
    const wrong = encodeToken({ accountId: 'acc', tunnelId: 'tunnel', secret: 'AAAA' });
    const headers = {
      connection: 'upgrade',
      upgrade: 'websocket',
      authorization: `Bearer ${wrong}`,
      'sec-websocket-protocol': 'colocal.v1',
    };
    const [response] = await once(request({ host: '127.0.0.1', port: edge.port, headers }).end(), 'response');
    expect(response.statusCode).toBe(403);
    let body = '';
    for await (const chunk of response) body += chunk;
    expect(JSON.parse(body)).toMatchObject({ error: { code: 'TOKEN_WRONG', retry: false } });
  });

  test('that says nothing is closed once its time is up', async () => {
    const edge = await start();
    const peer = await ConnectorPeer.dial(edge.url, token);
    edge.deadlines.elapse(10_000);
    expect((await peer.closed).reason).toMatch(/no REGISTER in time/);
  });

  test('that stops answering is cut off, and its requests fail', async () => {
    const edge = await start();
    const peer = await ConnectorPeer.connect(edge.url, token);
    await edge.until(() => edge.connections.length === 1);
    const { result, handler, done } = collect();
    (edge.connections[0] as Connection).request(HEAD, null, handler);
    await peer.next(FrameType.OPEN);
    // 20 s of silence, a ping, and 10 s in which nothing is read off the wire.
    edge.deadlines.elapse(20_000);
    edge.deadlines.elapse(10_000);
    await done;
    expect(result.failure).toMatchObject({ kind: 'lost' });
    expect(edge.gone[0]?.reason).toMatch(/no sign of life/);
  });

  test('is told to go away when no data center runs', async () => {
    const edge = await start();
    const peer = await ConnectorPeer.dial(edge.url, token);
    peer.register({ location: 'nowhere' });
    const goaway = await peer.next(FrameType.GOAWAY);
    expect(JSON.parse(String(goaway.payload))).toEqual({ reason: 'no data center is running', retry: true });
    expect((await peer.closed).reason).toBe('no data center is running');
  });
});

describe('a connection whose peer breaks the protocol is closed with a reason, and nothing else is', () => {
  const flood = (peer: ConnectorPeer, stream: number): void => {
    peer.json(FrameType.HEAD, stream, { status: 200, headers: [], source: 'origin' });
    const chunk = Buffer.alloc(MAX_DATA_BYTES);
    for (let sent = 0; sent <= DEFAULT_LIMITS.streamWindow; sent += chunk.length)
      peer.send(FrameType.DATA, stream, chunk);
  };
  const header = (type: number, stream: number, length: number): Buffer => {
    const bytes = Buffer.alloc(9);
    bytes[0] = type;
    bytes.writeUInt32BE(stream, 1);
    bytes.writeUInt32BE(length, 5);
    return bytes;
  };

  test.each<[string, RegExp, (peer: ConnectorPeer, stream: number) => void]>([
    ['an unknown frame type', /unknown frame type 99/, (peer) => peer.raw(header(99, 0, 0))],
    ['a truncated frame', /truncated frame header/, (peer) => peer.raw(Buffer.from([5, 0, 0]))],
    [
      'a length of 2 GB',
      /announces 2147483648 bytes, limit/,
      (peer, stream) => peer.raw(header(FrameType.DATA, stream, 0x8000_0000)),
    ],
    ['a length past the message', /message has 0/, (peer, stream) => peer.raw(header(FrameType.DATA, stream, 100))],
    ['a stream that was never opened', /never opened/, (peer) => peer.send(FrameType.DATA, 4_000, Buffer.from('x'))],
    ['data before the head', /DATA before HEAD/, (peer, stream) => peer.send(FrameType.DATA, stream, Buffer.from('x'))],
    [
      'a stream of its own',
      /OPEN from the connector/,
      (peer) => peer.json(FrameType.OPEN, 4_000, { kind: 'tcp', ip: '127.0.0.1', port: 1 }),
    ],
    ['a flood beyond the window', /more data than the window/, flood],
    [
      'a head that is not JSON',
      /HEAD is not JSON/,
      (peer, stream) => peer.send(FrameType.HEAD, stream, Buffer.from('{')),
    ],
    ['a text message', /text message/, (peer) => peer.raw('hello')],
    ['a second registration', /frame of type 1 from a connector/, (peer) => peer.register()],
  ])('%s', async (_what, reason, misbehave) => {
    const edge = await start();
    const good = await ConnectorPeer.connect(edge.url, token, { index: 0 });
    const bad = await ConnectorPeer.connect(edge.url, token, { index: 1 });
    await edge.until(() => edge.connections.length === 2);
    const [healthy, broken] = edge.connections as [Connection, Connection];
    const lost = collect();
    // A handler that never takes more: the window is not given back.
    broken.request(HEAD, null, { ...lost.handler, data: () => false });
    misbehave(bad, (await bad.next(FrameType.OPEN)).stream);
    await lost.done;
    expect(lost.result.failure?.kind).toBe('lost');
    expect((await bad.closed).reason).toMatch(reason);

    const kept = collect();
    healthy.request(HEAD, null, kept.handler);
    const open = await good.next(FrameType.OPEN);
    good.json(FrameType.HEAD, open.stream, { status: 204, headers: [], source: 'origin' });
    good.send(FrameType.END, open.stream);
    await kept.done;
    expect(kept.result.status).toBe(204);
  });
});

test('a mistake in our own handling costs that connection, and is reported, not the process', async () => {
  const edge = await start();
  const peer = await ConnectorPeer.connect(edge.url, token);
  await edge.until(() => edge.connections.length === 1);
  const { handler } = collect();
  const broken: ResponseHandler = {
    ...handler,
    head: () => {
      throw new TypeError('ours');
    },
  };
  (edge.connections[0] as Connection).request(HEAD, null, broken);
  const open = await peer.next(FrameType.OPEN);
  peer.json(FrameType.HEAD, open.stream, { status: 200, headers: [], source: 'origin' });
  expect((await peer.closed).reason).toBe('internal error');
  expect(edge.errors).toEqual([new TypeError('ours')]);
});

/** The connector answers its first configuration, after which it takes requests. */
async function configure(connection: Connection, peer: ConnectorPeer): Promise<void> {
  expect(connection.accepting).toBe(false);
  const pushed = connection.configure(1, {}, []);
  await peer.acknowledge();
  await pushed;
  expect(connection.accepting).toBe(true);
}

describe('one request over a connection', () => {
  async function connected() {
    const edge = await start();
    const peer = await ConnectorPeer.connect(edge.url, token);
    await edge.until(() => edge.connections.length === 1);
    return { edge, peer, connection: edge.connections[0] as Connection };
  }

  test('an upload waits for credit instead of piling up', async () => {
    const { peer, connection } = await connected();
    const body = new PassThrough();
    connection.request({ ...HEAD, method: 'POST' }, body, collect().handler);
    const open = await peer.next(FrameType.OPEN);
    const chunk = Buffer.alloc(64 * 1024);
    let offered = 0;
    while (body.write(chunk)) {
      offered += chunk.length;
      await new Promise((resolve) => setImmediate(resolve));
    }
    let received = 0;
    while (received < DEFAULT_LIMITS.streamWindow) received += (await peer.next(FrameType.DATA)).payload.length;
    expect(received).toBe(DEFAULT_LIMITS.streamWindow);
    expect(peer.frames.filter((frame) => frame.type === FrameType.DATA)).toEqual([]);
    const credit = Buffer.alloc(4);
    credit.writeUInt32BE(MAX_DATA_BYTES);
    peer.send(FrameType.WINDOW, open.stream, credit);
    expect((await peer.next(FrameType.DATA)).payload.length).toBe(MAX_DATA_BYTES);
    expect(offered).toBeGreaterThan(0);
  });

  test('giving up tells the connector', async () => {
    const { peer, connection } = await connected();
    const exchange = connection.request(HEAD, null, collect().handler);
    const open = await peer.next(FrameType.OPEN);
    exchange.abort();
    const reset = await peer.next(FrameType.RESET);
    expect([reset.stream, reset.payload[0]]).toEqual([open.stream, ResetCause.CANCELLED]);
    expect(connection.open).toBe(0);
  });

  test.each([
    [ResetCause.REFUSED, 'refused'],
    [ResetCause.TIMEOUT, 'timeout'],
    [ResetCause.UNREACHABLE, 'unreachable'],
    [ResetCause.NOT_ALLOWED, 'unreachable'],
    [ResetCause.TLS, 'tls'],
    [ResetCause.CERTIFICATE, 'certificate'],
    [ResetCause.STREAM_REFUSED, 'no_connector'],
  ])('cause %i of a reset means %s', async (cause, kind) => {
    const { peer, connection } = await connected();
    const { result, handler, done } = collect();
    connection.request(HEAD, null, handler);
    const open = await peer.next(FrameType.OPEN);
    peer.send(FrameType.RESET, open.stream, encodeReset({ cause, unsent: true, detail: 'why' }));
    await done;
    expect(result.failure).toEqual({
      kind,
      unsent: true,
      detail: expect.stringMatching(/^connector [0-9a-f]{8}: why$/),
    });
  });

  test('a socket that breaks fails what is open, as lost', async () => {
    const { peer, connection, edge } = await connected();
    await configure(connection, peer);
    const { result, handler, done } = collect();
    connection.request(HEAD, null, handler);
    await peer.next(FrameType.OPEN);
    peer.break();
    await done;
    expect(result.failure?.kind).toBe('lost');
    await edge.until(() => edge.gone.length === 1);
    expect(connection.accepting).toBe(false);
  });

  test('a dialled address is bytes both ways, each side ending on its own', async () => {
    const { peer, connection } = await connected();
    const dialling = connection.dial('10.128.0.1', 80, new AbortController().signal);
    const open = await peer.next(FrameType.OPEN);
    expect(JSON.parse(String(open.payload))).toEqual({ kind: 'tcp', ip: '10.128.0.1', port: 80 });
    peer.json(FrameType.HEAD, open.stream, { status: 200, headers: [], source: 'connector' });
    const stream = await dialling;
    stream.end('ping');
    expect(String((await peer.next(FrameType.DATA)).payload)).toBe('ping');
    await peer.next(FrameType.END);
    peer.send(FrameType.DATA, open.stream, Buffer.from('pong'));
    peer.send(FrameType.END, open.stream);
    let text = '';
    for await (const chunk of stream as Readable) text += chunk;
    expect(text).toBe('pong');
    expect(connection.open).toBe(0);
  });

  test('a refused upgrade comes with the body of the refusal', async () => {
    const { peer, connection } = await connected();
    const upgrading = connection.upgrade(HEAD, new AbortController().signal);
    const open = await peer.next(FrameType.OPEN);
    peer.json(FrameType.HEAD, open.stream, { status: 403, headers: [], source: 'origin' });
    peer.send(FrameType.DATA, open.stream, Buffer.from('members only'));
    peer.send(FrameType.END, open.stream);
    const answer = await upgrading;
    expect(answer.head.status).toBe(403);
    let text = '';
    if (!answer.accepted) for await (const chunk of answer.body) text += chunk;
    expect(text).toBe('members only');
  });

  test('a connector that leaves gets nothing new and finishes what it has', async () => {
    const { peer, connection } = await connected();
    await configure(connection, peer);
    const { result, handler, done } = collect();
    connection.request(HEAD, null, handler);
    const open = await peer.next(FrameType.OPEN);
    peer.json(FrameType.GOAWAY, 0, { reason: 'shutting down', retry: false });
    peer.json(FrameType.HEAD, open.stream, { status: 200, headers: [], source: 'origin' });
    peer.send(FrameType.END, open.stream);
    await done;
    expect(result.status).toBe(200);
    expect(connection.accepting).toBe(false);
  });

  test("a connector's own configuration is kept as far as it makes sense", async () => {
    const { peer, connection } = await connected();
    const ingress = [{ hostname: 'a.example.com', service: 'http://127.0.0.1:1', path: 7 }, 'rubbish', { service: 1 }];
    peer.json(FrameType.LOCAL_CONFIG, 0, { config: { ingress } });
    // An answer to a push comes after what was sent before it.
    const pushed = connection.configure(1, null, []);
    await peer.next(FrameType.CONFIG);
    peer.json(FrameType.CONFIG_ACK, 0, { serial: 1, version: 0 });
    await pushed;
    expect(connection.localConfiguration).toEqual({
      ingress: [{ hostname: 'a.example.com', service: 'http://127.0.0.1:1' }],
    });
  });

  test('a pushed configuration resolves with what the connector acknowledged, or why it was refused', async () => {
    const { peer, connection } = await connected();
    const first = connection.configure(3, { ingress: [{ service: 'http_status:404' }] }, ['10.0.0.0/8']);
    const frame = await peer.next(FrameType.CONFIG);
    expect(JSON.parse(String(frame.payload))).toMatchObject({ serial: 1, version: 3, networks: ['10.0.0.0/8'] });
    peer.json(FrameType.CONFIG_ACK, 0, { serial: 1, version: 3 });
    expect(await first).toBe(3);
    expect(connection.configVersion).toBe(3);
    const second = connection.configure(4, {}, []);
    await peer.next(FrameType.CONFIG);
    peer.json(FrameType.CONFIG_ACK, 0, { serial: 2, version: 3, error: 'no catch-all' });
    await expect(second).rejects.toThrow('no catch-all');
  });
});
