import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import { describe, expect, test } from 'vitest';
import { answerWith, openIngress, RawClient, textOf, turns } from './ingress.test-support.js';

const HOST = 'Host: app.example.com\r\n';

describe('an HTTP/1.1 request', () => {
  test('reaches the forwarder as it was received', async () => {
    const { http, forwarder } = await openIngress();
    const client = await RawClient.open(http);
    client.send('GET /a/b?c=d HTTP/1.1\r\nHOST: App.Example.com:8080\r\nX-Twice: 1\r\nx-twice: 2\r\n\r\n');
    const { request, response } = await forwarder.next();
    expect(request).toMatchObject({
      method: 'GET',
      scheme: 'http',
      host: 'app.example.com',
      authority: 'App.Example.com:8080',
      path: '/a/b?c=d',
      httpVersion: '1.1',
      headers: ['HOST', 'App.Example.com:8080', 'X-Twice', '1', 'x-twice', '2'],
      body: null,
      expectsContinue: false,
      vantage: { clientIp: '127.0.0.1' },
    });
    response.head(200, ['content-length', '2', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2']);
    response.write(Buffer.from('hi'));
    response.end([]);
    const text = await client.until('\r\n\r\nhi');
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\ncontent-length: 2\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n/);
    expect(text).toContain('Connection: keep-alive\r\n');
  });

  test('loses the headers that say where it comes from, whatever their spelling', async () => {
    const { http, forwarder } = await openIngress();
    const client = await RawClient.open(http);
    client.send(
      `GET / HTTP/1.1\r\n${HOST}COLOCAL-COLO: KIX\r\ncolocal-country: JP\r\nColocal-Client-IP: 203.0.113.7\r\nColocal-Other: 1\r\n\r\n`,
    );
    const { request } = await forwarder.next();
    expect(request.headers).toEqual(['Host', 'app.example.com', 'Colocal-Other', '1']);
  });

  test('with a vantage that does not exist is refused with what to do, and the connection goes on', async () => {
    const { http, forwarder } = await openIngress();
    forwarder.answer = answerWith('ok');
    const client = await RawClient.open(http);
    client.send(`GET / HTTP/1.1\r\n${HOST}Colocal-Colo: QQQ\r\n\r\n`);
    const text = await client.until('did you mean NRT?');
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    client.send(`GET / HTTP/1.1\r\n${HOST}\r\n`);
    await client.until('\r\n\r\nok');
  });

  test('gives its body as it comes, by length and by chunks', async () => {
    const { http, forwarder } = await openIngress();
    const client = await RawClient.open(http);
    client.send(`POST /1 HTTP/1.1\r\n${HOST}Content-Length: 5\r\n\r\nhello`);
    const first = await forwarder.next();
    expect(await textOf(first.request.body)).toBe('hello');
    answerWith('one')(first);
    await client.until('one');
    client.send(
      `POST /2 HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n3\r\nbig\r\n3;x=y\r\nger\r\n0\r\nX-T: 1\r\n\r\n`,
    );
    const second = await forwarder.next();
    expect(await textOf(second.request.body)).toBe('bigger');
    answerWith('two')(second);
    await client.until('two');
    client.send(`POST /3 HTTP/1.1\r\n${HOST}Content-Length: 0\r\n\r\n`);
    const third = await forwarder.next();
    expect(third.request.body).toBeNull();
  });

  test('of HTTP/1.0 is answered and the connection closes', async () => {
    const { http, forwarder } = await openIngress();
    forwarder.answer = answerWith('old');
    const client = await RawClient.open(http);
    client.send(`GET / HTTP/1.0\r\n${HOST}\r\n`);
    await client.closed;
    expect(client.text).toMatch(/\r\n\r\nold$/);
    expect(forwarder.seen[0]?.httpVersion).toBe('1.0');
  });

  test('sent ahead is answered in its turn, however late the first one is', async () => {
    const { http, forwarder } = await openIngress();
    const client = await RawClient.open(http);
    client.send(`GET /1 HTTP/1.1\r\n${HOST}\r\nGET /2 HTTP/1.1\r\n${HOST}\r\n`);
    const first = await forwarder.next();
    const second = await forwarder.next();
    answerWith('second')(second);
    await turns();
    expect(client.text).toBe('');
    answerWith('first')(first);
    expect(await client.until('second')).toMatch(/first[\s\S]*second$/);
  });

  test('in absolute form means the host in its URL', async () => {
    const { http, forwarder } = await openIngress();
    const client = await RawClient.open(http);
    client.send('GET http://App.example.com:80/x?y HTTP/1.1\r\nHost: proxy.test\r\n\r\n');
    const { request, response } = await forwarder.next();
    expect(request).toMatchObject({
      host: 'app.example.com',
      authority: 'App.example.com:80',
      path: '/x?y',
      scheme: 'http',
    });
    answerWith('ok')({ request, response });
    client.send('GET https://app.example.com?q HTTP/1.1\r\nHost: app.example.com\r\n\r\n');
    expect((await forwarder.next()).request).toMatchObject({
      path: '/?q',
      scheme: 'https',
      authority: 'app.example.com',
    });
  });

  test.each([
    ['h2c', `Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n`],
    ['a protocol nobody knows', 'Connection: Upgrade\r\nUpgrade: smoke-signals/1\r\n'],
  ])('that offers %s is served as what it is, body and all, and the connection goes on', async (_, offer) => {
    const { http, forwarder } = await openIngress();
    const client = await RawClient.open(http);
    client.send(`POST /offer HTTP/1.1\r\n${HOST}${offer}Content-Length: 11\r\n\r\nhello`);
    const { request, response } = await forwarder.next();
    expect(request).toMatchObject({ method: 'POST', path: '/offer', httpVersion: '1.1' });
    client.send(' world');
    expect(await textOf(request.body)).toBe('hello world');
    answerWith('kept')({ request, response });
    await client.until('kept');
    client.send(`GET /next HTTP/1.1\r\n${HOST}${offer}\r\n`);
    expect((await forwarder.next()).request.path).toBe('/next');
  });
});

describe('what the edge answers itself', () => {
  test('OPTIONS * is about the server', async () => {
    const { http, forwarder } = await openIngress();
    const client = await RawClient.open(http);
    client.send(`OPTIONS * HTTP/1.1\r\n${HOST}\r\n`);
    expect(await client.until('\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 OK\r\nallow: GET, HEAD/);
    expect(forwarder.seen).toEqual([]);
  });

  test('TRACE is not allowed', async () => {
    const { http } = await openIngress();
    const client = await RawClient.open(http);
    client.send(`TRACE / HTTP/1.1\r\n${HOST}\r\n`);
    expect(await client.until('not allowed')).toMatch(/^HTTP\/1\.1 405 Method Not Allowed\r\n/);
    expect(client.text).toContain('allow: GET');
  });

  test('an expectation other than 100-continue fails', async () => {
    const { http } = await openIngress();
    const client = await RawClient.open(http);
    client.send(`POST / HTTP/1.1\r\n${HOST}Expect: wonders\r\nContent-Length: 1\r\n\r\n`);
    expect(await client.until('Expect header')).toMatch(/^HTTP\/1\.1 417 /);
  });

  test('pages are HTML for who accepts it and text for who does not', async () => {
    const { http } = await openIngress();
    const client = await RawClient.open(http);
    client.send('GET / HTTP/1.1\r\nHost: what?\r\nAccept: text/html,*/*;q=0.8\r\n\r\n');
    expect(await client.until('</html>')).toContain('content-type: text/html; charset=utf-8');
    client.send('GET / HTTP/1.1\r\nHost: what?\r\nAccept: */*\r\n\r\n');
    expect(await client.until('text/plain')).toContain('HTTP/1.1 400');
  });
});

describe('a response', () => {
  test('sends its head before there is a body', async () => {
    const { http, forwarder } = await openIngress();
    const client = await RawClient.open(http);
    client.send(`GET /events HTTP/1.1\r\n${HOST}\r\n`);
    const { response } = await forwarder.next();
    response.head(200, ['content-type', 'text/event-stream']);
    expect(await client.until('\r\n\r\n')).toContain('Transfer-Encoding: chunked');
    response.write(Buffer.from('data: 1\n\n'));
    await client.until('data: 1');
  });

  test('carries trailers', async () => {
    const { http, forwarder } = await openIngress();
    const client = await RawClient.open(http);
    client.send(`GET / HTTP/1.1\r\n${HOST}\r\n`);
    const { response } = await forwarder.next();
    response.head(200, ['Trailer', 'X-Sum']);
    response.write(Buffer.from('abc'));
    response.end(['X-Sum', '6']);
    expect(await client.until('0\r\nX-Sum: 6\r\n\r\n')).toContain('3\r\nabc\r\n');
  });

  test('to HEAD has the length of the body and no body', async () => {
    const { http, forwarder } = await openIngress();
    forwarder.answer = answerWith('four');
    const client = await RawClient.open(http);
    client.send(`HEAD / HTTP/1.1\r\n${HOST}\r\nGET /after HTTP/1.1\r\n${HOST}\r\n`);
    const text = await client.until('\r\n\r\nfour');
    expect(text.match(/content-length: 4/g)).toHaveLength(2);
    expect(text.match(/four/g)).toHaveLength(1);
  });

  test('with a status of the edge has no invented words', async () => {
    const { http, forwarder } = await openIngress();
    forwarder.answer = answerWith('', 530);
    const client = await RawClient.open(http);
    client.send(`GET / HTTP/1.1\r\n${HOST}\r\n`);
    expect(await client.until('\r\n\r\n')).toMatch(/^HTTP\/1\.1 530 \r\n/);
  });

  test('that breaks off is seen as broken, and the client is not told it ended', async () => {
    const { http, forwarder } = await openIngress();
    const client = await RawClient.open(http);
    client.send(`GET / HTTP/1.1\r\n${HOST}\r\n`);
    const { response } = await forwarder.next();
    response.head(200, []);
    response.write(Buffer.from('half'));
    await client.until('half');
    response.destroy();
    await client.closed;
    expect(client.text).not.toContain('0\r\n\r\n');
  });

  test.each([
    ['header', ['x-bad', 'a\r\nset-cookie: b'], []],
    ['trailer', [], ['x-bad', 'a\r\nset-cookie: b']],
  ])('with a %s nobody may send is broken off, and the edge goes on', async (_, headers, trailers) => {
    const warnings: string[] = [];
    const log = { debug: () => undefined, warn: (_: object, message: string) => void warnings.push(message) };
    const { http, forwarder } = await openIngress({ log });
    const client = await RawClient.open(http);
    client.send(`GET / HTTP/1.1\r\n${HOST}\r\n`);
    const { response } = await forwarder.next();
    let closed = 0;
    response.onClose(() => closed++);
    response.head(200, headers);
    response.write(Buffer.from('x'));
    response.end(trailers);
    await client.closed;
    expect(client.text).not.toContain('cookie');
    expect(client.text).not.toContain('0\r\n\r\n');
    expect([closed, warnings.length]).toEqual([1, 1]);
  });
});

describe('100-continue', () => {
  test('is sent when the forwarder wants the body', async () => {
    const { http, forwarder } = await openIngress();
    const client = await RawClient.open(http);
    client.send(`PUT / HTTP/1.1\r\n${HOST}Expect: 100-continue\r\nContent-Length: 4\r\n\r\n`);
    const { request, response } = await forwarder.next();
    expect(request.expectsContinue).toBe(true);
    await turns();
    expect(client.text).toBe('');
    response.continue();
    await client.until('HTTP/1.1 100 Continue\r\n\r\n');
    client.send('body');
    expect(await textOf(request.body)).toBe('body');
    answerWith('done')({ request, response });
    await client.until('done');
  });

  test('is left out when the answer needs no body', async () => {
    const { http, forwarder } = await openIngress();
    const client = await RawClient.open(http);
    client.send(`PUT / HTTP/1.1\r\n${HOST}Expect: 100-continue\r\nContent-Length: 4\r\n\r\n`);
    const { response } = await forwarder.next();
    response.head(403, ['content-length', '2']);
    response.write(Buffer.from('no'));
    response.end([]);
    await client.closed;
    expect(client.text).toMatch(/^HTTP\/1\.1 403 Forbidden/);
  });
});

test('ordinary clients keep their connection', async () => {
  const { http, forwarder } = await openIngress();
  forwarder.answer = answerWith('hi');
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ports = new Set<number | undefined>();
  for (let i = 0; i < 5; i++) {
    const request = httpRequest({ port: http, host: '127.0.0.1', agent, headers: { host: 'app.example.com' } });
    request.end();
    const [response] = await once(request, 'response');
    ports.add(response.socket.localPort);
    expect(await textOf(response)).toBe('hi');
  }
  agent.destroy();
  expect(ports.size).toBe(1);
});
