import type { Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { ResetCause } from '../../protocol/messages.js';
import { connected, everythingTo } from '../testing/connector.js';
import { GET, type HttpOpenMessage, type TestStream } from '../testing/edge.js';
import { freePort, tcpOrigin } from '../testing/origin.js';
import { waitUntil } from '../testing/wait.js';
import { frameHeader, Opcode } from './websocket-frames.js';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const UPGRADE: HttpOpenMessage = {
  ...GET,
  kind: 'upgrade',
  headers: ['Upgrade', 'websocket', 'Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version', '13'],
};

async function through(service: string) {
  const setup = await connected({ config: everythingTo(service) });
  cleanups.push(setup.close);
  return setup;
}

async function withService(accept: (socket: Socket) => void) {
  const origin = await tcpOrigin(accept);
  cleanups.push(origin.close);
  return through(`ssh://127.0.0.1:${origin.port}`);
}

/** A client's frame with a mask of zeros. */
function frame(opcode: number, payload: string | Buffer = ''): Buffer {
  const bytes = Buffer.from(payload);
  const header = frameHeader(opcode, bytes.length);
  header[1] = (header[1] ?? 0) | 0x80;
  return Buffer.concat([header, Buffer.alloc(4), bytes]);
}

const CLOSED = '\x88\x02\x03\xe8';

async function closed(stream: TestStream): Promise<void> {
  await stream.done;
  expect(stream.failure).toBeUndefined();
  expect(stream.text.endsWith(CLOSED)).toBe(true);
}

describe('a TCP service', () => {
  test('is spoken to in WebSocket: bytes both ways, those before the 101 included', async () => {
    const { connection } = await withService((socket) => socket.pipe(socket));
    const stream = connection.open(UPGRADE);
    stream.write(frame(Opcode.BINARY, 'early '));
    await stream.headed;
    expect(stream.answer).toMatchObject({ status: 101 });
    expect(stream.header('sec-websocket-accept')).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
    stream.write(frame(Opcode.TEXT, 'late'));
    await stream.until(() => stream.text.includes('late'));
    expect(stream.text.replaceAll(/\x82./g, '')).toBe('early late');
    stream.write(frame(Opcode.PING, 'are you there'));
    await stream.until(() => stream.text.includes('\x8a\x0dare you there'));
    stream.write(frame(Opcode.CLOSE));
    stream.finish();
    await closed(stream);
  });

  test('that ends closes the WebSocket, and what it said arrives', async () => {
    const { connection } = await withService((socket) => socket.end('goodbye'));
    const stream = connection.open(UPGRADE);
    await closed(stream);
    expect(stream.text).toBe(`\x82\x07goodbye${CLOSED}`);
    stream.finish();
    await waitUntil(() => connection.session.size === 0);
  });

  test('gets everything a client sent before it closed', async () => {
    let received = 0;
    let ended = false;
    const { connection } = await withService((socket) => {
      socket.on('data', (chunk) => {
        received += chunk.length;
      });
      socket.on('end', () => {
        ended = true;
        socket.end();
      });
    });
    const stream = connection.open(UPGRADE);
    const size = 2 * 1024 * 1024;
    stream.write(frame(Opcode.BINARY, Buffer.alloc(size)));
    stream.write(frame(Opcode.CLOSE));
    stream.finish();
    await waitUntil(() => ended);
    expect(received).toBe(size);
    await closed(stream);
  });

  test('that is slow slows its client', async () => {
    const sockets: Socket[] = [];
    const { connection } = await withService((socket) => sockets.push(socket.pause()));
    const stream = connection.open(UPGRADE);
    await stream.headed;
    for (let sent = 0; sent < 64; sent++) stream.write(frame(Opcode.BINARY, Buffer.alloc(1024 * 1024)));
    await waitUntil(() => sockets.length === 1);
    expect(stream.stream?.backlog).toBeGreaterThan(0);
    stream.giveUp();
    await waitUntil(() => connection.session.size === 0);
  });

  test('that ends and never reads is cut off after a while', async () => {
    const sockets: Socket[] = [];
    const { connection, connector } = await withService((socket) => sockets.push(socket.pause()));
    const stream = connection.open(UPGRADE);
    await stream.headed;
    for (let sent = 0; sent < 64; sent++) stream.write(frame(Opcode.BINARY, Buffer.alloc(1024 * 1024)));
    await waitUntil(() => sockets.length === 1);
    const before = connector.time.size;
    sockets[0]?.end();
    await waitUntil(() => connector.time.size > before);
    connector.time.elapse(10_000);
    await waitUntil(() => connector.time.size === before);
    await closed(stream);
  });

  test('that breaks resets the stream', async () => {
    const { connection } = await withService((socket) => socket.once('data', () => socket.resetAndDestroy()));
    const stream = connection.open(UPGRADE);
    stream.write(frame(Opcode.BINARY, 'x'));
    await stream.done;
    expect(stream.failure).toMatchObject({ cause: ResetCause.ORIGIN_RESET });
  });

  test('sees a reset when the client goes away', async () => {
    let broken = false;
    const { connection } = await withService((socket) => {
      socket.resume();
      socket.on('error', () => {
        broken = true;
      });
    });
    const stream = connection.open(UPGRADE);
    await stream.headed;
    stream.giveUp();
    await waitUntil(() => broken);
  });

  test('that is not there is refused, nothing was sent', async () => {
    const { connection } = await through(`tcp://127.0.0.1:${await freePort()}`);
    const stream = connection.open(UPGRADE);
    await stream.done;
    expect(stream.failure).toMatchObject({ cause: ResetCause.REFUSED, unsent: true });
  });

  test('closes on what is no WebSocket frame', async () => {
    const { connection } = await withService((socket) => socket.resume());
    const stream = connection.open(UPGRADE);
    stream.write('GET / HTTP/1.1\r\n\r\n');
    await stream.done;
    expect(stream.text).toBe('\x88\x02\x03\xea');
  });

  test.each([
    ['a request', GET],
    ['another upgrade', { ...UPGRADE, headers: ['Upgrade', 'test'] }],
  ])('answers 400 to %s, and says how to reach it', async (_, message) => {
    const { connection } = await withService(() => {});
    const { answer, text } = await connection.request(message);
    expect(answer).toMatchObject({ status: 400, source: 'connector' });
    expect(text).toContain('cloudflared access tcp');
  });
});

describe('a bastion', () => {
  const towards = (destination: string): HttpOpenMessage => ({
    ...UPGRADE,
    headers: [...UPGRADE.headers, 'Cf-Access-Jump-Destination', destination],
  });

  test('leads where the client says', async () => {
    const service = await tcpOrigin((socket) => socket.end('hello'));
    cleanups.push(service.close);
    const { connection } = await through('bastion');
    for (const destination of [`127.0.0.1:${service.port}`, `tcp://127.0.0.1:${service.port}/path`]) {
      const stream = connection.open(towards(destination));
      await closed(stream);
      expect(stream.text).toContain('hello');
    }
  });

  test.each([
    [UPGRADE, 'the client names no destination'],
    [towards('10.0.0.1'), '"10.0.0.1" is no destination: HOST:PORT'],
  ])('answers 502 to who does not say where', async (message, reason) => {
    const { connection } = await through('bastion');
    const { answer } = await connection.request(message);
    expect(answer).toMatchObject({ status: 502, source: 'connector', detail: expect.stringContaining(reason) });
  });
});
