import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { ResetCause } from '../../protocol/messages.js';
import { connected, everythingTo, type Setup } from '../testing/connector.js';
import { GET, type HttpOpenMessage } from '../testing/edge.js';
import { freePort, httpOrigin, tcpOrigin } from '../testing/origin.js';
import { waitUntil } from '../testing/wait.js';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function through(service: string, originRequest: object = {}): Promise<Setup> {
  const setup = await connected({ config: everythingTo(service, originRequest) });
  cleanups.push(setup.close);
  return setup;
}

async function withOrigin(
  listener: (request: IncomingMessage, response: ServerResponse) => void,
  originRequest: object = {},
) {
  const origin = await httpOrigin(listener);
  cleanups.push(origin.close);
  return { origin, ...(await through(origin.url, originRequest)) };
}

async function withSocket(accept: (socket: Socket) => void) {
  const origin = await tcpOrigin(accept);
  cleanups.push(origin.close);
  return { origin, ...(await through(origin.url)) };
}

/** A request to send, as head and body. */
const post = (given: Partial<HttpOpenMessage> = {}): Partial<HttpOpenMessage> => ({ method: 'POST', ...given });

const sha = (data: Buffer | string): string => createHash('sha256').update(data).digest('hex');

describe('a request to an origin', () => {
  test('carries method, path, headers and Host there, and the answer back with its raw headers', async () => {
    let seen: IncomingMessage | undefined;
    const { connection, connector } = await withOrigin((request, response) => {
      seen = request;
      response.writeHead(203, ['X-One', '1', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'X-Latin', 'caf\u00e9']);
      response.end('hello');
    });
    const answer = await connection.request({ path: '/a/b?c=d', headers: ['X-Custom', 'yes', 'x-custom', 'twice'] });
    expect([seen?.method, seen?.url, seen?.headers.host]).toEqual(['GET', '/a/b?c=d', 'app.example.com']);
    expect(seen?.headers['x-custom']).toBe('yes, twice');
    expect(seen?.headers['cf-warp-tag-id']).toBe(connector.id);
    expect(answer.answer).toMatchObject({ status: 203, source: 'origin' });
    expect(answer.answer?.headers.slice(0, 8)).toEqual([
      'X-One',
      '1',
      'Set-Cookie',
      'a=1',
      'Set-Cookie',
      'b=2',
      'X-Latin',
      'caf\u00e9',
    ]);
    expect(answer.text).toBe('hello');
  });

  test('leaves out what belongs to one connection, both ways', async () => {
    let seen: IncomingMessage | undefined;
    const { connection } = await withOrigin((request, response) => {
      seen = request;
      response.writeHead(200, {
        Connection: 'X-Hop, keep-alive',
        'X-Hop': '1',
        'X-End': '2',
        'Keep-Alive': 'timeout=9',
      });
      response.end();
    });
    const headers = [
      'Connection',
      'X-Mine',
      'X-Mine',
      '1',
      'Keep-Alive',
      '5',
      'TE',
      'trailers',
      'Expect',
      '100-continue',
      'X-Kept',
      '2',
    ];
    const answer = await connection.request({
      headers: [...headers, 'Upgrade', 'h2c', 'Transfer-Encoding', 'chunked'],
    });
    expect(seen?.headers).toMatchObject({ 'x-kept': '2', te: 'trailers' });
    for (const name of ['x-mine', 'expect', 'upgrade', 'keep-alive']) expect(seen?.headers).not.toHaveProperty(name);
    expect(answer.header('x-end')).toBe('2');
    for (const name of ['x-hop', 'connection', 'keep-alive', 'transfer-encoding'])
      expect(answer.header(name)).toBeUndefined();
  });

  test('httpHostHeader replaces Host, which goes along as X-Forwarded-Host', async () => {
    let seen: IncomingMessage | undefined;
    const { connection } = await withOrigin(
      (request, response) => {
        seen = request;
        response.end();
      },
      { httpHostHeader: 'internal.test' },
    );
    await connection.request();
    expect(seen?.headers).toMatchObject({ host: 'internal.test', 'x-forwarded-host': 'app.example.com' });
  });

  test.each([
    ['HEAD', 200],
    ['GET', 204],
    ['GET', 304],
  ])('%s answered %i has no body and ends', async (method, status) => {
    const { connection } = await withOrigin((_, response) => {
      response.writeHead(status, { 'X-Here': 'yes', ...(method === 'HEAD' ? { 'Content-Length': '5' } : {}) });
      response.end();
    });
    const answer = await connection.request({ method });
    expect([answer.answer?.status, answer.header('x-here'), answer.text]).toEqual([status, 'yes', '']);
    if (method === 'HEAD') expect(answer.header('content-length')).toBe('5');
  });

  test('response trailers are passed on', async () => {
    const { connection } = await withOrigin((_, response) => {
      response.writeHead(200, { Trailer: 'X-Sum' });
      response.write('body');
      response.addTrailers({ 'X-Sum': '42' });
      response.end();
    });
    const answer = await connection.request();
    expect(answer.text).toBe('body');
    expect(answer.trailers).toEqual(['X-Sum', '42']);
  });

  test('interim answers stay between the origin and the connector', async () => {
    const { connection } = await withOrigin((_, response) => {
      response.writeEarlyHints({ link: '</a.css>; rel=preload' });
      response.end('final');
    });
    const answer = await connection.request();
    expect([answer.answer?.status, answer.text]).toEqual([200, 'final']);
  });

  test('requests one after another share a connection', async () => {
    const ports = new Set<number | undefined>();
    const { connection } = await withOrigin((request, response) => {
      ports.add(request.socket.remotePort);
      response.end();
    });
    for (let i = 0; i < 5; i++) await connection.request();
    expect(ports.size).toBe(1);
  });

  test('many at once all come back', async () => {
    const { connection } = await withOrigin((request, response) => response.end(request.url));
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) => connection.request({ path: `/${index}` })),
    );
    expect(answers.map((answer) => answer.text)).toEqual(answers.map((_, index) => `/${index}`));
  });
});

