import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { ResetCause } from '../../protocol/messages.js';
import { connected, everythingTo } from '../testing/connector.js';
import { GET, type HttpOpenMessage } from '../testing/edge.js';
import { freePort, httpOrigin, tcpOrigin } from '../testing/origin.js';
import { waitUntil } from '../testing/wait.js';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const UPGRADE: HttpOpenMessage = {
  ...GET,
  kind: 'upgrade',
  path: '/ws',
  headers: ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version', '13'],
};

async function through(service: string) {
  const setup = await connected({ config: everythingTo(service) });
  cleanups.push(setup.close);
  return setup;
}

/** An origin that takes any upgrade and hands the bytes to the test. */
async function taking(accept: (socket: Duplex, request: IncomingMessage) => void, first = '') {
  const origin = await httpOrigin(() => {});
  cleanups.push(origin.close);
  origin.server.on('upgrade', (request, socket) => {
    socket.on('error', () => {});
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: test\r\nX-Extra: 1\r\n\r\n${first}`,
    );
    accept(socket, request);
  });
  return through(origin.url);
}

describe('an upgrade', () => {
  test('to a WebSocket: the origin sees one, the 101 comes back with its headers', async () => {
    const origin = await httpOrigin(() => {});
    cleanups.push(origin.close);
    const webSockets = new WebSocketServer({ server: origin.server });
    let seen: IncomingMessage | undefined;
    webSockets.on('connection', (webSocket, request) => {
      seen = request;
      webSocket.send('welcome');
    });
    const { connection } = await through(origin.url);
    const stream = connection.open(UPGRADE);
    await stream.until(() => stream.text.includes('welcome'));
    expect(stream.answer).toMatchObject({ status: 101, source: 'origin' });
    expect(stream.header('sec-websocket-accept')).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
    expect(stream.header('upgrade')).toBe('websocket');
    expect(seen?.url).toBe('/ws');
    expect(seen?.headers.host).toBe('app.example.com');
    stream.giveUp();
  });

  test('asks for the protocol that the client asked for', async () => {
    let upgrade: string | undefined;
    const { connection } = await taking((_, request) => {
      upgrade = request.headers.upgrade;
    });
    const stream = connection.open({ ...UPGRADE, headers: ['Upgrade', 'test', 'Connection', 'Upgrade'] });
    await stream.headed;
    expect(upgrade).toBe('test');
    stream.giveUp();
  });

  test('passes bytes on both ways, those that came with the 101 included', async () => {
    const { connection } = await taking((socket) => socket.pipe(socket), 'early ');
    const stream = connection.open(UPGRADE);
    stream.write('sent before the 101 ');
    await stream.headed;
    stream.write('and after');
    await stream.until(() => stream.text === 'early sent before the 101 and after');
    expect(stream.header('x-extra')).toBe('1');
    stream.finish();
    await stream.done;
    expect(stream.ended).toBe(true);
    await waitUntil(() => connection.session.size === 0);
  });

  test('each side may end on its own', async () => {
    let origin: Duplex | undefined;
    let read = '';
    const { connection } = await taking((socket) => {
      origin = socket;
      socket.on('data', (chunk) => {
        read += chunk;
      });
      socket.end('origin is done');
    });
    const stream = connection.open(UPGRADE);
    await stream.done;
    expect([stream.text, stream.ended]).toEqual(['origin is done', true]);
    stream.write('client is not');
    stream.finish();
    await waitUntil(() => origin?.readableEnded === true);
    expect(read).toBe('client is not');
  });

  test('a refusal comes back whole', async () => {
    const origin = await httpOrigin((_, response) => {
      response.writeHead(403, { 'X-Why': 'not you' });
      response.end('forbidden');
    });
    cleanups.push(origin.close);
    const { connection } = await through(origin.url);
    const stream = connection.open(UPGRADE);
    await stream.done;
    expect([stream.answer?.status, stream.header('x-why'), stream.text]).toEqual([403, 'not you', 'forbidden']);
    stream.finish();
    await waitUntil(() => connection.session.size === 0);
  });

  test('a service without an origin refuses', async () => {
    const { connection } = await through('http_status:404');
    const stream = connection.open(UPGRADE);
    await stream.done;
    expect(stream.answer?.status).toBe(404);
  });

  test('nobody listens: refused, nothing was sent', async () => {
    const { connection } = await through(`http://127.0.0.1:${await freePort()}`);
    const stream = connection.open(UPGRADE);
    await stream.done;
    expect(stream.failure).toMatchObject({ cause: ResetCause.REFUSED, unsent: true });
  });

  test('the origin hangs up in place of an answer: reset', async () => {
    const origin = await tcpOrigin((socket) => socket.once('data', () => socket.destroy()));
    cleanups.push(origin.close);
    const { connection } = await through(origin.url);
    const stream = connection.open(UPGRADE);
    await stream.done;
    expect(stream.failure).toMatchObject({ cause: ResetCause.ORIGIN_RESET, unsent: false });
  });

  test('what is not HTTP: invalid', async () => {
    const origin = await tcpOrigin((socket) => socket.once('data', () => socket.end('SSH-2.0\r\n')));
    cleanups.push(origin.close);
    const { connection } = await through(origin.url);
    const stream = connection.open(UPGRADE);
    await stream.done;
    expect(stream.failure).toMatchObject({ cause: ResetCause.INVALID_RESPONSE });
  });

  test('what HTTP/1.1 cannot carry is not sent', async () => {
    const { connection } = await taking(() => {});
    const stream = connection.open({ ...UPGRADE, path: '/with space' });
    await stream.done;
    expect(stream.failure).toMatchObject({ cause: ResetCause.INTERNAL, unsent: true });
  });

  test('the edge gives up: the origin notices, before and after the 101', async () => {
    let socket: Duplex | undefined;
    const { connection } = await taking((given) => {
      socket = given;
    });
    const stream = connection.open(UPGRADE);
    await stream.headed;
    stream.giveUp();
    await waitUntil(() => socket?.closed === true);

    let waiting: Duplex | undefined;
    const silent = await tcpOrigin((given) => {
      given.on('data', () => {
        waiting = given;
      });
    });
    cleanups.push(silent.close);
    const other = await through(silent.url);
    const second = other.connection.open(UPGRADE);
    await waitUntil(() => waiting !== undefined);
    second.giveUp();
    await waitUntil(() => waiting?.closed === true || waiting?.readableEnded === true);
  });
});
