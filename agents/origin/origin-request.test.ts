import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { ResetCause } from '../../protocol/messages.js';
import { selfSigned } from '../testing/certificate.js';
import { connected, everythingTo } from '../testing/connector.js';
import { GET } from '../testing/edge.js';
import { httpOrigin } from '../testing/origin.js';
import { waitUntil } from '../testing/wait.js';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function through(service: string, originRequest: object) {
  const setup = await connected({ config: everythingTo(service, originRequest) });
  cleanups.push(setup.close);
  return setup;
}

async function withOrigin(listener: RequestListener, originRequest: object) {
  const origin = await httpOrigin(listener);
  cleanups.push(origin.close);
  return { origin, ...(await through(origin.url, originRequest)) };
}

/** An origin for `origin.test`, the names it was asked for, and a file with its certificate. */
async function tlsOrigin() {
  const certificate = await selfSigned('origin.test');
  const server = createTlsServer(certificate, (request, response) => response.end(request.headers.host));
  const names: unknown[] = [];
  server.on('secureConnection', (socket) => names.push(socket.servername));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const folder = mkdtempSync(join(tmpdir(), 'colocal-ca-'));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  const caPool = join(folder, 'ca.pem');
  writeFileSync(caPool, certificate.cert);
  return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, names, caPool };
}

function countConnections(server: Server): () => number {
  let count = 0;
  server.on('connection', () => count++);
  return () => count;
}

describe('caPool', () => {
  test('is trusted, for the name it vouches for', async () => {
    const { url, names, caPool } = await tlsOrigin();
    const good = await through(url, { caPool, originServerName: 'origin.test' });
    expect((await good.connection.request()).answer?.status).toBe(200);
    const other = await through(url, { caPool, originServerName: 'other.test' });
    expect((await other.connection.request()).failure).toMatchObject({ cause: ResetCause.CERTIFICATE, unsent: true });
    const address = await through(url, { caPool });
    expect((await address.connection.request()).failure).toMatchObject({ cause: ResetCause.CERTIFICATE });
    expect(names[0]).toBe('origin.test');
  });

  test('that cannot be read refuses the configuration; the one in force stays', async () => {
    const { connection, connector } = await through('http_status:204', {});
    const ack = await connection.push(everythingTo('https://127.0.0.1', { caPool: '/nowhere/ca.pem' }), 5);
    expect(ack.error).toContain('ingress[0].originRequest.caPool: caPool /nowhere/ca.pem cannot be read');
    expect((await connection.request()).answer?.status).toBe(204);
    expect(connector.log.lines.join()).toContain('configuration refused');
  });
});

test('matchSNItoHost asks for and checks the name of the Host that the origin gets', async () => {
  const { url, names, caPool } = await tlsOrigin();
  const { connection } = await through(url, { caPool, matchSNItoHost: true, originServerName: 'not.this.test' });
  expect((await connection.request({ authority: 'origin.test:443' })).text).toBe('origin.test:443');
  expect((await connection.request({ authority: 'b.test' })).failure).toMatchObject({ cause: ResetCause.CERTIFICATE });
  expect((await connection.request({ authority: 'origin.test' })).text).toBe('origin.test');
  // The refused one may or may not have been seen by the origin; the third took the connection of the first.
  expect(names.filter((name) => name === 'origin.test')).toHaveLength(1);
});

describe('kept connections', () => {
  test('keepAliveTimeout closes what is not used', async () => {
    const { origin, connection } = await withOrigin((_, response) => response.end(), { keepAliveTimeout: '1ms' });
    let closed = 0;
    origin.server.on('connection', (socket) => socket.on('close', () => closed++));
    await connection.request();
    await waitUntil(() => closed === 1);
    expect((await connection.request()).answer?.status).toBe(200);
  });

  test('keepAliveConnections says how many are kept', async () => {
    const waiting: (() => void)[] = [];
    const { origin, connection } = await withOrigin((_, response) => waiting.push(() => response.end()), {
      keepAliveConnections: 1,
    });
    const count = countConnections(origin.server);
    let closed = 0;
    origin.server.on('connection', (socket) => socket.on('close', () => closed++));
    const all = [connection.request(), connection.request(), connection.request()];
    await waitUntil(() => waiting.length === 3);
    for (const answer of waiting.splice(0)) answer();
    await Promise.all(all);
    await waitUntil(() => closed === 2);
    const again = connection.request();
    await waitUntil(() => waiting.length === 1);
    waiting[0]?.();
    await again;
    expect([count(), closed]).toEqual([3, 2]);
  });
});

test('noHappyEyeballs still finds the address that works', async () => {
  const origin = await httpOrigin((_, response) => response.end('found'));
  cleanups.push(origin.close);
  const { connection } = await through(`http://localhost:${origin.port}`, { noHappyEyeballs: true });
  expect((await connection.request()).text).toBe('found');
});

describe('disableChunkedEncoding', () => {
  const told: RequestListener = (request, response) => {
    const { 'content-length': length, 'transfer-encoding': coding } = request.headers;
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    request.on('end', () => response.end(`${length} ${coding} ${bytes}`));
  };

  test('collects a body of unknown length, beyond the window of a stream', async () => {
    const { connection } = await withOrigin(told, { disableChunkedEncoding: true });
    const body = Buffer.alloc(3 * 1024 * 1024);
    expect((await connection.request({ method: 'POST' }, body)).text).toBe(`${body.length} undefined ${body.length}`);
    expect((await connection.request()).text).toBe('undefined undefined 0');
  });

  test('streams a body of known length', async () => {
    let begun = false;
    const { connection } = await withOrigin(
      (request, response) => {
        begun = true;
        told(request, response);
      },
      { disableChunkedEncoding: true },
    );
    const stream = connection.open({ ...GET, method: 'POST', headers: ['Content-Length', '8'] });
    stream.write('half');
    await waitUntil(() => begun);
    stream.write('half');
    stream.finish();
    await stream.done;
    expect(stream.text).toBe('8 undefined 8');
  });

  test('has a limit, over which the answer is 413', async () => {
    const { connection, origin } = await withOrigin(told, { disableChunkedEncoding: true });
    const count = countConnections(origin.server);
    const stream = await connection.request({ method: 'POST' }, Buffer.alloc(16 * 1024 * 1024 + 1));
    expect(stream.answer).toMatchObject({ status: 413, source: 'connector' });
    expect(count()).toBe(0);
  });

  test('off, such a body goes in chunks as it comes', async () => {
    const server = createServer(told);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanups.push(() => {
      server.closeAllConnections();
      server.close();
    });
    const { connection } = await through(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, {});
    const stream = connection.open({ ...GET, method: 'POST' });
    stream.write(Buffer.alloc(100));
    await connection.request();
    stream.finish();
    await stream.done;
    expect(stream.text).toBe('undefined chunked 100');
  });
});
