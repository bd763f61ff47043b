import { once } from 'node:events';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { describe, expect, onTestFinished, test } from 'vitest';
import { answerWith, openIngress, type TestIngress, textOf, turns } from './ingress.test-support.js';

async function session({ https, ca }: TestIngress): Promise<ClientHttp2Session> {
  const opened = connect(`https://app.example.com:${https}`, { ca, servername: 'app.example.com', host: '127.0.0.1' });
  opened.on('error', () => undefined);
  onTestFinished(() => opened.destroy());
  await once(opened, 'connect');
  return opened;
}

interface Answer {
  readonly headers: Record<string, unknown>;
  readonly text: string;
  readonly trailers: Record<string, unknown> | undefined;
}

async function answerOf(stream: ClientHttp2Stream): Promise<Answer> {
  let trailers: Record<string, unknown> | undefined;
  stream.on('trailers', (fields) => {
    trailers = fields;
  });
  const [headers] = await once(stream, 'response');
  const text = await textOf(stream);
  return { headers, text, trailers };
}

function get(client: ClientHttp2Session, headers: OutgoingHttpHeaders = {}): ClientHttp2Stream {
  return client.request({ ':authority': 'app.example.com', ...headers });
}

describe('an HTTP/2 request', () => {
  test('reaches the forwarder as any other', async () => {
    const ingress = await openIngress({ tls: true });
    const client = await session(ingress);
    const stream = client.request({
      ':path': '/x?y=z',
      ':authority': 'App.example.com:8443',
      'x-a': '1',
      cookie: ['a=1', 'b=2'],
      'colocal-colo': 'KIX',
    });
    const { request, response } = await ingress.forwarder.next();
    expect(request).toMatchObject({
      method: 'GET',
      scheme: 'https',
      host: 'app.example.com',
      authority: 'App.example.com:8443',
      path: '/x?y=z',
      httpVersion: '2',
      headers: ['x-a', '1', 'cookie', 'a=1; b=2'],
      body: null,
      vantage: { clientIp: '127.0.0.1' },
    });
    response.head(201, ['Content-Length', '2', 'Set-Cookie', 'a=1', 'set-cookie', 'b=2', 'Connection', 'close']);
    response.write(Buffer.from('ok'));
    response.end([]);
    const { headers, text } = await answerOf(stream);
    expect(headers).toMatchObject({ ':status': 201, 'content-length': '2', 'set-cookie': ['a=1', 'b=2'] });
    expect(headers).not.toHaveProperty('connection');
    expect(text).toBe('ok');
  });

  test('gives its body, and gets trailers', async () => {
    const ingress = await openIngress({ tls: true });
    const stream = get(await session(ingress), { ':method': 'POST' });
    stream.write('hello ');
    const { request, response } = await ingress.forwarder.next();
    stream.end('world');
    expect(await textOf(request.body)).toBe('hello world');
    response.head(200, ['trailer', 'x-sum']);
    response.write(Buffer.from('abc'));
    response.end(['X-Sum', '6']);
    expect(await answerOf(stream)).toMatchObject({ text: 'abc', trailers: { 'x-sum': '6' } });
  });

  test('without length and trailers just ends', async () => {
    const ingress = await openIngress({ tls: true });
    const client = await session(ingress);
    for (const method of ['GET', 'HEAD']) {
      const stream = get(client, { ':method': method });
      const { response } = await ingress.forwarder.next();
      response.head(200, []);
      response.write(Buffer.from('abc'));
      response.end([]);
      expect(await answerOf(stream)).toMatchObject({ text: method === 'GET' ? 'abc' : '', trailers: undefined });
    }
    const empty = get(client);
    const { response } = await ingress.forwarder.next();
    response.head(304, []);
    response.end([]);
    expect((await answerOf(empty)).headers[':status']).toBe(304);
  });

  test('may repeat response headers that are defined as single', async () => {
    const ingress = await openIngress({ tls: true });
    const stream = get(await session(ingress));
    const { response } = await ingress.forwarder.next();
    response.head(200, ['access-control-allow-credentials', 'true', 'access-control-allow-credentials', 'true']);
    response.end([]);
    expect((await answerOf(stream)).headers['access-control-allow-credentials']).toBe('true, true');
  });

  test.each([
    ['header', ['x-bad', 'a\r\nb'], []],
    ['status', undefined, []],
  ])('whose answer has a %s nobody may send is broken off, and the edge goes on', async (_, headers, trailers) => {
    const ingress = await openIngress({ tls: true });
    const client = await session(ingress);
    const stream = get(client);
    const failed = once(stream, 'error');
    const { response } = await ingress.forwarder.next();
    const gone = new Promise<void>((resolve) => response.onClose(resolve));
    response.head(headers ? 200 : 101, headers ?? []);
    response.write(Buffer.from('x'));
    response.end(trailers);
    await failed;
    await gone;
    ingress.forwarder.answer = answerWith('fine');
    expect((await answerOf(get(client))).text).toBe('fine');
  });

  test('may get headers with any name', async () => {
    const ingress = await openIngress({ tls: true });
    const stream = get(await session(ingress));
    const { response } = await ingress.forwarder.next();
    response.head(200, ['constructor', 'a', '__proto__', 'b', 'toString', 'c']);
    response.end([]);
    const { headers } = await answerOf(stream);
    expect(Object.entries(headers).filter(([name]) => !/^:status$|^date$/.test(name))).toEqual([
      ['constructor', 'a'],
      ['__proto__', 'b'],
      ['tostring', 'c'],
    ]);
  });

  test('waits for 100-continue', async () => {
    const ingress = await openIngress({ tls: true });
    const stream = get(await session(ingress), { ':method': 'PUT', expect: '100-continue' });
    const { request, response } = await ingress.forwarder.next();
    expect(request.expectsContinue).toBe(true);
    const continued = once(stream, 'continue');
    response.continue();
    await continued;
    stream.end('now');
    expect(await textOf(request.body)).toBe('now');
    answerWith('done')({ request, response });
    expect((await answerOf(stream)).text).toBe('done');
  });

  test('sends its head before there is a body', async () => {
    const ingress = await openIngress({ tls: true });
    const stream = get(await session(ingress));
    const { response } = await ingress.forwarder.next();
    const headers = once(stream, 'response');
    response.head(200, ['content-type', 'text/event-stream']);
    expect((await headers)[0]['content-type']).toBe('text/event-stream');
  });
});