describe('a request body', () => {
  const echo = (request: IncomingMessage, response: ServerResponse): void => {
    const hash = createHash('sha256');
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      hash.update(chunk);
    });
    request.on('end', () => {
      const framing = request.headers['content-length'] ?? request.headers['transfer-encoding'] ?? 'none';
      response.end(`${bytes} ${hash.digest('hex')} ${framing}`);
    });
  };

  test.each([
    ['POST', undefined, 0, '0'],
    ['GET', undefined, 0, 'none'],
    ['POST', 'small', 5, '5'],
    ['DELETE', 'small', 5, '5'],
  ])('%s with %s arrives whole', async (method, body, bytes, framing) => {
    const { connection } = await withOrigin(echo);
    const answer = await connection.request({ method }, body);
    expect(answer.text).toBe(`${bytes} ${sha(body ?? '')} ${framing}`);
  });

  test('of many windows arrives whole, with and without its length known', async () => {
    const { connection } = await withOrigin(echo);
    const body = Buffer.alloc(3_000_000, 'some bytes that repeat at an odd length. ');
    const known = await connection.request(post({ headers: ['Content-Length', String(body.length)] }), body);
    expect(known.text).toBe(`${body.length} ${sha(body)} ${body.length}`);
    const unknown = await connection.request(post(), body);
    expect(unknown.text).toBe(`${body.length} ${sha(body)} chunked`);
  });

  test('that comes piece by piece is passed on as it comes', async () => {
    let seen = '';
    const { connection } = await withOrigin((request, response) => {
      request.on('data', (chunk) => {
        seen += chunk;
      });
      request.on('end', () => response.end(seen));
    });
    const stream = connection.open({ ...GET, method: 'POST' });
    stream.write('one ');
    await waitUntil(() => seen === 'one ');
    stream.write('two');
    await waitUntil(() => seen === 'one two');
    stream.finish();
    await stream.done;
    expect(stream.text).toBe('one two');
  });

  test('is held back by an origin that does not read', async () => {
    const origin = await tcpOrigin((socket) => socket.pause());
    cleanups.push(origin.close);
    const { connection } = await through(origin.url);
    const stream = connection.open({ ...GET, method: 'POST' });
    const chunk = Buffer.alloc(64 * 1024);
    let written = 0;
    // Sockets buffer some megabytes; after that the stream's window closes and stays closed.
    for (let idle = 0; idle < 200 && written < 2 ** 28; idle++) {
      while (stream.stream?.backlog === 0) {
        stream.write(chunk);
        written += chunk.length;
        idle = 0;
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(stream.stream?.backlog).toBeGreaterThan(0);
    stream.giveUp();
  });

  test('of which the origin wants no more: its answer is passed on, the rest is taken and dropped', async () => {
    const { connection } = await withOrigin((_, response) => {
      response.writeHead(413, { Connection: 'close' });
      response.end('too large');
    });
    const stream = connection.open({ ...GET, method: 'POST', headers: ['Content-Length', '10000000'] });
    stream.write('begin');
    await stream.done;
    expect([stream.answer?.status, stream.text]).toEqual([413, 'too large']);
    for (let i = 0; i < 100; i++) stream.write(Buffer.alloc(10_000));
    stream.finish();
    await waitUntil(() => connection.session.size === 0);
  });
});

