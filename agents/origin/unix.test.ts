import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { afterEach, describe, expect, test } from 'vitest';
import { ResetCause } from '../../protocol/messages.js';
import { selfSigned } from '../testing/certificate.js';
import { connected, everythingTo } from '../testing/connector.js';
import { GET } from '../testing/edge.js';
import { waitUntil } from '../testing/wait.js';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function socketPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'colocal-unix-'));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'app.sock');
}

async function listen<S extends Server>(server: S, path: string): Promise<S> {
  await new Promise<void>((resolve) => server.listen(path, resolve));
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return server;
}

async function through(service: string, originRequest: object = {}) {
  const setup = await connected({ config: everythingTo(service, originRequest) });
  cleanups.push(setup.close);
  return setup;
}

const echo: RequestListener = (request, response) => {
  const host = String(request.headers.host);
  response.setHeader('X-Host', host).end(host);
};

describe('a service on a unix socket', () => {
  test('serves requests with their own Host, over one connection', async () => {
    const path = socketPath();
    const server = await listen(createServer(echo), path);
    let connections = 0;
    server.on('connection', () => connections++);
    const { connection } = await through(`unix:${path}`);
    for (const authority of ['a.test', 'b.test']) {
      const answer = await connection.request({ authority });
      expect([answer.text, answer.header('x-host')]).toEqual([authority, authority]);
    }
    expect(connections).toBe(1);
  });

  test('takes upgrades, and sees when the client is gone', async () => {
    const path = socketPath();
    const server = await listen(createServer(), path);
    let gone = false;
    server.on('upgrade', (_: IncomingMessage, socket: Duplex) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: test\r\n\r\n');
      socket.pipe(socket).on('close', () => {
        gone = true;
      });
    });
    const { connection } = await through(`unix:${path}`);
    const stream = connection.open({ ...GET, kind: 'upgrade', headers: ['Upgrade', 'test'] });
    stream.write('there and back');
    await stream.until(() => stream.text === 'there and back');
    stream.giveUp();
    await waitUntil(() => gone);
  });

  test('that is not there is refused by its path', async () => {
    const path = socketPath();
    const { connection, connector } = await through(`unix:${path}`);
    const { failure } = await connection.request();
    expect(failure).toMatchObject({ cause: ResetCause.REFUSED, unsent: true, detail: expect.stringContaining(path) });
    expect(connector.log.lines.join()).toContain(`rule 1 (* -> unix:${path})`);
  });

  test('over TLS is asked for the name of the request, or of originServerName', async () => {
    const path = socketPath();
    const server = await listen(createTlsServer(await selfSigned('a.test'), echo), path);
    const names: unknown[] = [];
    server.on('secureConnection', (socket) => names.push(socket.servername));
    const own = await through(`unix+tls:${path}`, { noTLSVerify: true });
    expect((await own.connection.request({ authority: 'a.test:8443' })).answer?.status).toBe(200);
    const named = await through(`unix+tls:${path}`, { noTLSVerify: true, originServerName: 'b.test' });
    expect((await named.connection.request({ authority: 'a.test' })).answer?.status).toBe(200);
    expect(names).toEqual(['a.test', 'b.test']);
  });
});
