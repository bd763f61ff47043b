import { once } from 'node:events';
import { request as httpsRequest } from 'node:https';
import { type ConnectionOptions, connect as tlsConnect } from 'node:tls';
import { fetch, ProxyAgent } from 'undici';
import { describe, expect, onTestFinished, test } from 'vitest';
import { answerWith, openIngress, RawClient, textOf } from './ingress.test-support.js';

async function tlsClient(options: ConnectionOptions): Promise<RawClient> {
  const socket = tlsConnect({ host: '127.0.0.1', ...options });
  onTestFinished(() => void socket.destroy());
  await once(socket, 'secureConnect');
  return new RawClient(socket);
}

describe('HTTPS', () => {
  test('serves HTTP/1.1 with a certificate that clients who trust the authority accept', async () => {
    const { https, ca, forwarder } = await openIngress({ tls: true });
    const request = httpsRequest({
      host: '127.0.0.1',
      port: https,
      servername: 'app.example.com',
      ca,
      method: 'POST',
      headers: { host: 'app.example.com', 'transfer-encoding': 'chunked' },
      agent: false,
    });
    request.end('secret');
    const { request: received, response } = await forwarder.next();
    expect(received).toMatchObject({ scheme: 'https', httpVersion: '1.1', host: 'app.example.com' });
    expect(await textOf(received.body)).toBe('secret');
    answerWith('safe')({ request: received, response });
    const [answer] = await once(request, 'response');
    expect(await textOf(answer)).toBe('safe');
  });

  test('agrees on HTTP/2 where the client can, on HTTP/1.1 where it says so or says nothing', async () => {
    const { https, ca } = await openIngress({ tls: true });
    const agreed = async (ALPNProtocols?: string[]) => {
      const client = await tlsClient({
        port: https,
        ca,
        servername: 'example.com',
        ...(ALPNProtocols && { ALPNProtocols }),
      });
      return (client.socket as ReturnType<typeof tlsConnect>).alpnProtocol;
    };
    expect(await agreed(['h2', 'http/1.1'])).toBe('h2');
    expect(await agreed(['http/1.1', 'h2'])).toBe('h2');
    expect(await agreed(['http/1.1'])).toBe('http/1.1');
    expect(await agreed()).toBe(false);
  });

  test('tells a client that asks for an unknown name why it is refused', async () => {
    const { https, ca } = await openIngress({ tls: true });
    await expect(tlsClient({ port: https, ca, servername: 'elsewhere.test' })).rejects.toThrow(/unrecognized name/);
    // The next one is not hurt by it.
    await tlsClient({ port: https, ca, servername: 'app.example.com' });
  });

  test('refuses a client that names nobody', async () => {
    const { https, ca } = await openIngress({ tls: true });
    await expect(tlsClient({ port: https, ca, servername: '' })).rejects.toThrow(/handshake failure/);
  });

  test('refuses plain HTTP and goes on', async () => {
    const { https, ca } = await openIngress({ tls: true });
    const client = await RawClient.open(https);
    client.send('GET / HTTP/1.1\r\nHost: app.example.com\r\n\r\n');
    await client.closed;
    await tlsClient({ port: https, ca, servername: 'app.example.com' });
  });

  test('has the same defences as the plain listener', async () => {
    const { https, ca } = await openIngress({ tls: true, limits: { headersTimeout: 200 } });
    const smuggler = await tlsClient({ port: https, ca, servername: 'app.example.com' });
    smuggler.send('POST / HTTP/1.1\r\nHost: a.example.com\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n');
    await smuggler.closed;
    expect(smuggler.text).toMatch(/^HTTP\/1\.1 400 /);
    const slow = await tlsClient({ port: https, ca, servername: 'app.example.com' });
    slow.send('GET / HT');
    await slow.closed;
    expect(slow.text).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('hands over a WebSocket handshake', async () => {
    const { https, ca, forwarder } = await openIngress({ tls: true });
    const client = await tlsClient({ port: https, ca, servername: 'app.example.com' });
    client.send('GET /ws HTTP/1.1\r\nHost: app.example.com\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\n\r\n');
    const { request, raw } = await forwarder.nextUpgrade();
    expect(request.scheme).toBe('https');
    raw.socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n');
    raw.socket.pipe(raw.socket);
    await client.until('101');
    client.send('echo');
    await client.until('echo');
  });

  test('gives a handshake only so much time', async () => {
    const { https } = await openIngress({ tls: true, limits: { handshakeTimeout: 30 } });
    const client = await RawClient.open(https);
    await client.closed;
  });
});

describe('as a forward proxy', () => {
  test('CONNECT to port 443 leads to the TLS side', async () => {
    const { http, ca, forwarder } = await openIngress({ tls: true });
    forwarder.answer = answerWith('tunnelled');
    const plain = await RawClient.open(http);
    plain.send('CONNECT app.example.com:443 HTTP/1.1\r\nHost: app.example.com:443\r\n\r\n');
    await plain.until('200 Connection established\r\n\r\n');
    const { socket } = plain;
    socket.removeAllListeners('data');
    const inner = await tlsClient({ socket, ca, servername: 'app.example.com' });
    inner.send('GET /inside HTTP/1.1\r\nHost: app.example.com\r\n\r\n');
    await inner.until('tunnelled');
    expect(forwarder.seen[0]).toMatchObject({ path: '/inside', scheme: 'https', vantage: { clientIp: '127.0.0.1' } });
  });

  test('CONNECT inside the TLS that CONNECT led to is refused', async () => {
    const { http, ca } = await openIngress({ tls: true });
    const connect = 'CONNECT app.example.com:443 HTTP/1.1\r\nHost: app.example.com:443\r\n\r\n';
    const plain = await RawClient.open(http);
    plain.send(connect);
    await plain.until('200 Connection established\r\n\r\n');
    plain.socket.removeAllListeners('data');
    const inner = await tlsClient({ socket: plain.socket, ca, servername: 'app.example.com' });
    inner.send(connect);
    await inner.closed;
    expect(inner.text).toMatch(/^HTTP\/1\.1 405 [\s\S]*opened by CONNECT already/);
  });

  test('CONNECT inside the TLS of the HTTPS listener works, for clients that speak TLS to their proxy', async () => {
    const { https, ca, forwarder } = await openIngress({ tls: true });
    forwarder.answer = answerWith('twice wrapped');
    const outer = await tlsClient({ port: https, ca, servername: 'app.example.com' });
    outer.send('CONNECT app.example.com:443 HTTP/1.1\r\nHost: app.example.com:443\r\n\r\n');
    await outer.until('200 Connection established\r\n\r\n');
    outer.socket.removeAllListeners('data');
    const inner = await tlsClient({ socket: outer.socket, ca, servername: 'app.example.com' });
    inner.send('GET /inside HTTP/1.1\r\nHost: app.example.com\r\n\r\n');
    await inner.until('twice wrapped');
  });

  test('an ordinary proxy client reaches names that no DNS knows, over HTTP and HTTPS', async () => {
    const { http, ca, forwarder } = await openIngress({ tls: true });
    forwarder.answer = answerWith('no DNS needed');
    const dispatcher = new ProxyAgent({ uri: `http://127.0.0.1:${http}`, requestTls: { ca } });
    onTestFinished(() => dispatcher.close());
    for (const url of ['http://app.example.com/a', 'https://app.example.com/b']) {
      expect(await (await fetch(url, { dispatcher })).text()).toBe('no DNS needed');
    }
    expect(forwarder.seen.map(({ scheme, host, path }) => `${scheme}://${host}${path}`)).toEqual([
      'http://app.example.com/a',
      'https://app.example.com/b',
    ]);
  });

  test('works for the plain side without a TLS listener being open', async () => {
    const { http, forwarder } = await openIngress();
    forwarder.answer = answerWith('ok');
    const client = await RawClient.open(http);
    client.send('CONNECT app.example.com:443 HTTP/1.1\r\nHost: a\r\n\r\n');
    await client.until('200 Connection established');
  });
});