describe('a response body', () => {
  test('of many windows arrives whole', async () => {
    const body = Buffer.alloc(5_000_000, 'another text of some length; ');
    const { connection } = await withOrigin((_, response) => response.end(body));
    const answer = await connection.request();
    expect(sha(Buffer.from(answer.text, 'latin1'))).toBe(sha(body));
  });

  test('waits at the origin while the edge does not take it', async () => {
    let written = 0;
    let response: ServerResponse | undefined;
    const { connection } = await withOrigin((_, given) => {
      response = given;
      const more = (): void => {
        while (written < 50_000_000) {
          written += 100_000;
          if (!given.write(Buffer.alloc(100_000))) return void given.once('drain', more);
        }
        given.end();
      };
      more();
    });
    const stream = connection.open(GET);
    stream.hold = true;
    stream.finish();
    await stream.until(() => stream.bytes === 256 * 1024);
    await waitUntil(() => response?.writableNeedDrain === true);
    expect(stream.bytes).toBe(256 * 1024);
    expect(written).toBeLessThan(50_000_000);
    stream.release();
    await stream.done;
    expect(stream.bytes).toBe(50_000_000);
  });

  test('comes as the origin sends it, not when it is complete', async () => {
    let response: ServerResponse | undefined;
    const { connection } = await withOrigin((_, given) => {
      response = given;
      given.writeHead(200, { 'Content-Type': 'text/event-stream' });
      given.write('data: one\n\n');
    });
    const stream = connection.open(GET);
    stream.finish();
    await stream.until(() => stream.text === 'data: one\n\n');
    response?.end('data: two\n\n');
    await stream.done;
    expect(stream.text).toBe('data: one\n\ndata: two\n\n');
  });
});

