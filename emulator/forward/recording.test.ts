import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { RecordedExchange } from '../observe/journal.types.js';
import type { RecordSettings } from '../state/objects.js';
import { answering, type Endpoint, type ForwarderRequest, useForwarder } from './forwarder.fixture.js';

/** Answers in pieces, without looking at the request. */
const inPieces =
  (...pieces: string[]): Endpoint =>
  (_head, _body, handler) =>
    queueMicrotask(() => {
      handler.head({ status: 200, headers: ['Content-Type', 'text/plain'], source: 'origin' });
      for (const piece of pieces) handler.data(Buffer.from(piece));
      handler.end([]);
    });

async function recorded(
  record: RecordSettings,
  request: ForwarderRequest = {},
  endpoint: Endpoint = answering,
): Promise<RecordedExchange | undefined> {
  const { ask, journal } = useForwarder({ record, endpoint: () => endpoint });
  await ask(request);
  return journal.list(1)[0]?.recorded;
}

const post = (...pieces: string[]): ForwarderRequest => ({
  method: 'POST',
  headers: ['Host', 'app.example.com', 'Cookie', 'a=b'],
  body: Readable.from(
    pieces.map((piece) => Buffer.from(piece)),
    { objectMode: false },
  ),
});

describe('recording', () => {
  test('keeps nothing unless it is asked to', async () => {
    expect(await recorded({ headers: false, bodies: 0 }, post('hello'))).toBeUndefined();
  });

  test('keeps headers and no bodies', async () => {
    const exchange = await recorded({ headers: true, bodies: 0 }, post('hello'), inPieces('answer'));
    const nothing = { kept: Buffer.alloc(0), whole: false };
    expect(exchange?.authority).toBe('app.example.com');
    expect(exchange?.request).toEqual({ headers: ['Host', 'app.example.com', 'Cookie', 'a=b'], body: nothing });
    expect(exchange?.response?.headers.slice(0, 3)).toEqual(['Content-Type', 'text/plain', 'CF-RAY']);
    expect(exchange?.response?.body).toEqual(nothing);
  });

  test('keeps bodies, and headers with them', async () => {
    const exchange = await recorded({ headers: false, bodies: 100 }, post('hel', 'lo'));
    const hello = { kept: Buffer.from('hello'), whole: true };
    expect(exchange?.request).toEqual({ headers: ['Host', 'app.example.com', 'Cookie', 'a=b'], body: hello });
    expect(exchange?.response?.body).toEqual(hello);
  });

  test('keeps the beginning of what is longer, and says that it is not all', async () => {
    const exchange = await recorded({ headers: true, bodies: 4 }, post('hel', 'lo'), inPieces('fo', 'ur', '!'));
    // The endpoint read nothing of the request.
    expect(exchange?.request.body).toEqual({ kept: Buffer.alloc(0), whole: false });
    expect(exchange?.response?.body).toEqual({ kept: Buffer.from('four'), whole: false });
    expect((await recorded({ headers: true, bodies: 4 }, post('hel', 'lo')))?.request.body).toEqual({
      kept: Buffer.from('hell'),
      whole: false,
    });
  });

  test('what fits exactly is whole, and so is what is not there', async () => {
    const exchange = await recorded({ headers: true, bodies: 4 }, {}, inPieces('fo', 'ur'));
    expect(exchange?.request.body).toEqual({ kept: Buffer.alloc(0), whole: true });
    expect(exchange?.response?.body).toEqual({ kept: Buffer.from('four'), whole: true });
  });

  test('a response that is cut off is not whole', async () => {
    const cut: Endpoint = (_head, _body, handler) =>
      queueMicrotask(() => {
        handler.head({ status: 200, headers: [], source: 'origin' });
        handler.data(Buffer.from('beg'));
        handler.fail({ kind: 'reset', detail: 'as the test wants it', unsent: false });
      });
    expect((await recorded({ headers: true, bodies: 100 }, {}, cut))?.response?.body).toEqual({
      kept: Buffer.from('beg'),
      whole: false,
    });
  });

  test("keeps the edge's own answers too", async () => {
    const exchange = await recorded({ headers: false, bodies: 10_000 }, { host: 'unknown.example.com' });
    expect(String(exchange?.response?.body.kept)).toContain('1001');
    expect(exchange?.response?.body.whole).toBe(true);
  });
});