describe('what HTTP/2 clients get wrong', () => {
  test.each([
    ['two hosts', { host: 'other.example.com' }, 400],
    ['a host that is none', { ':authority': 'a..b' }, 400],
    ['a vantage that does not exist', { 'colocal-colo': 'QQQ' }, 400],
    ['TRACE', { ':method': 'TRACE' }, 405],
    ['an expectation', { ':method': 'POST', expect: 'wonders' }, 417],
    ['a fragment', { ':path': '/a#b' }, 400],
    ['a long URL', { ':path': `/${'u'.repeat(16 * 1024)}` }, 414],
    ['large headers', Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`x-${i}`, 'h'.repeat(1000)])), 431],
  ])('%s', async (_, headers: OutgoingHttpHeaders, status) => {
    const ingress = await openIngress({ tls: true });
    const client = await session(ingress);
    ingress.forwarder.answer = answerWith('fine');
    const stream = get(client, headers);
    const answer = await answerOf(stream);
    expect(answer.headers[':status']).toBe(status);
    expect(answer.text).toContain('Answered by colocal');
    expect((await answerOf(get(client))).text).toBe('fine');
    expect(ingress.forwarder.seen).toHaveLength(1);
  });

  test('OPTIONS * is answered by the edge', async () => {
    const ingress = await openIngress({ tls: true });
    const answer = await answerOf(get(await session(ingress), { ':method': 'OPTIONS', ':path': '*' }));
    expect(answer.headers).toMatchObject({ ':status': 200, allow: expect.stringContaining('GET') });
  });

  test('a refused upload gets its page without being read', async () => {
    const ingress = await openIngress({ tls: true });
    const stream = get(await session(ingress), { ':method': 'POST', host: 'other.example.com' });
    stream.on('error', () => undefined);
    stream.write(Buffer.alloc(1024 * 1024));
    const [headers] = await once(stream, 'response');
    expect(headers[':status']).toBe(400);
    await once(stream.resume(), 'close');
  });
});

