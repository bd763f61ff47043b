import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { ResetCause } from '../../protocol/messages.js';
import { ManualDeadlines } from '../../runtime/deadlines.js';
import { selfSigned } from '../testing/certificate.js';
import { connected, everythingTo } from '../testing/connector.js';
import { freePort, tcpOrigin } from '../testing/origin.js';
import { waitUntil } from '../testing/wait.js';
import { type DialError, type DialTarget, dial } from './connect.js';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const TARGET = { host: '127.0.0.1', connectTimeout: 30_000, halfOpen: false };
const TLS = { timeout: 10_000, serverName: 'origin.test', verify: true };

function attempt(target: DialTarget) {
  const time = new ManualDeadlines();
  const results: (DialError | Socket)[] = [];
  const cancel = dial(target, time, (error, socket) => {
    results.push(error ?? socket);
    if (socket) cleanups.push(async () => socket.destroy());
  });
  return { time, results, cancel };
}

async function tlsOrigin() {
  const names: unknown[] = [];
  const server = createServer(await selfSigned('origin.test'), (request, response) =>
    response.end(request.headers.host),
  );
  server.on('secureConnection', (socket) => names.push(socket.servername));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, names };
}

describe('dialling', () => {
  test('leaves no deadline behind once the connection stands', async () => {
    const { port, close } = await tcpOrigin(() => {});
    cleanups.push(close);
    const { time, results } = attempt({ ...TARGET, port });
    expect(time.size).toBe(1);
    await waitUntil(() => results.length === 1);
    expect(time.size).toBe(0);
    expect(results[0]).not.toBeInstanceOf(Error);
  });

  test('ends with a timeout when the connection does not stand in time, and says nothing after that', async () => {
    const { port, close } = await tcpOrigin(() => {});
    cleanups.push(close);
    const { time, results } = attempt({ ...TARGET, port });
    time.elapse(30_000);
    expect(results).toMatchObject([
      { reset: ResetCause.TIMEOUT, message: `127.0.0.1:${port} did not accept a connection within 30000 ms` },
    ]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(results).toHaveLength(1);
  });

  test('says nothing once it was given up', async () => {
    const { results, cancel, time } = attempt({ ...TARGET, port: await freePort() });
    cancel();
    await new Promise((resolve) => setImmediate(resolve));
    expect(results).toEqual([]);
    expect(time.size).toBe(0);
  });

  test('a handshake that does not finish in time is a TLS failure', async () => {
    let reached = false;
    const { port, close } = await tcpOrigin((socket) =>
      socket.once('data', () => {
        reached = true;
      }),
    );
    cleanups.push(close);
    const { time, results } = attempt({ ...TARGET, port, tls: TLS });
    await waitUntil(() => reached);
    time.elapse(10_000);
    expect(results).toMatchObject([{ reset: ResetCause.TLS, message: expect.stringContaining('within 10000 ms') }]);
  });

  test('what does not speak TLS is a TLS failure', async () => {
    const { port, close } = await tcpOrigin((socket) =>
      socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
    );
    cleanups.push(close);
    const { results } = attempt({ ...TARGET, port, tls: TLS });
    await waitUntil(() => results.length === 1);
    expect(results).toMatchObject([{ reset: ResetCause.TLS }]);
  });

  test('a certificate that nobody vouches for is not accepted', async () => {
    const { port } = await tlsOrigin();
    const { results } = attempt({ ...TARGET, port, tls: TLS });
    await waitUntil(() => results.length === 1);
    expect(results).toMatchObject([
      {
        reset: ResetCause.CERTIFICATE,
        message: expect.stringContaining(`the certificate of 127.0.0.1:${port} is not accepted`),
      },
    ]);
  });
});

describe('https services', () => {
  test('are refused with the certificate as the cause, nothing was sent', async () => {
    const { port } = await tlsOrigin();
    const { connection, close } = await connected({ config: everythingTo(`https://127.0.0.1:${port}`) });
    cleanups.push(close);
    const answer = await connection.request();
    expect(answer.failure).toMatchObject({ cause: ResetCause.CERTIFICATE, unsent: true });
  });

  test('are served with noTLSVerify, over one connection whatever the Host, by the name of originServerName', async () => {
    const { port, names } = await tlsOrigin();
    const config = everythingTo(`https://127.0.0.1:${port}`, { noTLSVerify: true, originServerName: 'origin.test' });
    const { connection, close } = await connected({ config });
    cleanups.push(close);
    for (const authority of ['a.test', 'b.test', 'a.test'])
      expect((await connection.request({ authority })).text).toBe(authority);
    expect(names).toEqual(['origin.test']);
  });
});
