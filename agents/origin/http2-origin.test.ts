import { once } from 'node:events';
import {
  createSecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { ResetCause } from '../../protocol/messages.js';
import { selfSigned } from '../testing/certificate.js';
import { connected, everythingTo } from '../testing/connector.js';
import { GET } from '../testing/edge.js';

type Listener = (request: Http2ServerRequest, response: Http2ServerResponse) => void;

/** An origin that speaks HTTP/2 where it is asked for, its connector, and the connections that it got. */
async function useOrigin(listener: Listener, originRequest: object = {}) {
  const server = createSecureServer({ ...(await selfSigned('origin.test')), allowHTTP1: true }, listener);
  const sessions: ServerHttp2Session[] = [];
  let sockets = 0;
  server.on('session', (session) => sessions.push(session));
  server.on('secureConnection', () => sockets++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const config = everythingTo(url, { http2Origin: true, noTLSVerify: true, ...originRequest });
  const setup = await connected({ config });
  onTestFinished(async () => {
    await setup.close();
    for (const session of sessions) session.destroy();
    server.close();
  });
  return { ...setup, sessions, sockets: () => sockets };
}

test('an origin that takes it is spoken to in HTTP/2, over a connection that is kept', async () => {
  const { connection, sockets } = await useOrigin((request, response) => {
    response.writeHead(201, { 'set-cookie': ['a=1', 'b=2'], 'x-way': `${request.httpVersion} ${request.authority}` });
    request.on('data', (chunk: Buffer) => response.write(chunk));
    request.on('end', () => {
      response.addTrailers({ 'grpc-status': '0' });
      response.end(JSON.stringify([request.method, request.url, request.headers['x-own'], request.headers.cookie]));
    });
  });
  const headers = ['X-Own', 'one', 'X-Own', 'two', 'Cookie', 'a=b', 'Cookie', 'c=d', 'Connection', 'close'];
  for (const body of ['first ', 'second ']) {
    const stream = await connection.request({ method: 'POST', path: '/p?q', headers }, body);
    expect(stream.answer).toMatchObject({ status: 201, source: 'origin' });
    expect(stream.header('x-way')).toBe('2.0 app.example.com');
    expect(stream.answer?.headers.filter((_, at, all) => all[at - 1] === 'set-cookie')).toEqual(['a=1', 'b=2']);
    expect(stream.text).toBe(`${body}["POST","/p?q","one, two","a=b; c=d"]`);
    expect(stream.trailers).toEqual(['grpc-status', '0']);
  }
  expect(sockets()).toBe(1);
});

test('an origin is spoken to in HTTP/1.1 without the option, and where it does not take the other', async () => {
  const without = await useOrigin((request, response) => response.end(request.httpVersion), { http2Origin: false });
  expect((await without.connection.request()).text).toBe('1.1');
  const server = createServer(await selfSigned('origin.test'), (request, response) =>
    response.end(request.httpVersion),
  );
  let sockets = 0;
  server.on('secureConnection', () => sockets++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { connection, close } = await connected({
    config: everythingTo(url, { http2Origin: true, noTLSVerify: true }),
  });
  onTestFinished(async () => {
    await close();
    server.close();
  });
  for (let count = 0; count < 2; count++) expect((await connection.request()).text).toBe('1.1');
  expect(sockets).toBe(1);
});

test('a body that nobody reads waits at the origin, and its trailers do not cut it off', async () => {
  const size = 4 * 1024 * 1024;
  let sent = 0;
  const { connection } = await useOrigin((request, response) => {
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    const chunk = Buffer.alloc(64 * 1024, 'x');
    const write = (): void => {
      while (sent < size) {
        sent += chunk.length;
        if (!response.write(chunk)) {
          response.once('drain', write);
          return;
        }
      }
      response.addTrailers({ 'x-sum': '42' });
      response.end();
    };
    write();
  });
  const stream = connection.open(GET);
  stream.hold = true;
  stream.finish();
  await stream.until(() => stream.bytes >= 256 * 1024);
  // Another one is served meanwhile; when it is, the first has had every occasion to go on.
  expect((await connection.request({ method: 'HEAD' })).answer?.status).toBe(200);
  expect(stream.bytes).toBeLessThan(size);
  stream.release();
  await stream.done;
  expect(stream.bytes).toBe(size);
  expect(stream.trailers).toEqual(['x-sum', '42']);
});

test('a stream that the origin resets is a reset, before the head and after it; the next request is served', async () => {
  const { connection } = await useOrigin((request, response) => {
    const stream = request.stream as ServerHttp2Stream;
    if (request.url === '/before') stream.close(2);
    else if (request.url === '/after') response.write('half', () => stream.close(2));
    else response.end('whole');
  });
  const before = await connection.request({ path: '/before' });
  expect(before.failure).toMatchObject({ cause: ResetCause.ORIGIN_RESET, unsent: false });
  expect(before.failure?.detail).toContain('the origin reset the stream (code 2)');
  const after = await connection.request({ path: '/after' });
  expect(after.answer?.status).toBe(200);
  expect(after.failure).toMatchObject({ cause: ResetCause.ORIGIN_RESET });
  expect((await connection.request()).text).toBe('whole');
});

test('a connection that the origin ends is not used again', async () => {
  const { connection, sessions, sockets } = await useOrigin((_request, response) => response.end('served'));
  expect((await connection.request()).text).toBe('served');
  const [first] = sessions;
  first?.close();
  if (first && !first.destroyed) await once(first, 'close');
  expect((await connection.request()).text).toBe('served');
  expect(sockets()).toBe(2);
});

test('a request that the client gives up is given up at the origin', async () => {
  let ask: (request: Http2ServerRequest) => void = () => undefined;
  const asked = new Promise<Http2ServerRequest>((resolve) => {
    ask = resolve;
  });
  const { connection } = await useOrigin((request) => ask(request));
  const stream = connection.open({ ...GET, method: 'POST' });
  stream.write('half of it');
  const request = await asked;
  const aborted = once(request, 'aborted');
  stream.giveUp();
  await aborted;
});

test('a connection that nobody uses is closed after keepAliveTimeout', async () => {
  const { connection, connector, sessions } = await useOrigin((_request, response) => response.end('served'), {
    keepAliveTimeout: 90,
  });
  await connection.request();
  const [session] = sessions;
  if (!session) throw new Error('no connection');
  const closed = once(session, 'close');
  connector.time.elapse(90_000);
  await closed;
});

test('an origin that is not there, or whose certificate is bad, is told as with HTTP/1.1', async () => {
  const { connection } = await useOrigin((_request, response) => response.end(), { noTLSVerify: false });
  expect((await connection.request()).failure).toMatchObject({ cause: ResetCause.CERTIFICATE, unsent: true });
});
