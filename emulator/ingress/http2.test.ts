import { once } from 'node:events';
import { connect, type OutgoingHttpHeaders } from 'node:http2';
import { describe, expect, onTestFinished, test } from 'vitest';
import { answerOf, get, session } from './http2.test-support.js';
import { answerWith, openIngress, textOf } from './ingress.test-support.js';

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
    ['name', ['x bad', 'a'], []],
    ['status', undefined, []],
    ['trailer', [], ['x-bad', 'a\r\nb']],
  ])('whose answer has a %s nobody may send is broken off, and the edge goes on', async (_, headers, trailers) => {
    const ingress = await openIngress({ tls: true });
    const client = await session(ingress);
    const stream = get(client);
    const failed = once(stream, 'error');
    stream.resume();
    const { response } = await ingress.forwarder.next();
    response.head(headers ? 200 : 101, headers ?? []);
    response.write(Buffer.from('x'));
    response.end(trailers);
    await failed;
    ingress.forwarder.answer = answerWith('fine');
    expect((await answerOf(get(client))).text).toBe('fine');
  });

  test.each([
    ['GET', 600],
    ['HEAD', 999],
  ])(
    '%s whose answer has the status %d, which HTTP/2 cannot carry, gets a page that says so',
    async (method, status) => {
      const ingress = await openIngress({ tls: true });
      const client = await session(ingress);
      const stream = get(client, { ':method': method, accept: 'application/json' });
      const { response } = await ingress.forwarder.next();
      const gone = new Promise<void>((resolve) => response.onClose(resolve));
      response.head(status, ['content-length', '5', 'x-own', '1']);
      expect(response.headSent).toBe(true);
      response.write(Buffer.from('never'));
      response.end([]);
      // So that whoever sends an answer without end stops.
      await gone;
      const { headers, text } = await answerOf(stream);
      expect(headers).toMatchObject({ ':status': 520, 'cf-error-type': '520' });
      expect(headers).not.toHaveProperty('x-own');
      if (method === 'GET') expect(JSON.parse(text).error.detail).toContain(`status ${status}`);
      else expect(text).toBe('');
      ingress.forwarder.answer = answerWith('fine', 599);
      expect((await answerOf(get(client))).headers[':status']).toBe(599);
    },
  );

  test('whose answer cannot be sent is reported as gone', async () => {
    const ingress = await openIngress({ tls: true });
    get(await session(ingress)).on('error', () => undefined);
    const { response } = await ingress.forwarder.next();
    let gone = 0;
    response.onClose(() => gone++);
    response.head(200, ['x-bad', 'a\r\nb']);
    response.end([]);
    expect(gone).toBe(1);
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
