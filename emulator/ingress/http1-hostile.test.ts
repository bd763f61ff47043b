import { describe, expect, test } from 'vitest';
import { answerWith, exchange, openIngress, RawClient, textOf, turns } from './ingress.test-support.js';

const HOST = 'Host: app.example.com\r\n';
const CHUNKED = 'Transfer-Encoding: chunked\r\n';
/** Whatever a part of the edge took for the body would be this request for the other. */
const SMUGGLED = `GET /smuggled HTTP/1.1\r\n${HOST}\r\n`;

describe('a request that could be read in two ways is refused, and its connection with it', () => {
  test.each([
    ['two equal lengths', `POST / HTTP/1.1\r\n${HOST}Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello`],
    ['two different lengths', `POST / HTTP/1.1\r\n${HOST}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello`],
    ['a list of lengths', `POST / HTTP/1.1\r\n${HOST}Content-Length: 5, 5\r\n\r\nhello`],
    ['a length with a sign', `POST / HTTP/1.1\r\n${HOST}Content-Length: +5\r\n\r\nhello`],
    ['a hexadecimal length', `POST / HTTP/1.1\r\n${HOST}Content-Length: 0x5\r\n\r\nhello`],
    ['a length beyond all numbers', `POST / HTTP/1.1\r\n${HOST}Content-Length: 99999999999999999999\r\n\r\n`],
    ['an empty length', `POST / HTTP/1.1\r\n${HOST}Content-Length:\r\n\r\n`],
    ['a length, then chunks', `POST / HTTP/1.1\r\n${HOST}Content-Length: 5\r\n${CHUNKED}\r\n0\r\n\r\n`],
    ['chunks, then a length', `POST / HTTP/1.1\r\n${HOST}${CHUNKED}Content-Length: 5\r\n\r\n0\r\n\r\n`],
    ['another coding before chunked', `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
    ['another coding after chunked', `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n`],
    ['chunked twice', `POST / HTTP/1.1\r\n${HOST}${CHUNKED}${CHUNKED}\r\n0\r\n\r\n`],
    ['identity', `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: identity\r\n\r\n`],
    ['an empty coding', `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding:\r\n\r\n`],
    ['a disguised coding', `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n`],
    ['a space before the colon', `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`],
    ['chunks in HTTP/1.0', `POST / HTTP/1.0\r\n${HOST}${CHUNKED}\r\n0\r\n\r\n`],
    ['a folded header', `GET / HTTP/1.1\r\n${HOST}X-A: b\r\n c\r\n\r\n`],
    ['a folded length', `POST / HTTP/1.1\r\n${HOST}Content-Length:\r\n 5\r\n\r\nhello`],
    ['a header that starts with a space', `GET / HTTP/1.1\r\n X-A: b\r\n${HOST}\r\n`],
    ['lines without CR', `GET / HTTP/1.1\r\n${HOST}X-A: b\nX-C: d\r\n\r\n`],
    ['a request line without CR', `GET / HTTP/1.1\n${HOST}\r\n`],
    ['lines without LF', `GET / HTTP/1.1\r\n${HOST}X-A: b\rX-C: d\r\n\r\n`],
    ['NUL in a header', `GET / HTTP/1.1\r\n${HOST}X-A: b\0c\r\n\r\n`],
    ['a header without a name', `GET / HTTP/1.1\r\n${HOST}: b\r\n\r\n`],
    ['a header without a colon', `GET / HTTP/1.1\r\n${HOST}X-A\r\n\r\n`],
    ['no Host', 'GET / HTTP/1.1\r\n\r\n'],
    ['no Host in HTTP/1.0', 'GET / HTTP/1.0\r\n\r\n'],
    ['two Hosts', `GET / HTTP/1.1\r\n${HOST}${HOST}\r\n`],
    ['two Hosts, the URL being absolute', `GET http://a.example.com/ HTTP/1.1\r\n${HOST}Host: b\r\n\r\n`],
    ['a space in the URL', `GET /a b HTTP/1.1\r\n${HOST}\r\n`],
    ['a TLS handshake', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['an HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ])('%s', async (_, request) => {
    const { http, forwarder } = await openIngress();
    forwarder.answer = answerWith('served');
    const answer = await exchange(http, `${request}${SMUGGLED}`);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('Answered by colocal');
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(forwarder.seen).toEqual([]);
  });

  test.each([
    ['no number', 'zz\r\nhello\r\n0\r\n\r\n'],
    ['a prefixed number', '0x5\r\nhello\r\n0\r\n\r\n'],
    ['a negative number', '-5\r\nhello\r\n0\r\n\r\n'],
    ['a number beyond all numbers', 'fffffffffffffffff\r\nhello\r\n0\r\n\r\n'],
    ['a size without CR', '5\nhello\r\n0\r\n\r\n'],
    ['more data than said', '3\r\nhello\r\n0\r\n\r\n'],
    ['a bare LF in an extension', '5;\nx\r\nhello\r\n0\r\n\r\n'],
  ])('a chunk with %s breaks the body off', async (_, body) => {
    const { http, forwarder } = await openIngress();
    const client = await RawClient.open(http);
    client.send(`POST / HTTP/1.1\r\n${HOST}${CHUNKED}\r\n`);
    const { request, response } = await forwarder.next();
    const gone = new Promise<void>((resolve) => response.onClose(resolve));
    const reading = textOf(request.body);
    client.send(`${body}${SMUGGLED}`);
    await expect(reading).rejects.toThrow();
    await gone;
    await client.closed;
    expect(client.text).toMatch(/^HTTP\/1\.1 400 /);
    expect(forwarder.seen).toHaveLength(1);
    // Whatever the forwarder still says goes nowhere.
    answerWith('late')({ request, response });
    expect(client.text).not.toContain('late');
  });

  test('a bad body after the head of the response ends the connection', async () => {
    const { http, forwarder } = await openIngress();
    const client = await RawClient.open(http);
    client.send(`POST / HTTP/1.1\r\n${HOST}${CHUNKED}\r\n`);
    const { request, response } = await forwarder.next();
    request.body?.resume();
    response.head(200, []);
    response.write(Buffer.from('started'));
    await client.until('started');
    client.send('zz\r\n');
    await client.closed;
    expect(client.text).not.toContain('400');
  });

  test('garbage after a good request does not cost it its answer', async () => {
    const { http, forwarder } = await openIngress();
    const client = await RawClient.open(http);
    client.send(`GET /good HTTP/1.1\r\n${HOST}\r\n\x00garbage\r\n\r\n`);
    const good = await forwarder.next();
    await turns();
    answerWith('good')(good);
    await client.closed;
    expect(client.text).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*Connection: close\r\n[\s\S]*good$/);
  });
});

test('a bad body behind a request that still waits for its answer is not taken for that answer', async () => {
  const { http, forwarder } = await openIngress();
  const client = await RawClient.open(http);
  client.send(`GET /1 HTTP/1.1\r\n${HOST}\r\nPOST /2 HTTP/1.1\r\n${HOST}${CHUNKED}\r\n`);
  const gone = [];
  for (const { response } of [await forwarder.next(), await forwarder.next()]) {
    gone.push(new Promise<void>((resolve) => response.onClose(resolve)));
  }
  client.send('zz\r\n');
  await Promise.all([...gone, client.closed]);
  expect(client.text).toBe('');
});

describe('what cannot be served is refused, and the connection goes on', () => {
  test.each([
    ['characters no host has', 'GET / HTTP/1.1\r\nHost: app_<script>\r\n\r\n'],
    ['user information', 'GET / HTTP/1.1\r\nHost: me@app.example.com\r\n\r\n'],
    ['an empty Host', 'GET / HTTP/1.1\r\nHost:\r\n\r\n'],
    ['a port beyond all ports', 'GET / HTTP/1.1\r\nHost: a:70000\r\n\r\n'],
    ['a URL of another scheme', `GET ftp://app.example.com/ HTTP/1.1\r\n${HOST}\r\n`],
    ['a URL with user information', `GET http://me@app.example.com/ HTTP/1.1\r\n${HOST}\r\n`],
    ['a fragment', `GET /a#b HTTP/1.1\r\n${HOST}\r\n`],
    ['an asterisk without OPTIONS', `GET * HTTP/1.1\r\n${HOST}\r\n`],
  ])('%s', async (_, request) => {
    const { http, forwarder } = await openIngress();
    forwarder.answer = answerWith('served');
    const client = await RawClient.open(http);
    client.send(request);
    await client.until('Answered by colocal');
    expect(client.text).toMatch(/^HTTP\/1\.1 400 /);
    client.send(`GET /fine HTTP/1.1\r\n${HOST}\r\n`);
    await client.until('served');
    expect(forwarder.seen.map(({ path }) => path)).toEqual(['/fine']);
  });

  test('another version of HTTP', async () => {
    const { http } = await openIngress();
    expect(await exchange(http, `GET / HTTP/2.0\r\n${HOST}\r\n`)).toMatch(/^HTTP\/1\.1 505 /);
    expect(await exchange(http, 'GET /\r\n\r\n')).toMatch(/^HTTP\/1\.1 505 /);
  });
});