describe('when it goes wrong', () => {
  test('an origin where nobody listens: refused, nothing was sent', async () => {
    const { connection, connector } = await through(`http://127.0.0.1:${await freePort()}`);
    const answer = await connection.request(post(), 'body');
    expect(answer.failure).toMatchObject({ cause: ResetCause.REFUSED, unsent: true });
    expect(answer.failure?.detail).toContain('ECONNREFUSED');
    await connection.request();
    expect(connector.log.lines.filter((line) => line.includes('ECONNREFUSED'))).toHaveLength(1);
  });

  test('a name that does not exist: DNS, nothing was sent', async () => {
    const { connection } = await through('http://no-such-host.invalid');
    const answer = await connection.request();
    expect(answer.failure).toMatchObject({ cause: ResetCause.DNS, unsent: true });
  });

  test('an origin that hangs up before it answers: reset, perhaps sent', async () => {
    let requests = 0;
    const { connection } = await withSocket((socket) => socket.once('data', () => ++requests && socket.destroy()));
    const answer = await connection.request();
    expect(answer.failure).toMatchObject({ cause: ResetCause.ORIGIN_RESET, unsent: false });
    // A fresh connection was not stale: nothing is repeated.
    expect(requests).toBe(1);
  });

  test('an origin that breaks off in its answer: head, what came, then reset', async () => {
    const { connection } = await withSocket((socket) =>
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart');
        setImmediate(() => socket.destroy());
      }),
    );
    const answer = await connection.request();
    expect(answer.answer?.status).toBe(200);
    expect(answer.failure).toMatchObject({ cause: ResetCause.ORIGIN_RESET, unsent: false });
  });

  test.each([
    ['no HTTP at all', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['headers over 128 KB', `HTTP/1.1 200 OK\r\nX-Big: ${'x'.repeat(140 * 1024)}\r\n\r\n`],
    [
      'an upgrade that nobody asked for',
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n',
    ],
  ])('an origin that answers with %s: invalid', async (_, bytes) => {
    const { connection } = await withSocket((socket) => socket.once('data', () => socket.write(bytes)));
    const answer = await connection.request();
    expect(answer.failure).toMatchObject({ cause: ResetCause.INVALID_RESPONSE, unsent: false });
  });

  test('what HTTP/1.1 cannot carry is not sent', async () => {
    const { connection } = await withOrigin((_, response) => response.end());
    const answer = await connection.request({ headers: ['X-Bad', 'line\nbreak'] });
    expect(answer.failure).toMatchObject({ cause: ResetCause.INTERNAL, unsent: true });
    expect((await connection.request()).answer?.status).toBe(200);
  });

  test('the edge gives up: the origin notices', async () => {
    let closed: Promise<unknown> | undefined;
    const { connection } = await withOrigin((request, response) => {
      closed = once(request.socket, 'close');
      response.write('endless');
    });
    const stream = connection.open(GET);
    stream.finish();
    await stream.headed;
    stream.giveUp();
    await closed;
    expect(connection.session.size).toBe(0);
  });

  test('the edge gives up in the middle of an upload: the origin notices', async () => {
    let began = false;
    let closed = false;
    const { connection } = await withOrigin((request) => {
      request.socket.on('close', () => {
        closed = true;
      });
      request.on('error', () => {});
      request.on('data', () => {
        began = true;
      });
    });
    const stream = connection.open({ ...GET, method: 'POST' });
    stream.write('begin');
    await waitUntil(() => began);
    stream.giveUp();
    await waitUntil(() => closed);
  });

  test('a connection to the edge that breaks takes its requests along, and the origin notices', async () => {
    let closed: Promise<unknown> | undefined;
    const { connection } = await withOrigin((request) => {
      closed = once(request.socket, 'close');
    });
    const stream = connection.open(GET);
    stream.finish();
    await waitUntil(() => closed !== undefined);
    connection.webSocket.terminate();
    await closed;
  });
});

describe('a kept connection that the origin closes just as it is used again', () => {
  /** Answers the first request of a connection and hangs up on the second. */
  async function closing() {
    const requests: string[] = [];
    const setup = await withSocket((socket) => {
      let served = 0;
      socket.on('data', (data) => {
        requests.push(data.toString().split(' ')[0] ?? '');
        if (served++ > 0) socket.destroy();
        else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      });
    });
    return { ...setup, requests };
  }

  test('an idempotent request is sent again, once, on a new connection', async () => {
    const { connection, requests } = await closing();
    expect((await connection.request()).text).toBe('ok');
    expect((await connection.request()).text).toBe('ok');
    expect(requests).toEqual(['GET', 'GET', 'GET']);
  });

  test('any other is not: it may have been carried out', async () => {
    const { connection, requests } = await closing();
    await connection.request(post(), 'a');
    const second = await connection.request(post(), 'a');
    expect(second.failure).toMatchObject({ cause: ResetCause.ORIGIN_RESET, unsent: false });
    expect(requests.filter((method) => method === 'POST')).toHaveLength(2);
  });
});

describe('a change of configuration', () => {
  test('keeps the connections of services that stay, and lets requests to those that go finish', async () => {
    let finish: (() => void) | undefined;
    const leaving = await httpOrigin((_, response) => {
      response.write('old ');
      finish = () => response.end('done');
    });
    const ports = new Set<number | undefined>();
    const staying = await httpOrigin((request, response) => {
      ports.add(request.socket.remotePort);
      response.end();
    });
    cleanups.push(leaving.close, staying.close);
    const rules = (old: string) => ({
      ingress: [{ hostname: 'old.test', service: old }, { service: staying.url }],
    });
    const setup = await connected({ config: rules(leaving.url), version: 1 });
    cleanups.push(setup.close);
    const { connection } = setup;
    await connection.request();
    const slow = connection.open({ ...GET, authority: 'old.test' });
    slow.finish();
    await slow.headed;
    await connection.push(rules('http_status:410'), 2);
    expect((await connection.request({ authority: 'old.test' })).answer?.status).toBe(410);
    await connection.request();
    expect(ports.size).toBe(1);
    finish?.();
    await slow.done;
    expect(slow.text).toBe('old done');
  });
});