describe('a client that goes away', () => {
  test('by RST_STREAM is reported', async () => {
    const ingress = await openIngress({ tls: true });
    const stream = get(await session(ingress), { ':method': 'POST' });
    stream.on('error', () => undefined);
    const { response } = await ingress.forwarder.next();
    const gone = new Promise<void>((resolve) => response.onClose(resolve));
    stream.close(constants.NGHTTP2_CANCEL);
    await gone;
    // Whoever asks late hears it as well.
    await new Promise<void>((resolve) => response.onClose(resolve));
    response.head(200, []);
    response.write(Buffer.from('x'));
    response.end([]);
  });

  test('by closing its connection is reported for every stream, and bodies break off', async () => {
    const ingress = await openIngress({ tls: true });
    const client = await session(ingress);
    const gone = [];
    const broken = [];
    for (const method of ['GET', 'POST', 'PUT']) {
      const stream = get(client, { ':method': method });
      stream.on('error', () => undefined);
      if (method !== 'GET') stream.write('half');
      const { request, response } = await ingress.forwarder.next();
      gone.push(new Promise<void>((resolve) => response.onClose(resolve)));
      if (request.body) broken.push(expect(textOf(request.body)).rejects.toThrow());
    }
    await turns();
    client.destroy();
    await Promise.all([...gone, ...broken]);
    expect(broken).toHaveLength(2);
  });

  test('again and again, unanswered, loses its connection', async () => {
    const ingress = await openIngress({ tls: true, limits: { streamResets: 5 } });
    const client = await session(ingress);
    const closed = once(client, 'close');
    let opened = 0;
    while (!client.destroyed && opened < 100) {
      opened++;
      const stream = get(client);
      stream.on('error', () => undefined);
      stream.close(constants.NGHTTP2_CANCEL);
      await once(stream, 'close');
      await turns(2);
    }
    await closed;
    expect(opened).toBeLessThan(50);
    // Others are not hurt.
    ingress.forwarder.answer = answerWith('fine');
    expect((await answerOf(get(await session(ingress)))).text).toBe('fine');
  });

  test('now and then keeps its connection', async () => {
    const ingress = await openIngress({ tls: true, limits: { streamResets: 2 } });
    const client = await session(ingress);
    for (let i = 0; i < 10; i++) {
      const cancelled = get(client);
      cancelled.on('error', () => undefined);
      const { response } = await ingress.forwarder.next();
      const gone = new Promise<void>((resolve) => response.onClose(resolve));
      cancelled.close(constants.NGHTTP2_CANCEL);
      await gone;
      const kept = get(client);
      answerWith('kept')(await ingress.forwarder.next());
      expect((await answerOf(kept)).text).toBe('kept');
    }
  });
});

