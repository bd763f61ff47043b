import { once } from 'node:events';
import { connect as tlsConnect } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import { answerWith, type Handled, openIngress, RawClient, textOf, turns } from './ingress.test-support.js';

const HOST = 'Host: app.example.com\r\n';

function requests(from: number, to: number): string {
  let text = '';
  for (let number = from; number <= to; number++) text += `GET /${number} HTTP/1.1\r\n${HOST}\r\n`;
  return text;
}

/** Answers a request with its own path, so that the order of the answers shows. */
function answer(handled: Handled): void {
  answerWith(`<${handled.request.path}>`)(handled);
}

function answersIn(text: string): string[] {
  return [...text.matchAll(/<\/(\d+)>/g)].map(([, number]) => String(number));
}

function numbers(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, at) => String(from + at));
}

describe('a client that sends many requests ahead', () => {
  test('has 100 in progress; each further one waits for an answer, and all are answered in order', async () => {
    const { http, forwarder } = await openIngress();
    const client = await RawClient.open(http);
    client.send(requests(1, 250));
    const first = await Promise.all(numbers(1, 100).map(() => forwarder.next()));
    await turns(20);
    expect(forwarder.seen).toHaveLength(100);
    for (const handled of first.splice(0, 10)) answer(handled);
    await turns(20);
    expect(forwarder.seen.map(({ path }) => path)).toEqual(numbers(1, 110).map((number) => `/${number}`));
    forwarder.answer = answer;
    for (let count = 0; count < 10; count++) first.push(await forwarder.next());
    for (const handled of first) answer(handled);
    await client.until('</250>');
    expect(answersIn(client.text)).toEqual(numbers(1, 250));
    client.send(requests(251, 251));
    await client.until('</251>');
  });

  test('is not read while they are in progress, and then goes on; nobody else notices', async () => {
    const { http, forwarder } = await openIngress();
    const client = await RawClient.open(http);
    const padding = `X-Padding: ${'p'.repeat(16 * 1024)}\r\n`;
    const count = 1000;
    for (let number = 1; number <= count; number++) {
      client.send(`GET /${number} HTTP/1.1\r\n${HOST}${padding}\r\n`);
    }
    const held = await Promise.all(numbers(1, 100).map(() => forwarder.next()));
    await turns(200);
    // What the system's own buffers took has left the client; the rest waits.
    expect(client.socket.writableLength).toBeGreaterThan(0);
    expect(forwarder.seen).toHaveLength(100);
    forwarder.answer = answer;
    const other = await RawClient.open(http);
    other.send(requests(7, 7));
    await other.until('</7>');
    for (const handled of held) answer(handled);
    await client.until(`</${count}>`);
    expect(answersIn(client.text)).toEqual(numbers(1, count));
  });

  test('inside TLS is treated the same', async () => {
    const { https, ca, forwarder } = await openIngress({ tls: true });
    const socket = tlsConnect({ host: '127.0.0.1', port: https, ca, servername: 'app.example.com' });
    onTestFinished(() => void socket.destroy());
    await once(socket, 'secureConnect');
    const client = new RawClient(socket);
    const padding = `X-Padding: ${'p'.repeat(16 * 1024)}\r\n`;
    for (let number = 1; number <= 1000; number++) client.send(`GET /${number} HTTP/1.1\r\n${HOST}${padding}\r\n`);
    const held = await Promise.all(numbers(1, 100).map(() => forwarder.next()));
    await turns(200);
    expect(client.socket.writableLength).toBeGreaterThan(0);
    expect(forwarder.seen).toHaveLength(100);
    forwarder.answer = answer;
    for (const handled of held) answer(handled);
    await client.until('</1000>');
    expect(answersIn(client.text)).toEqual(numbers(1, 1000));
  });

  test('can have bodies in the last one in progress and in the first that waits', async () => {
    const { http, forwarder } = await openIngress({ limits: { pipelinedRequests: 2 } });
    const client = await RawClient.open(http);
    const size = 1024 * 1024;
    const upload = (number: number): void => {
      client.send(`POST /${number} HTTP/1.1\r\n${HOST}Content-Length: ${size}\r\n\r\n`);
      client.socket.write(Buffer.alloc(size, 'x'));
    };
    client.send(requests(1, 1));
    upload(2);
    upload(3);
    client.send(requests(4, 4));
    const [first, second] = [await forwarder.next(), await forwarder.next()];
    expect((await textOf(second.request.body)).length).toBe(size);
    await turns(20);
    expect(forwarder.seen).toHaveLength(2);
    answer(second);
    const third = await forwarder.next();
    expect((await textOf(third.request.body)).length).toBe(size);
    answer(first);
    answer(third);
    answer(await forwarder.next());
    await client.until('</4>');
    expect(answersIn(client.text)).toEqual(numbers(1, 4));
  });

  test('does not get it read by a forwarder that reads a body late', async () => {
    const { http, forwarder } = await openIngress({ limits: { pipelinedRequests: 2 } });
    const client = await RawClient.open(http);
    client.send(`POST /1 HTTP/1.1\r\n${HOST}Content-Length: 4\r\n\r\nbody${requests(2, 3)}`);
    const first = await forwarder.next();
    await turns(20);
    client.socket.write(requests(4, 4).repeat(400_000));
    expect(await textOf(first.request.body)).toBe('body');
    await turns(200);
    expect(client.socket.writableLength).toBeGreaterThan(0);
    expect(forwarder.seen).toHaveLength(2);
  });

  test('and an ambiguous one among them is answered for no request behind that', async () => {
    const { http, forwarder } = await openIngress({ limits: { pipelinedRequests: 1 } });
    const client = await RawClient.open(http);
    const ambiguous = `GET /2 HTTP/1.1\r\n${HOST}${HOST}\r\n`;
    client.send(`${requests(1, 1)}${ambiguous}${requests(3, 3)}`);
    answer(await forwarder.next());
    await client.closed;
    expect(client.text).toMatch(/<\/1>HTTP\/1\.1 400 /);
    await turns();
    expect(forwarder.seen).toHaveLength(1);
  });

  test('and gets an answer that breaks off has none of the others served', async () => {
    const { http, forwarder } = await openIngress({ limits: { pipelinedRequests: 1 } });
    const client = await RawClient.open(http);
    client.send(requests(1, 3));
    const { response } = await forwarder.next();
    await turns();
    response.head(200, []);
    response.destroy();
    await client.closed;
    await turns();
    expect(forwarder.seen).toHaveLength(1);
  });

  test('and goes away is forgotten, with what waits', async () => {
    const { http, forwarder } = await openIngress({ limits: { pipelinedRequests: 1 } });
    const client = await RawClient.open(http);
    client.send(requests(1, 3));
    const { response } = await forwarder.next();
    const gone = new Promise<void>((resolve) => response.onClose(resolve));
    await turns();
    client.socket.resetAndDestroy();
    // Nothing is read, so it shows when the answer is sent.
    const go = (): void => {
      while (response.write(Buffer.alloc(64 * 1024)));
    };
    response.head(200, []);
    response.onDrain(go);
    go();
    await gone;
    await turns();
    expect(forwarder.seen).toHaveLength(1);
  });

  test('is not waited for when the edge closes and it has been answered what was in progress', async () => {
    const { http, ingress, forwarder } = await openIngress({ limits: { pipelinedRequests: 1 } });
    const client = await RawClient.open(http);
    client.send(requests(1, 3));
    const handled = await forwarder.next();
    await turns();
    const closed = ingress.close(60_000);
    answer(handled);
    await closed;
    await client.closed;
    expect(answersIn(client.text)).toEqual(['1']);
  });
});
