import { describe, expect, test } from 'vitest';
import { answerWith, openIngress, RawClient } from './ingress.test-support.js';

const HOST = 'Host: app.example.com\r\n';
const WEBSOCKET = 'Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n';

describe('a WebSocket handshake', () => {
  test('is handed over with the socket and what came after it', async () => {
    const { http, forwarder } = await openIngress();
    const client = await RawClient.open(http);
    client.send(`GET /chat?room=1 HTTP/1.1\r\n${HOST}${WEBSOCKET}Colocal-Colo: KIX\r\n\r\nearly`);
    const { request, raw } = await forwarder.nextUpgrade();
    expect(request).toMatchObject({ method: 'GET', path: '/chat?room=1', host: 'app.example.com', body: null });
    expect(request.headers).toContain('Sec-WebSocket-Key');
    expect(request.headers).not.toContain('Colocal-Colo');
    expect(raw.head.toString()).toBe('early');
    expect(raw.message.headers.upgrade).toBe('websocket');
    raw.socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\nhello');
    raw.socket.on('data', (chunk: Buffer) => raw.socket.write(`<${chunk}>`));
    await client.until('hello');
    client.send('ping');
    await client.until('<ping>');
  });

  test('can be refused with a response, after which the connection closes', async () => {
    const { http, forwarder } = await openIngress();
    const client = await RawClient.open(http);
    client.send(`GET /chat HTTP/1.1\r\n${HOST}${WEBSOCKET}\r\n`);
    const { response } = await forwarder.nextUpgrade();
    response.head(403, ['content-type', 'text/plain', 'content-length', '12']);
    response.write(Buffer.from('not for '));
    response.write(Buffer.from('you!'));
    response.end([]);
    await client.closed;
    expect(client.text).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n[\s\S]*Connection: close\r\n\r\nnot for you!$/);
  });

  test('refused with a long body waits for a client that reads slowly', async () => {
    const { http, forwarder } = await openIngress();
    const client = await RawClient.open(http);
    client.send(`GET /chat HTTP/1.1\r\n${HOST}${WEBSOCKET}\r\n`);
    const { response } = await forwarder.nextUpgrade();
    const chunk = Buffer.alloc(64 * 1024, 'x');
    let left = 128;
    response.head(403, ['content-length', String(left * chunk.length)]);
    let waits = 0;
    const go = (): void => {
      while (left > 0) {
        left--;
        if (!response.write(chunk)) {
          waits++;
          return;
        }
      }
      response.end([]);
    };
    response.onDrain(go);
    go();
    await client.closed;
    expect(client.text.length).toBeGreaterThan(128 * chunk.length);
    expect(waits).toBeGreaterThan(0);
  });

  test('whose client goes away is reported, and nothing breaks', async () => {
    const { http, forwarder } = await openIngress();
    const client = await RawClient.open(http);
    client.send(`GET /chat HTTP/1.1\r\n${HOST}${WEBSOCKET}\r\n`);
    const { response, raw } = await forwarder.nextUpgrade();
    const gone = new Promise<void>((resolve) => response.onClose(resolve));
    raw.socket.resume();
    client.socket.resetAndDestroy();
    await gone;
    response.head(403, []);
    response.end([]);
  });

  test.each([
    ['without a host', `GET / HTTP/1.1\r\nHost: ?\r\n${WEBSOCKET}\r\n`],
    ['with a body', `GET / HTTP/1.1\r\n${HOST}${WEBSOCKET}Content-Length: 5\r\n\r\nhello`],
    ['with two hosts', `GET / HTTP/1.1\r\n${HOST}${HOST}${WEBSOCKET}\r\n`],
  ])('%s is refused', async (_, text) => {
    const { http } = await openIngress();
    const client = await RawClient.open(http);
    client.send(text);
    await client.closed;
    expect(client.text).toMatch(/^HTTP\/1\.1 400 /);
  });

  test('by POST is an ordinary request', async () => {
    const { http, forwarder } = await openIngress();
    const client = await RawClient.open(http);
    client.send(`POST / HTTP/1.1\r\n${HOST}${WEBSOCKET}Content-Length: 0\r\n\r\n`);
    expect((await forwarder.next()).request.method).toBe('POST');
  });
});

describe('CONNECT', () => {
  test('to port 80 continues with HTTP on the same socket', async () => {
    const { http, forwarder } = await openIngress();
    forwarder.answer = answerWith('through the proxy');
    const client = await RawClient.open(http);
    client.send('CONNECT app.example.com:80 HTTP/1.1\r\nHost: app.example.com:80\r\n\r\n');
    expect(await client.until('\r\n\r\n')).toBe('HTTP/1.1 200 Connection established\r\n\r\n');
    client.send(`GET /1 HTTP/1.1\r\n${HOST}\r\n`);
    await client.until('through the proxy');
    client.text = '';
    client.send(`GET /2 HTTP/1.1\r\n${HOST}\r\n`);
    await client.until('through the proxy');
    expect(forwarder.seen.map(({ path }) => path)).toEqual(['/1', '/2']);
  });

  test('does not lose what the client sent without waiting', async () => {
    const { http, forwarder } = await openIngress();
    forwarder.answer = answerWith('at once');
    const client = await RawClient.open(http);
    client.send(`CONNECT app.example.com:80 HTTP/1.1\r\nHost: a\r\n\r\nGET /eager HTTP/1.1\r\n${HOST}\r\n`);
    await client.until('at once');
    expect(forwarder.seen[0]?.path).toBe('/eager');
  });

  test.each([
    ['to any other port is forbidden', 'app.example.com:22', 403],
    ['without a port is not understood', 'app.example.com', 400],
    ['to what is no name is not understood', 'app_<>:443', 400],
  ])('%s', async (_, target, status) => {
    const { http } = await openIngress();
    const client = await RawClient.open(http);
    client.send(`CONNECT ${target} HTTP/1.1\r\nHost: a\r\n\r\n`);
    await client.closed;
    expect(client.text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });

  test('inside CONNECT is refused, so that nobody can stack them', async () => {
    const { http, forwarder } = await openIngress();
    const client = await RawClient.open(http);
    const connect = 'CONNECT app.example.com:80 HTTP/1.1\r\nHost: a\r\n\r\n';
    client.send(`${connect}${connect}GET / HTTP/1.1\r\n${HOST}\r\n`);
    await client.closed;
    expect(client.text).toMatch(/^HTTP\/1\.1 200 Connection established\r\n\r\nHTTP\/1\.1 405 /);
    expect(client.text).toContain('opened by CONNECT already');
    expect(client.text.match(/200 Connection established/g)).toHaveLength(1);
    expect(forwarder.seen).toEqual([]);
  });

  test('behind a request that is still open is not served', async () => {
    const { http, forwarder } = await openIngress();
    const client = await RawClient.open(http);
    client.send(`GET /slow HTTP/1.1\r\n${HOST}\r\nCONNECT app.example.com:443 HTTP/1.1\r\nHost: a\r\n\r\n`);
    const { response } = await forwarder.next();
    await new Promise<void>((resolve) => response.onClose(resolve));
    await client.closed;
    expect(client.text).toBe('');
  });
});
