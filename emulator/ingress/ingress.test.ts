import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { createServer } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ColocalError } from '../../runtime/errors.js';
import { answerWith, openIngress, RawClient, textOf, turns } from './ingress.test-support.js';

const GET = 'GET / HTTP/1.1\r\nHost: app.example.com\r\n\r\n';

async function failure(promise: Promise<unknown>): Promise<ColocalError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof ColocalError) return error;
  throw new Error(`expected an error for people, got ${String(error)}`);
}

describe('opening', () => {
  test('a port that is in use says which listener, which address and which setting', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    onTestFinished(() => void other.close());
    const address = other.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const { ingress } = await openIngress();
    const http = await failure(ingress.listenHttp('127.0.0.1', port));
    expect(http).toMatchObject({ code: 'PORT_IN_USE', kind: 'user' });
    expect(http.message).toBe(`the traffic http listener cannot open 127.0.0.1:${port}: the port is in use`);
    expect(http.fix).toContain('listen.http in colocal.yaml');
    const https = await failure(ingress.listenHttps('127.0.0.1', port));
    expect(`${https.message} ${https.fix}`).toMatch(/traffic https.*listen\.https/);
  });

  test('an address that this machine does not have says so', async () => {
    const { ingress } = await openIngress();
    expect(await failure(ingress.listenHttp('203.0.113.1', 0))).toMatchObject({ code: 'CANNOT_LISTEN' });
  });

  test('works on IPv6 and more than once', async () => {
    const { ingress, forwarder } = await openIngress();
    forwarder.answer = answerWith('six');
    const { port, family } = await ingress.listenHttp('::1', 0);
    expect(family).toBe('IPv6');
    const response = await fetch(`http://[::1]:${port}/`);
    expect(await response.text()).toBe('six');
    expect(forwarder.seen[0]).toMatchObject({ host: '[::1]', vantage: { clientIp: '::1' } });
  });
});

describe('closing', () => {
  test('lets requests finish, tells them that the connection ends, and takes no more', async () => {
    const { ingress, forwarder, http } = await openIngress();
    const busy = await RawClient.open(http);
    busy.send(GET);
    const handled = await forwarder.next();
    const started = await RawClient.open(http);
    started.send(GET);
    const streaming = await forwarder.next();
    streaming.response.head(200, []);
    await started.until('\r\n\r\n');
    const idle = await RawClient.open(http);
    idle.send(GET);
    answerWith('idle')(await forwarder.next());
    await idle.until('idle');

    const closed = ingress.close(10_000);
    await idle.closed;
    const refused = await RawClient.open(http).then(
      () => 'taken',
      () => 'refused',
    );
    expect(refused).toBe('refused');
    answerWith('finished')(handled);
    await busy.closed;
    expect(busy.text).toMatch(/Connection: close\r\n[\s\S]*finished$/);
    streaming.response.write(Buffer.from('the end'));
    streaming.response.end([]);
    await started.closed;
    expect(started.text).toContain('the end');
    await closed;
  });

  test('breaks off what does not finish in time: requests, WebSockets', async () => {
    const { ingress, forwarder, deadlines, http } = await openIngress();
    const slow = await RawClient.open(http);
    slow.send(GET);
    const { response } = await forwarder.next();
    const gone = new Promise<void>((resolve) => response.onClose(resolve));
    const socket = await RawClient.open(http);
    socket.send('GET / HTTP/1.1\r\nHost: a.example.com\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n');
    const { raw } = await forwarder.nextUpgrade();
    raw.socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n');
    await socket.until('101');

    let done = false;
    const closed = ingress.close(5_000).then(() => {
      done = true;
    });
    await turns(20);
    expect(done).toBe(false);
    expect(socket.socket.destroyed).toBe(false);
    deadlines.elapse(5_000);
    await Promise.all([closed, gone, slow.closed, socket.closed]);
  });

  test('lets HTTP/2 streams finish', async () => {
    const { ingress, forwarder, https, ca } = await openIngress({ tls: true });
    const client = connectHttp2(`https://app.example.com:${https}`, {
      ca,
      servername: 'app.example.com',
      host: '127.0.0.1',
    });
    onTestFinished(() => client.destroy());
    const stream = client.request({ ':authority': 'app.example.com' });
    const handled = await forwarder.next();
    const goaway = once(client, 'goaway');
    const closed = ingress.close(10_000);
    await goaway;
    answerWith('last words')(handled);
    expect(await textOf(stream)).toBe('last words');
    await closed;
  });

  test('twice is the same as once, and without clients it is immediate', async () => {
    const { ingress } = await openIngress();
    expect(ingress.close(1_000)).toBe(ingress.close(0));
    await ingress.close(0);
  });
});

test('several traffic sides live in one process without disturbing each other', async () => {
  const [a, b] = await Promise.all([openIngress(), openIngress()]);
  a.forwarder.answer = answerWith('from a');
  b.forwarder.answer = answerWith('from b');
  const clients = await Promise.all([RawClient.open(a.http), RawClient.open(b.http)]);
  for (const client of clients) client.send(GET);
  await clients[0]?.until('from a');
  await a.ingress.close(0);
  await clients[1]?.until('from b');
});
