import { once } from 'node:events';
import { connect as tlsConnect } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import { session } from './http2.test-support.js';
import { answerWith, openIngress, RawClient, type TestIngress, turns } from './ingress.test-support.js';

const GET = 'GET / HTTP/1.1\r\nHost: app.example.com\r\n\r\n';
/** The beginning of a TLS record with a ClientHello. */
const HELLO = '\x16\x03\x01\x02\x00\x01';

async function connectTo(port: number, { http }: TestIngress): Promise<RawClient> {
  const client = await RawClient.open(http);
  client.send(`CONNECT app.example.com:${port} HTTP/1.1\r\nHost: app.example.com\r\n\r\n`);
  await client.until('200 Connection established');
  client.text = '';
  return client;
}

/** HTTP/1.1 inside TLS, on a connection of its own or inside the one that is given. */
async function overTls({ https, ca }: TestIngress, below?: RawClient): Promise<RawClient> {
  below?.socket.removeAllListeners('data');
  const socket = tlsConnect({
    ca,
    servername: 'app.example.com',
    ...(below ? { socket: below.socket } : { host: '127.0.0.1', port: https }),
  });
  onTestFinished(() => void socket.destroy());
  await once(socket, 'secureConnect');
  return new RawClient(socket);
}

async function afterOneRequest(client: RawClient, { forwarder }: TestIngress): Promise<RawClient> {
  client.send(GET);
  answerWith('done')(await forwarder.next());
  await client.until('done');
  return client;
}

async function having(sent: string, client: RawClient): Promise<RawClient> {
  client.send(sent);
  await turns();
  return client;
}

describe('closing does not wait for a connection without a request', () => {
  test.each<[string, (ingress: TestIngress) => Promise<{ readonly closed: Promise<unknown> }>]>([
    ['that never sent anything', ({ http }) => RawClient.open(http)],
    ['that has begun one', async ({ http }) => having('GET / HT', await RawClient.open(http))],
    ['that had one', async (ingress) => afterOneRequest(await RawClient.open(ingress.http), ingress)],
    ['to the TLS side that never sent anything', ({ https }) => RawClient.open(https)],
    ['in its TLS handshake', async ({ https }) => having(HELLO, await RawClient.open(https))],
    ['inside TLS', overTls],
    ['inside TLS that had one', async (ingress) => afterOneRequest(await overTls(ingress), ingress)],
    ['of HTTP/2', async (ingress) => ({ closed: once(await session(ingress), 'close') })],
    ['by CONNECT to port 80', (ingress) => connectTo(80, ingress)],
    ['by CONNECT to port 443 that never started TLS', (ingress) => connectTo(443, ingress)],
    ['by CONNECT in its TLS handshake', async (ingress) => having(HELLO, await connectTo(443, ingress))],
    ['by CONNECT inside TLS', async (ingress) => overTls(ingress, await connectTo(443, ingress))],
  ])('%s', async (_, open) => {
    const ingress = await openIngress({ tls: true });
    const { closed } = await open(ingress);
    // No deadline passes in this test, so that this would never end.
    await ingress.ingress.close(60_000);
    await closed;
  });
});

describe('closing waits for a request', () => {
  test.each<[string, (ingress: TestIngress) => Promise<RawClient>]>([
    ['inside TLS', (ingress) => overTls(ingress)],
    ['inside TLS by CONNECT', async (ingress) => overTls(ingress, await connectTo(443, ingress))],
    ['by CONNECT to port 80', (ingress) => connectTo(80, ingress)],
  ])('%s', async (_, open) => {
    const ingress = await openIngress({ tls: true });
    const client = await open(ingress);
    client.send(GET);
    const handled = await ingress.forwarder.next();
    const closed = ingress.ingress.close(60_000);
    await turns(20);
    answerWith('last words')(handled);
    await client.closed;
    expect(client.text).toMatch(/last words$/);
    await closed;
  });
});