describe('back-pressure over HTTP/2', () => {
  test('stalls an upload that nobody reads, and only that one', async () => {
    const ingress = await openIngress({ tls: true });
    const client = await session(ingress);
    const size = 8 * 1024 * 1024;
    const stream = get(client, { ':method': 'POST' });
    stream.end(Buffer.alloc(size));
    const stalled = await ingress.forwarder.next();
    await turns(100);
    const other = get(client, { ':path': '/other' });
    answerWith('alive')(await ingress.forwarder.next());
    expect((await answerOf(other)).text).toBe('alive');
    expect(stream.writableLength).toBeGreaterThan(size / 2);
    let received = 0;
    for await (const chunk of stalled.request.body ?? []) received += (chunk as Buffer).length;
    expect(received).toBe(size);
    answerWith('all')(stalled);
    expect((await answerOf(stream)).text).toBe('all');
  });

  test('tells the forwarder to wait for a client that does not read', async () => {
    const ingress = await openIngress({ tls: true });
    const stream = get(await session(ingress));
    const { response } = await ingress.forwarder.next();
    const chunk = Buffer.alloc(64 * 1024);
    const count = 256;
    let written = 0;
    const go = (): void => {
      while (written < count) {
        written++;
        if (!response.write(chunk)) return;
      }
      response.end([]);
    };
    response.head(200, []);
    response.onDrain(go);
    go();
    await turns(100);
    expect(written).toBeLessThan(count);
    expect((await textOf(stream)).length).toBe(count * chunk.length);
  });
});

describe('the body of an HTTP/2 request', () => {
  test('that stays away for too long is answered 408', async () => {
    const ingress = await openIngress({ tls: true });
    const stream = get(await session(ingress), { ':method': 'POST' });
    stream.on('error', () => undefined);
    stream.write('half');
    const { request, response } = await ingress.forwarder.next();
    const gone = new Promise<void>((resolve) => response.onClose(resolve));
    const reading = textOf(request.body);
    await turns(10);
    ingress.deadlines.elapse(60_000);
    await expect(reading).rejects.toThrow();
    await gone;
    const [headers] = await once(stream, 'response');
    expect(headers[':status']).toBe(408);
  });

  test('can be given up, and the response still comes', async () => {
    const ingress = await openIngress({ tls: true });
    const stream = get(await session(ingress), { ':method': 'POST' });
    stream.on('error', () => undefined);
    stream.write('half');
    const { request, response } = await ingress.forwarder.next();
    request.body?.destroy(new Error('the endpoint broke'));
    await turns();
    response.head(502, []);
    response.write(Buffer.from('sorry'));
    response.end(['x-why', 'broken']);
    expect(await answerOf(stream)).toMatchObject({
      headers: { ':status': 502 },
      text: 'sorry',
      trailers: { 'x-why': 'broken' },
    });
  });
});

test('a response that breaks off resets its stream and leaves the others alone', async () => {
  const ingress = await openIngress({ tls: true });
  const client = await session(ingress);
  const stream = get(client);
  const failed = once(stream, 'error');
  const { response } = await ingress.forwarder.next();
  response.head(200, []);
  response.write(Buffer.from('half'));
  await once(stream, 'response');
  stream.resume();
  response.destroy();
  expect((await failed)[0].message).toContain('NGHTTP2_INTERNAL_ERROR');
  const other = get(client);
  answerWith('fine')(await ingress.forwarder.next());
  expect((await answerOf(other)).text).toBe('fine');
});

test('a client may have 128 streams open', async () => {
  const { https, ca } = await openIngress({ tls: true });
  const client = connect(`https://app.example.com:${https}`, { ca, servername: 'app.example.com', host: '127.0.0.1' });
  onTestFinished(() => client.destroy());
  const [settings] = await once(client, 'remoteSettings');
  expect(settings).toMatchObject({ maxConcurrentStreams: 128, enablePush: false });
});

test('an idle connection is closed after a while, one with an open stream is not', async () => {
  const ingress = await openIngress({ tls: true, limits: { keepAliveTimeout: 200 } });
  const idle = await session(ingress);
  const busy = await session(ingress);
  const stream = get(busy);
  const handled = await ingress.forwarder.next();
  await once(idle, 'close');
  answerWith('still here')(handled);
  expect((await answerOf(stream)).text).toBe('still here');
});
