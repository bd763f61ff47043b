import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { answerWith, openIngress, RawClient, textOf, turns } from './ingress.test-support.js';

const HOST = 'Host: app.example.com\r\n';

describe('back-pressure', () => {
  test('stalls an upload that nobody reads, and lets it go on when somebody does', async () => {
    const { http, forwarder } = await openIngress();
    const client = await RawClient.open(http);
    const size = 16 * 1024 * 1024;
    client.send(`POST / HTTP/1.1\r\n${HOST}Content-Length: ${size}\r\n\r\n`);
    const { request, response } = await forwarder.next();
    client.socket.write(Buffer.alloc(size));
    await turns(200);
    // What the system's own buffers took has left the client; the rest waits.
    expect(client.socket.writableLength).toBeGreaterThan(0);
    let received = 0;
    request.body?.on('data', (chunk: Buffer) => {
      received += chunk.length;
    });
    await once(request.body ?? client.socket, 'end');
    expect(received).toBe(size);
    answerWith('all')({ request, response });
    await client.until('all');
  });

  test('tells the forwarder to wait for a client that does not read', async () => {
    const { http, forwarder } = await openIngress();
    const client = await RawClient.open(http);
    client.send(`GET / HTTP/1.1\r\n${HOST}\r\n`);
    const { response } = await forwarder.next();
    client.socket.pause();
    const chunk = Buffer.alloc(64 * 1024);
    const count = 256;
    response.head(200, ['content-length', String(count * chunk.length)]);
    let written = 0;
    let waits = 0;
    const go = (): void => {
      while (written < count) {
        written++;
        if (!response.write(chunk)) {
          waits++;
          return;
        }
      }
      response.end([]);
    };
    response.onDrain(go);
    go();
    await turns(200);
    expect(written).toBeLessThan(count);
    const length = client.text.length;
    client.socket.resume();
    while (client.text.length < length + count * chunk.length) await turns(1);
    expect(waits).toBeGreaterThan(0);
  });
});

describe('a client that goes away', () => {
  test('is reported once, and its body breaks off', async () => {
    const { http, forwarder } = await openIngress();
    const client = await RawClient.open(http);
    client.send(`POST / HTTP/1.1\r\n${HOST}Content-Length: 100\r\n\r\npart`);
    const { request, response } = await forwarder.next();
    let closed = 0;
    const gone = new Promise<void>((resolve) =>
      response.onClose(() => {
        closed++;
        resolve();
      }),
    );
    const reading = textOf(request.body);
    client.socket.destroy();
    await expect(reading).rejects.toThrow();
    await gone;
    // Whoever asks late hears it as well.
    await new Promise<void>((resolve) => response.onClose(resolve));
    expect(closed).toBe(1);
    response.head(200, []);
    response.end([]);
  });

  test('is reported to requests sent ahead, too', async () => {
    const { http, forwarder } = await openIngress();
    const client = await RawClient.open(http);
    client.send(`GET /1 HTTP/1.1\r\n${HOST}\r\nGET /2 HTTP/1.1\r\n${HOST}\r\n`);
    const both = [await forwarder.next(), await forwarder.next()];
    const gone = Promise.all(both.map(({ response }) => new Promise<void>((resolve) => response.onClose(resolve))));
    client.socket.destroy();
    await gone;
  });

  test('is not reported when the response had ended', async () => {
    const { http, forwarder } = await openIngress();
    const client = await RawClient.open(http);
    client.send(`GET /1 HTTP/1.1\r\n${HOST}\r\n`);
    const { request, response } = await forwarder.next();
    let closed = false;
    response.onClose(() => {
      closed = true;
    });
    answerWith('bye')({ request, response });
    await client.until('bye');
    client.socket.destroy();
    await turns(20);
    expect(closed).toBe(false);
  });
});

describe('a forwarder that gives up on the body', () => {
  test('can still answer, and the connection goes on', async () => {
    const { http, forwarder } = await openIngress();
    const client = await RawClient.open(http);
    client.send(`POST /1 HTTP/1.1\r\n${HOST}Content-Length: 10\r\n\r\nfirst`);
    const { request, response } = await forwarder.next();
    request.body?.destroy(new Error('the endpoint broke'));
    await turns();
    answerWith('sorry', 502)({ request, response });
    await client.until('sorry');
    client.send('later');
    client.send(`GET /2 HTTP/1.1\r\n${HOST}\r\n`);
    expect((await forwarder.next()).request.path).toBe('/2');
  });

  test('does not have to listen to an upload without end', async () => {
    const { http, forwarder, deadlines } = await openIngress();
    forwarder.answer = answerWith('enough', 502);
    const client = await RawClient.open(http);
    client.send(`POST /1 HTTP/1.1\r\n${HOST}Content-Length: 1000000000\r\n\r\nfirst`);
    await client.until('enough');
    client.send('more');
    deadlines.elapse(2_000);
    await client.closed;
  });
});
