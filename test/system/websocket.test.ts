import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import type { WebSocket } from 'ws';
import { FrameType } from '../../protocol/frames.js';
import { dial, readUntil, whole } from '../support/client.js';
import { WatchedDeadlines } from '../support/deadlines.js';
import { address, configOfPaths, hostOf, KINDS, useEmulator, usePaths, usePeer } from '../support/emulator.js';
import { parseRoute } from '../support/route.js';
import { closedPort, useOrigin, useServer, useSockets, useTlsServer } from '../support/servers.js';
import { connectWebSocket, openWebSocket, refused, useWebSocketServer } from '../support/websocket.js';

/** For clients that write by hand; Host follows. */
const HANDSHAKE =
  'GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGVzdGluZw==\r\nSec-WebSocket-Version: 13\r\n';

const STATUS_OF_REFUSED = { public: 521, tunnel: 502, private: 521 } as const;

describe.each(KINDS)('a WebSocket by %s path', (kind) => {
  const host = hostOf(kind);

  test('carries text, bytes and large messages both ways', async () => {
    const origin = await useOrigin();
    const emu = await usePaths({ port: origin.address.port });
    const { socket, head } = await connectWebSocket(emu, host, '/ws', { headers: { 'colocal-colo': 'NRT' } });
    expect(head.headers['x-origin']).toBe('origin');
    const route = parseRoute(String(head.headers['colocal-route']));
    expect(route).toMatchObject({ lb: host, colo: 'NRT', pool: kind, attempts: 1 });
    expect(head.headers['cf-ray']).toBe(route.ray);
    const large = Buffer.alloc(8 * 1024 * 1024, 'large ');
    for (const message of ['hello', Buffer.from([0, 255, 1]), large]) {
      socket.send(message);
      const [data, isBinary] = await once(socket, 'message');
      expect(isBinary).toBe(typeof message !== 'string');
      expect(Buffer.compare(data as Buffer, Buffer.from(message))).toBe(0);
    }
    expect(emu.requests.find(String(route.ray))).toMatchObject({
      status: 101,
      path: '/ws',
      attempts: [{ status: 101 }],
    });
  });

  test('works inside TLS, where the origin is told so', async () => {
    const requests: Record<string, unknown>[] = [];
    const { port } = await useWebSocketServer((socket, request) => {
      requests.push(request.headers);
      socket.on('message', (data) => socket.send(`you said ${data}`));
    });
    const emu = await usePaths({ port });
    const { socket, head } = await connectWebSocket(emu, host, '/chat', {
      ca: await emu.caPem(),
      headers: { 'colocal-client-ip': '203.0.113.7', 'x-own': 'kept' },
    });
    socket.send('hi');
    expect(String((await once(socket, 'message'))[0])).toBe('you said hi');
    expect(requests[0]).toMatchObject({
      host,
      'x-forwarded-proto': 'https',
      'cf-connecting-ip': '203.0.113.7',
      'cf-ray': head.headers['cf-ray'],
      'x-own': 'kept',
    });
    expect(requests[0]).not.toHaveProperty('colocal-client-ip');
  });

  test('closes with the code and reason of whoever closes it', async () => {
    const sockets: WebSocket[] = [];
    const { port } = await useWebSocketServer((socket) => sockets.push(socket));
    const emu = await usePaths({ port });
    const first = await connectWebSocket(emu, host, '/');
    const [atOrigin] = sockets as [WebSocket];
    const heardByOrigin = once(atOrigin, 'close');
    const heardByClient = once(first.socket, 'close');
    first.socket.close(4001, 'client is done');
    expect((await heardByOrigin).map(String)).toEqual(['4001', 'client is done']);
    expect((await heardByClient).map(String)).toEqual(['4001', 'client is done']);

    const second = await connectWebSocket(emu, host, '/');
    const heard = once(second.socket, 'close');
    sockets[1]?.close(4002, 'origin is done');
    expect((await heard).map(String)).toEqual(['4002', 'origin is done']);
  });

  test('that one side breaks is broken for the other', async () => {
    const sockets: WebSocket[] = [];
    const { port } = await useWebSocketServer((socket) => sockets.push(socket));
    const emu = await usePaths({ port });
    const first = await connectWebSocket(emu, host, '/');
    const heardByOrigin = once(sockets[0] as WebSocket, 'close');
    first.socket.terminate();
    expect((await heardByOrigin)[0]).toBe(1006);

    const second = await connectWebSocket(emu, host, '/');
    const heardByClient = once(second.socket, 'close');
    sockets[1]?.terminate();
    expect((await heardByClient)[0]).toBe(1006);
  });

  test('loses nothing that either side says together with the handshake', async () => {
    const { port } = await useSockets((socket) => {
      let got = '';
      socket.on('data', (chunk: Buffer) => {
        const before = got;
        got += chunk.toString('latin1');
        if (!before.includes('\r\n\r\n') && got.includes('\r\n\r\n')) {
          socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nfirst,');
        }
        if (got.endsWith('early')) socket.end('last');
      });
    });
    const emu = await usePaths({ port });
    const socket = await dial(address(emu, 'url'));
    socket.write(`${HANDSHAKE}Host: ${host}\r\n\r\nearly`);
    const text = await readUntil(socket, (received) => received.endsWith('last'));
    expect(text).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n/);
    expect(text.split('\r\n\r\n')[1]).toBe('first,last');
  });

  test('of which one side has ended still gets all that the other one has to say', async () => {
    const rest = Buffer.alloc(8 * 1024 * 1024, 'rest ');
    const { port } = await useSockets((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
        socket.resume().once('end', () => socket.end(rest));
      });
    });
    const emu = await usePaths({ port });
    const socket = await dial(address(emu, 'url'));
    socket.write(`${HANDSHAKE}Host: ${host}\r\n\r\n`);
    await readUntil(socket, (received) => received.endsWith('\r\n\r\n'));
    socket.end('done');
    let bytes = 0;
    for await (const chunk of socket) bytes += (chunk as Buffer).length;
    expect(bytes).toBe(rest.length);
  });

  test.each([
    ['accepted', 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'],
    ['refused', 'HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n'],
  ])('%s by an origin that says much and goes is still read to its end by a slow client', async (_what, head) => {
    const rest = Buffer.alloc(16 * 1024 * 1024, 'rest');
    const { port } = await useSockets((socket) => {
      socket.once('data', () => {
        socket.write(head);
        socket.end(rest);
      });
    });
    const emu = await usePaths({ port });
    const socket = await dial(address(emu, 'url'));
    socket.write(`${HANDSHAKE}Host: ${host}\r\n\r\n`);
    let bytes = 0;
    for await (const chunk of socket) {
      const text = bytes === 0 ? (chunk as Buffer).toString('latin1') : '';
      bytes += (chunk as Buffer).length - (text === '' ? 0 : text.indexOf('\r\n\r\n') + 4);
      for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
    // A refusal without a length comes in chunks, whose frames are more than the body.
    expect(bytes).toBeGreaterThanOrEqual(rest.length);
  });

  test('that the origin refuses gets the origin’s answer, body and all', async () => {
    const { port, server } = await useServer((_request, response) => response.end());
    const body = JSON.stringify({ message: 'members only', filler: 'x'.repeat(100_000) });
    server.on('upgrade', (_request, socket) => {
      socket.write(`HTTP/1.1 403 Forbidden\r\nX-Why: members\r\nContent-Type: application/json\r\n`);
      socket.end(`Content-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`);
    });
    const emu = await usePaths({ port });
    const answer = await whole(await refused(openWebSocket(emu, host, '/')));
    expect(answer.status).toBe(403);
    expect(answer.headers).toMatchObject({ 'x-why': 'members', 'content-type': 'application/json' });
    expect(answer.body).toBe(body);
    expect(parseRoute(String(answer.headers['colocal-route']))).toMatchObject({ lb: host, pool: kind });
    expect(emu.requests.list(1)[0]).toMatchObject({ status: 403, outcome: 'complete' });
  });

  test('whose refusal comes without a length arrives whole as well', async () => {
    const { port, server } = await useServer((_request, response) => response.end());
    server.on('upgrade', (_request, socket) => {
      socket.write('HTTP/1.1 401 Unauthorized\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nwho ar\r\n');
      socket.end('6\r\ne you?\r\n0\r\n\r\n');
    });
    const emu = await usePaths({ port });
    const answer = await whole(await refused(openWebSocket(emu, host, '/')));
    expect([answer.status, answer.body]).toEqual([401, 'who are you?']);
  });

  test('to an endpoint where nobody listens gets the page of that error', async () => {
    const emu = await usePaths({ port: await closedPort() });
    const answer = await whole(await refused(openWebSocket(emu, host, '/')));
    expect(answer.status).toBe(STATUS_OF_REFUSED[kind]);
    expect(answer.body).toMatch(/^error \d+: /);
    expect(parseRoute(String(answer.headers['colocal-route']))).toMatchObject({ pool: kind });
    expect(emu.requests.list(1)[0]).toMatchObject({ attempts: [{ failure: 'refused' }], outcome: 'complete' });
  });

  test('that the origin never answers is 524 once its time is up', async () => {
    const deadlines = new WatchedDeadlines();
    const { port, server } = await useServer((_request, response) => response.end());
    const asked = once(server, 'upgrade');
    const emu = await usePaths({ port, deadlines, settings: { timeouts: { response: 5 } } });
    const socket = openWebSocket(emu, host, '/');
    const answer = refused(socket);
    await asked;
    deadlines.elapse(5_000);
    expect((await whole(await answer)).status).toBe(524);
  });

  test('that the client gives up during the handshake is told to the origin', async () => {
    const { port, server } = await useServer((_request, response) => response.end());
    const asked = once(server, 'upgrade');
    const emu = await usePaths({ port });
    const socket = openWebSocket(emu, host, '/');
    const [, atOrigin] = await asked;
    const told = new Promise((resolve) => atOrigin.resume().once('end', resolve).once('close', resolve));
    socket.terminate();
    await told;
    expect(emu.requests.list(1)[0]).toMatchObject({ outcome: 'client_closed' });
  });

  test('reaches an origin that speaks TLS', async () => {
    const { port, server } = await useTlsServer((_request, response) => response.end());
    await useWebSocketServer((socket) => socket.on('message', (data) => socket.send(data)), { server });
    const emu = await usePaths({ port, ssl: 'full', scheme: 'https', originRequest: { noTLSVerify: true } });
    const { socket } = await connectWebSocket(emu, host, '/', { ca: await emu.caPem() });
    socket.send('through TLS twice');
    expect(String((await once(socket, 'message'))[0])).toBe('through TLS twice');
  });
});

