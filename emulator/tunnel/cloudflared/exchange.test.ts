import { EventEmitter } from 'node:events';
import type { ClientHttp2Stream } from 'node:http2';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Failure, ResponseHandler } from '../connection.js';
import { HttpExchange } from './exchange.js';

/** What an exchange uses of a stream; the test emits what Node would. */
class TestStream extends EventEmitter {
  rstCode = 0;
  readonly aborted = false;
  readonly calls: string[] = [];
  pause(): void {
    this.calls.push('pause');
  }
  resume(): void {
    this.calls.push('resume');
  }
  close(code: number): void {
    this.calls.push(`close ${code}`);
  }
}

const LOST: Failure = { kind: 'lost', detail: 'the connection broke', unsent: false };

let stream: TestStream;
let exchange: HttpExchange;
let told: string[];
/** What the handler answers data with. */
let more: boolean;

beforeEach(() => {
  stream = new TestStream();
  told = [];
  more = true;
  const handler: ResponseHandler = {
    head: ({ status }) => void told.push(`head ${status}`),
    data: (chunk) => {
      told.push(chunk.length > 100 ? `${chunk.length} bytes` : chunk.toString());
      return more;
    },
    end: (trailers) => void told.push(['end', ...trailers].join(' ')),
    fail: ({ kind }) => void told.push(kind),
  };
  exchange = new HttpExchange(null, handler, () => 'unreachable');
  exchange.start(() => ({ stream: stream as unknown as ClientHttp2Stream, failure: () => LOST }));
});

const endOfTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const head = (): boolean => stream.emit('response', { ':status': 200 });
const data = (text: string): boolean => stream.emit('data', Buffer.from(text));

describe('what comes in one turn with the head is handed on as one', () => {
  test('a whole answer with its end', () => {
    head();
    data('a');
    data('b');
    expect(told).toEqual([]);
    stream.emit('trailers', {}, 0, ['x-sum', '1']);
    stream.emit('end');
    expect(told).toEqual(['head 200', 'ab', 'end x-sum 1']);
  });

  test('a head alone, which does not wait for a body', async () => {
    head();
    await endOfTurn();
    expect(told).toEqual(['head 200']);
  });

  test('but not what comes later', async () => {
    head();
    data('a');
    data('b');
    await endOfTurn();
    data('c');
    data('d');
    expect(told).toEqual(['head 200', 'ab', 'c', 'd']);
    stream.emit('end');
    expect(told).toEqual(['head 200', 'ab', 'c', 'd', 'end']);
  });

  test('but no more than 64 KiB wait', () => {
    head();
    data('x'.repeat(40_000));
    expect(told).toEqual([]);
    data('x'.repeat(40_000));
    data('c');
    expect(told).toEqual(['head 200', '80000 bytes', 'c']);
  });
});

test("a body's first bytes wait for the head, which Node may tell of later", async () => {
  data('x'.repeat(70_000));
  await endOfTurn();
  expect(told).toEqual([]);
  head();
  stream.emit('end');
  expect(told).toEqual(['head 200', '70000 bytes', 'end']);
});

test('what came before a stream broke is handed on before the failure', () => {
  head();
  data('a');
  stream.rstCode = 2;
  stream.emit('end');
  expect(told).toEqual([]);
  stream.emit('close');
  expect(told).toEqual(['head 200', 'a', 'lost']);
});

test('a stream that ends without a head has failed', () => {
  stream.emit('end');
  stream.emit('close');
  expect(told).toEqual(['lost']);
});

test('a handler that takes no more pauses the stream, until it resumes it', async () => {
  more = false;
  head();
  data('a');
  await endOfTurn();
  expect(stream.calls).toEqual(['pause']);
  exchange.resume();
  expect(stream.calls).toEqual(['pause', 'resume']);
});

test('after an abort nothing is handed on, and the stream is closed', async () => {
  head();
  data('a');
  exchange.abort();
  await endOfTurn();
  stream.emit('end');
  stream.emit('close');
  expect(told).toEqual([]);
  expect(stream.calls).toEqual(['close 8']);
});
