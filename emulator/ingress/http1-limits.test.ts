import { describe, expect, test } from 'vitest';
import { realDeadlines } from '../../runtime/deadlines.js';
import { answerWith, openIngress, RawClient, textOf, turns } from './ingress.test-support.js';

const HOST = 'Host: app.example.com\r\n';

describe('limits', () => {
  test.each([
    ['a URL of 16 KB is served', 16 * 1024, 200],
    ['a longer URL is not', 16 * 1024 + 1, 414],
    ['one far beyond is not either', 60 * 1024, 414],
  ])('%s', async (_, length, status) => {
    const { http, forwarder } = await openIngress();
    forwarder.answer = answerWith('ok');
    const client = await RawClient.open(http);
    client.send(`GET /${'u'.repeat(length - 1)} HTTP/1.1\r\n${HOST}\r\n`);
    expect(await client.until('\r\n\r\n')).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });

  test.each([
    ['headers of nearly 32 KB are served', 31 * 1024, 200],
    ['more are not', 32 * 1024, 431],
    ['far more are not either', 80 * 1024, 431],
  ])('%s', async (_, length, status) => {
    const { http, forwarder } = await openIngress();
    forwarder.answer = answerWith('ok');
    const client = await RawClient.open(http);
    const each = 1024;
    const header = `X-Big: ${'h'.repeat(each - 'X-Big: \r\n'.length)}\r\n`;
    client.send(`GET / HTTP/1.1\r\n${HOST}${header.repeat(length / each)}\r\n`);
    expect(await client.until('\r\n\r\n')).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });

  test('no header is dropped in silence, however many there are', async () => {
    const { http, forwarder } = await openIngress();
    const client = await RawClient.open(http);
    client.send(`GET / HTTP/1.1\r\n${HOST}${'a: b\r\n'.repeat(3000)}X-Last: 1\r\n\r\n`);
    expect((await forwarder.next()).request.headers.at(-2)).toBe('X-Last');
  });

  test('connections beyond the limit are not taken', async () => {
    const { http, forwarder } = await openIngress({ limits: { connections: 1 } });
    forwarder.answer = answerWith('ok');
    const first = await RawClient.open(http);
    first.send(`GET / HTTP/1.1\r\n${HOST}\r\n`);
    await first.until('ok');
    const second = await RawClient.open(http);
    await second.closed;
    expect(second.text).toBe('');
  });
});

describe('a client that stops sending', () => {
  test('in the headers is told so, and its connection closes', async () => {
    const { http, forwarder } = await openIngress({ limits: { headersTimeout: 200 } });
    const client = await RawClient.open(http);
    client.send('GET / HTTP/1.1\r\nHost: app');
    await client.closed;
    expect(client.text).toMatch(/^HTTP\/1\.1 408 /);
    expect(forwarder.seen).toEqual([]);
  });

  test('in the headers of a later request as well', async () => {
    const { http, forwarder } = await openIngress({ limits: { headersTimeout: 200 } });
    forwarder.answer = answerWith('ok');
    const client = await RawClient.open(http);
    client.send(`GET / HTTP/1.1\r\n${HOST}\r\n`);
    await client.until('ok');
    client.send('GET ');
    await client.closed;
    expect(client.text).toMatch(/ok[\s\S]*HTTP\/1\.1 408 /);
  });

  test('in a later request does not lose the answer to the one before', async () => {
    const { http, forwarder } = await openIngress({ limits: { headersTimeout: 200 } });
    const client = await RawClient.open(http);
    client.send(`GET / HTTP/1.1\r\n${HOST}\r\nGET /never`);
    const handled = await forwarder.next();
    const other = await RawClient.open(http);
    other.send('GET /slow');
    // By now the time of both is up.
    await other.closed;
    await turns();
    answerWith('answered')(handled);
    await client.until('answered');
  });

  test('before it sent anything is closed without a word', async () => {
    const { http } = await openIngress({ limits: { headersTimeout: 200 } });
    const client = await RawClient.open(http);
    await client.closed;
    expect(client.text).toBe('');
  });

  test('between two requests is closed after a while', async () => {
    const { http, forwarder } = await openIngress({ limits: { keepAliveTimeout: 20 } });
    forwarder.answer = answerWith('ok');
    const client = await RawClient.open(http);
    client.send(`GET / HTTP/1.1\r\n${HOST}\r\n`);
    await client.closed;
    expect(client.text).toContain('ok');
  });

  test('in the body is told so while there is no response yet', async () => {
    const { http, forwarder, deadlines } = await openIngress();
    const client = await RawClient.open(http);
    client.send(`POST / HTTP/1.1\r\n${HOST}Content-Length: 10\r\n\r\nstart`);
    const { request, response } = await forwarder.next();
    const gone = new Promise<void>((resolve) => response.onClose(resolve));
    const reading = textOf(request.body);
    await turns(10);
    deadlines.elapse(59_000);
    await turns();
    expect(client.text).toBe('');
    deadlines.elapse(1_000);
    await expect(reading).rejects.toThrow();
    await gone;
    await client.closed;
    expect(client.text).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('is not held to it while data flows, however long the whole takes', async () => {
    const { http, forwarder, deadlines } = await openIngress();
    const client = await RawClient.open(http);
    client.send(`POST / HTTP/1.1\r\n${HOST}Content-Length: 10\r\n\r\n`);
    const { request, response } = await forwarder.next();
    const parts = request.body?.[Symbol.asyncIterator]();
    for (let i = 0; i < 10; i++) {
      client.send('x');
      expect(String((await parts?.next())?.value)).toBe('x');
      deadlines.elapse(50_000);
    }
    expect((await parts?.next())?.done).toBe(true);
    answerWith('all')({ request, response });
    await client.until('all');
  });

  test('is not blamed when it is the forwarder that does not read', async () => {
    const { http, forwarder, deadlines } = await openIngress();
    const client = await RawClient.open(http);
    const size = 4 * 1024 * 1024;
    client.send(`POST / HTTP/1.1\r\n${HOST}Content-Length: ${size}\r\n\r\n`);
    const { request, response } = await forwarder.next();
    client.socket.write(Buffer.alloc(size));
    request.body?.once('readable', () => undefined);
    await turns(50);
    deadlines.elapse(3_600_000);
    let received = 0;
    for await (const chunk of request.body ?? []) received += (chunk as Buffer).length;
    expect(received).toBe(size);
    answerWith('whole')({ request, response });
    await client.until('whole');
  });
});

test('a refused client that goes on sending is cut off after a moment', async () => {
  const { http, deadlines } = await openIngress();
  const client = await RawClient.open(http);
  client.socket.allowHalfOpen = true;
  client.send('NONSENSE\r\n\r\n');
  await client.until('Answered by colocal');
  client.send('more');
  await turns(20);
  expect(client.socket.destroyed).toBe(false);
  deadlines.elapse(2_000);
  while (!client.socket.destroyed) {
    client.send('and more');
    await turns(1);
  }
});

test('a real deadline works as the manual one does', async () => {
  const { http, forwarder } = await openIngress({ deadlines: realDeadlines, limits: { bodyIdleTimeout: 20 } });
  const client = await RawClient.open(http);
  client.send(`POST / HTTP/1.1\r\n${HOST}Content-Length: 10\r\n\r\nstart`);
  (await forwarder.next()).request.body?.resume();
  await client.closed;
  expect(client.text).toMatch(/^HTTP\/1\.1 408 /);
});
