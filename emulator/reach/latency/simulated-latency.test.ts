import { once } from 'node:events';
import { Duplex, PassThrough, Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { createClock } from '../../../runtime/clock.js';
import { ManualDeadlines } from '../../../runtime/deadlines.js';
import { createRng } from '../../../runtime/rng.js';
import { createGeography } from '../../geo/geography.js';
import { FailureError, type ResponseHandler, type UpgradeResult } from '../../tunnel/connection.js';
import type { OpenPath } from '../path.js';
import type { Opened, OpenOptions } from '../reach.js';
import { simulatedLatency } from './simulated-latency.js';

const HEAD = { method: 'POST', path: '/', scheme: 'http', authority: 'app.example.com', headers: [] } as const;
const OK = { status: 200, headers: [], source: 'origin' } as const;
const KB = 1024;

/** Writes down what a sender is told. */
class Recorder implements ResponseHandler {
  readonly told: string[] = [];
  flow = true;
  head = ({ status }: { readonly status: number }) => void this.told.push(`head ${status}`);
  data = (chunk: Buffer): boolean => {
    this.told.push(chunk.length > 20 ? `data ${chunk.length}` : `data ${chunk}`);
    return this.flow;
  };
  end = () => void this.told.push('end');
  fail = ({ kind }: { readonly kind: string }) => void this.told.push(`fail ${kind}`);
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A way of 30 and 70 ms there and back, to an origin that the test plays. */
function useWay(switching?: Opened['switching'], options: Partial<OpenOptions> = {}) {
  const deadlines = new ManualDeadlines();
  const clock = createClock({ mode: 'manual', deadlines });
  const asked: string[] = [];
  const origin: { handler: ResponseHandler; body: Readable | null } = { handler: new Recorder(), body: null };
  const opened: Opened = {
    request: (head, body, handler) => {
      asked.push(head.method);
      origin.handler = handler;
      origin.body = body;
      return { resume: () => asked.push('resume'), abort: () => asked.push('abort') };
    },
    switching: switching ?? { by: 'edge', connect: () => Promise.reject(new Error('not here')) },
    legs: [
      { from: 'NRT', to: 'LHR', roundTripMs: 30 },
      { from: 'LHR', to: 'connector', roundTripMs: 70 },
    ],
  };
  const path = { kind: 'tunnel', endpoint: { name: 'web-a' } } as OpenPath;
  const from = createGeography(['NRT']).default;
  const opening: OpenOptions = { from, tried: [], rng: createRng(1), serverName: '', verify: false, ...options };
  const way = simulatedLatency({ clock, deadlines })(opened, path, opening);
  const client = new Recorder();
  const pass = async (by: number) => (await clock.advance(by)).ran.map(({ what }) => what);
  return { way, opened, origin, asked, client, pass, deadlines };
}

describe('a request', () => {
  test('is asked half a round trip later, and answered half a round trip after its answer', async () => {
    const { way, origin, asked, client, pass } = useWay();
    way.request(HEAD, null, client);
    await pass(49);
    expect(asked).toEqual([]);
    expect(way.underWay?.()).toBe(true);
    const asking = pass(1);
    await turn();
    expect(asked).toEqual(['POST']);
    origin.handler.head(OK);
    await asking;
    await pass(20);
    origin.handler.data(Buffer.from('late'));
    origin.handler.end([]);
    await pass(29);
    expect(client.told).toEqual([]);
    await pass(1);
    expect(client.told).toEqual(['head 200']);
    await pass(19);
    expect(client.told).toEqual(['head 200']);
    await pass(1);
    expect(client.told).toEqual(['head 200', 'data late', 'end']);
    expect(way.underWay?.()).toBe(false);
  });

  test('holds a manual clock until its answer begins, so that one advance takes it there and back', async () => {
    const { way, origin, client, pass } = useWay();
    way.request(HEAD, null, client);
    const passing = pass(100);
    while (origin.handler instanceof Recorder) await turn();
    for (let i = 0; i < 10; i++) await turn();
    expect(client.told).toEqual([]);
    origin.handler.head(OK);
    origin.handler.end([]);
    expect(await passing).toEqual([
      'simulated latency NRT-LHR-connector',
      'answers of web-a: stream 1 waits',
      'simulated latency NRT-LHR-connector',
    ]);
    expect(client.told).toEqual(['head 200', 'end']);
  });

  test('does not hold it for longer than a second: the answer may never come', async () => {
    const { way, asked, client, pass, deadlines } = useWay();
    way.request(HEAD, null, client);
    const passing = pass(1_000_000);
    while (asked.length === 0) await turn();
    await turn();
    deadlines.elapse(1_000);
    await passing;
    expect(client.told).toEqual([]);
    expect(await pass(1_000_000)).toEqual([]);
  });

  test('takes its body along, piece by piece', async () => {
    const { way, origin, pass } = useWay();
    const body = new PassThrough();
    way.request(HEAD, body, new Recorder());
    body.write('one');
    await turn();
    await pass(30);
    body.end('two');
    await turn();
    await pass(20);
    const pieces: string[] = [];
    origin.body?.on('data', (chunk) => pieces.push(String(chunk))).on('end', () => pieces.push('end'));
    await turn();
    expect(pieces).toEqual(['one']);
    const passing = pass(30);
    while (pieces.length < 3) await turn();
    expect(pieces).toEqual(['one', 'two', 'end']);
    origin.handler.fail({ kind: 'lost', detail: '', unsent: false });
    await passing;
  });

  test('has only so much of its body on the way, however much there is', async () => {
    const { way, origin, pass } = useWay();
    let given = 0;
    const body = new Readable({
      highWaterMark: 64 * KB,
      read() {
        given += 64 * KB;
        this.push(Buffer.alloc(64 * KB));
      },
    });
    way.request(HEAD, body, new Recorder());
    for (let i = 0; i < 50; i++) await turn();
    expect(given).toBeLessThanOrEqual(768 * KB);
    const before = given;
    // An origin that does not read stops it at its own end.
    const passing = async (): Promise<void> => {
      for (let i = 0; i < 20; i++) {
        await pass(50);
        await turn();
      }
    };
    await passing();
    expect(given).toBeLessThanOrEqual(before + 192 * KB);
    expect(way.underWay?.()).toBe(false);
    origin.body?.resume();
    await passing();
    expect(given).toBeGreaterThan(4 * 512 * KB);
  });
});

describe('an answer', () => {
  test('fails as late as it would have come, in its place', async () => {
    const { way, origin, client, pass } = useWay();
    way.request(HEAD, null, client);
    const asking = pass(50);
    while (origin.handler instanceof Recorder) await turn();
    origin.handler.head(OK);
    origin.handler.data(Buffer.from('half'));
    origin.handler.fail({ kind: 'reset', detail: '', unsent: false });
    await asking;
    await pass(49);
    expect(client.told).toEqual([]);
    await pass(1);
    expect(client.told).toEqual(['head 200', 'data half', 'fail reset']);
  });

  test('stops its sender when the way is full, and lets it go on when there is room', async () => {
    const { way, origin, asked, client, pass } = useWay();
    way.request(HEAD, null, client);
    const asking = pass(50);
    while (origin.handler instanceof Recorder) await turn();
    origin.handler.head(OK);
    await asking;
    let pieces = 1;
    while (origin.handler.data(Buffer.alloc(64 * KB))) pieces++;
    expect(pieces).toBe(8);
    expect(asked).toEqual(['POST']);
    await pass(50);
    expect(asked).toEqual(['POST', 'resume']);
  });

  test('waits for a client that does not read', async () => {
    const { way, origin, client, pass } = useWay();
    client.flow = false;
    const exchange = way.request(HEAD, null, client);
    const asking = pass(50);
    while (origin.handler instanceof Recorder) await turn();
    origin.handler.head(OK);
    origin.handler.data(Buffer.from('one'));
    origin.handler.data(Buffer.from('two'));
    origin.handler.end([]);
    await asking;
    await pass(50);
    expect(client.told).toEqual(['head 200', 'data one']);
    client.flow = true;
    exchange.resume();
    expect(client.told).toEqual(['head 200', 'data one', 'data two', 'end']);
  });
});

describe('a request that is given up', () => {
  test('on its way there leaves nothing: no timer, and its body is closed', async () => {
    const { way, asked, client, pass, deadlines } = useWay();
    const body = new PassThrough();
    const exchange = way.request(HEAD, body, client);
    body.write('one');
    await turn();
    exchange.abort();
    expect(way.underWay?.()).toBe(false);
    expect(body.destroyed).toBe(true);
    expect(await pass(1_000)).toEqual([]);
    expect(deadlines.size).toBe(0);
    expect([asked, client.told]).toEqual([[], []]);
  });

  test('while the answer is on its way leaves nothing, and the origin is told', async () => {
    const { way, origin, asked, client, pass, deadlines } = useWay();
    const exchange = way.request(HEAD, null, client);
    const asking = pass(50);
    while (origin.handler instanceof Recorder) await turn();
    origin.handler.head(OK);
    origin.handler.data(Buffer.from('one'));
    await asking;
    exchange.abort();
    exchange.abort();
    expect(asked).toEqual(['POST', 'abort']);
    origin.handler.data(Buffer.from('two'));
    expect(way.underWay?.()).toBe(false);
    expect(await pass(1_000)).toEqual([]);
    expect(deadlines.size).toBe(0);
    expect(client.told).toEqual([]);
  });

  test('while it is awaited lets the clock go on', async () => {
    const { way, asked, client, pass, deadlines } = useWay();
    const exchange = way.request(HEAD, null, client);
    const passing = pass(1_000);
    while (asked.length === 0) await turn();
    await turn();
    exchange.abort();
    await passing;
    expect(deadlines.size).toBe(0);
  });
});

/** Two ends of one connection. */
function useStream() {
  const there = new PassThrough();
  const back = new PassThrough();
  return { stream: Duplex.from({ writable: there, readable: back }), there, back };
}

describe('a stream', () => {
  test('is dialled in one round trip, and then carries bytes and ends in half of one', async () => {
    const { stream, there, back } = useStream();
    let dials = 0;
    const { way, pass } = useWay({
      by: 'edge',
      connect: async () => {
        dials++;
        return stream;
      },
    });
    if (way.switching.by !== 'edge') throw new Error('it is dialled from here');
    let near: Duplex | undefined;
    const connecting = way.switching.connect(new AbortController().signal).then((connected) => {
      near = connected;
    });
    await pass(49);
    expect(dials).toBe(0);
    await pass(50);
    expect([dials, near]).toEqual([1, undefined]);
    await pass(1);
    await connecting;
    const heard: string[] = [];
    near?.on('data', (chunk) => heard.push(String(chunk))).on('end', () => heard.push('end'));
    there.on('data', (chunk) => heard.push(`there ${chunk}`)).on('end', () => heard.push('there end'));
    near?.end('ping');
    await pass(49);
    expect(heard).toEqual([]);
    await pass(1);
    await turn();
    expect(heard).toEqual(['there ping', 'there end']);
    expect(near?.writableFinished).toBe(true);
    back.end('pong');
    await turn();
    await pass(49);
    expect(heard).toHaveLength(2);
    await pass(1);
    await turn();
    expect(heard.slice(2)).toEqual(['pong', 'end']);
    await turn();
    expect(near?.destroyed).toBe(true);
  });

  test('breaks half a round trip after its other end, and behind what came before', async () => {
    const { stream, back } = useStream();
    const { way, pass } = useWay({ by: 'edge', connect: async () => stream });
    if (way.switching.by !== 'edge') throw new Error('it is dialled from here');
    const connecting = way.switching.connect(new AbortController().signal);
    await pass(100);
    const near = await connecting;
    const heard: string[] = [];
    near.on('data', (chunk) => heard.push(String(chunk))).on('error', (error) => heard.push(error.message));
    back.write('one');
    await turn();
    stream.destroy(new Error('broken'));
    await turn();
    await pass(49);
    expect(heard).toEqual([]);
    await pass(1);
    await turn();
    expect(heard).toEqual(['one', 'broken']);
  });

  test('that is closed here is closed there at once, and nothing is left on the way', async () => {
    const { stream, back } = useStream();
    const { way, pass } = useWay({ by: 'edge', connect: async () => stream });
    if (way.switching.by !== 'edge') throw new Error('it is dialled from here');
    const connecting = way.switching.connect(new AbortController().signal);
    await pass(100);
    const near = await connecting;
    near.write('one');
    back.write('two');
    await turn();
    expect(way.underWay?.()).toBe(true);
    near.destroy();
    await turn();
    expect(stream.destroyed).toBe(true);
    expect(way.underWay?.()).toBe(false);
    expect(await pass(1_000)).toEqual([]);
  });

  test.each([10, 60])('that is given up %d ms after it was asked for is not there', async (after) => {
    const { stream } = useStream();
    const { way, pass } = useWay({ by: 'edge', connect: async () => stream });
    if (way.switching.by !== 'edge') throw new Error('it is dialled from here');
    const abort = new AbortController();
    const connecting = expect(way.switching.connect(abort.signal)).rejects.toBeInstanceOf(FailureError);
    await pass(after);
    abort.abort();
    await connecting;
    expect(await pass(1_000)).toEqual([]);
    if (after > 50) expect(stream.destroyed).toBe(true);
  });

  test('of a protocol that a connector switches comes with the head, and what follows comes behind it', async () => {
    const { stream, back } = useStream();
    const result: UpgradeResult = { accepted: true, head: { ...OK, status: 101 }, stream };
    const { way, pass } = useWay({ by: 'connector', upgrade: async () => result });
    if (way.switching.by !== 'connector') throw new Error('the connector switches');
    const switching = way.switching.upgrade(HEAD, new AbortController().signal);
    await pass(50);
    await pass(25);
    back.write('hello');
    await turn();
    await pass(25);
    const switched = await switching;
    if (!switched.accepted) throw new Error('it was accepted');
    expect(switched.stream.readableLength).toBe(0);
    await pass(25);
    expect(String(switched.stream.read())).toBe('hello');
  });

  test('that a connector refuses comes with its body, and fails as late as it would have come', async () => {
    const refusal: UpgradeResult = { accepted: false, head: { ...OK, status: 403 }, body: Readable.from(['no']) };
    const results = [async () => refusal, () => Promise.reject(new Error('gone'))];
    const { way, pass } = useWay({ by: 'connector', upgrade: () => (results.shift() ?? failed)() });
    if (way.switching.by !== 'connector') throw new Error('the connector switches');
    const { signal } = new AbortController();
    const refused = way.switching.upgrade(HEAD, signal);
    await pass(100);
    const answer = await refused;
    if (answer.accepted) throw new Error('it was refused');
    const [[chunk]] = await Promise.all([once(answer.body, 'data'), pass(100)]);
    expect(String(chunk)).toBe('no');

    let error: unknown;
    const failing = way.switching.upgrade(HEAD, signal).catch((reason: unknown) => {
      error = reason;
    });
    await pass(99);
    expect(error).toBeUndefined();
    await pass(1);
    await failing;
    expect(error).toMatchObject({ message: 'gone' });
  });
});

function failed(): never {
  throw new Error('nobody asked for more');
}

test('what is next door is as it was, and so is the way of a probe, which adds the model itself', () => {
  const { opened } = useWay();
  const deadlines = new ManualDeadlines();
  const latency = simulatedLatency({ clock: createClock({ mode: 'manual', deadlines }), deadlines });
  const path = { kind: 'tunnel', endpoint: { name: 'web-a' } } as OpenPath;
  const options = {
    from: createGeography(['NRT']).default,
    tried: [],
    rng: createRng(1),
    serverName: '',
    verify: false,
  };
  const near: Opened = { ...opened, legs: [{ from: 'NRT', to: 'web-a', roundTripMs: 0 }] };
  expect(latency(near, path, options)).toBe(near);
  expect(latency(opened, path, { ...options, single: () => undefined })).toBe(opened);
  expect(latency(opened, path, options)).not.toBe(opened);
});