test('a WebSocket whose tunnel has no connector is 530', async () => {
  const emu = await useEmulator({ config: configOfPaths({ port: await closedPort() }) });
  for (const host of ['tunnel.example.com', 'private.example.com']) {
    const answer = await whole(await refused(openWebSocket(emu, host, '/')));
    expect(answer.status).toBe(530);
    expect(answer.headers['cf-error-type']).toBe('1033');
  }
});

test.each(['app', 'gateway'] as const)(
  'a handshake that the connector of %s loses goes through another',
  async (tunnel) => {
    const origin = await useOrigin();
    const emu = await useEmulator({ config: configOfPaths({ port: origin.address.port }) });
    await emu.connect({ tunnel, location: 'LHR', connections: 1, maps: ['10.1.2.3/32=127.0.0.1/32'] });
    const near = await usePeer(emu, tunnel, { location: 'NRT' });
    const opening = connectWebSocket(emu, tunnel === 'app' ? 'tunnel.example.com' : 'private.example.com', '/ws');
    await near.next(FrameType.OPEN);
    near.break();
    const { socket, head } = await opening;
    expect(parseRoute(String(head.headers['colocal-route']))).toMatchObject({ egress: 'LHR', attempts: 1 });
    socket.send('still here');
    expect(String((await once(socket, 'message'))[0])).toBe('still here');
  },
);
