import type { Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { ResetCause } from '../../protocol/messages.js';
import { connected } from '../testing/connector.js';
import { freePort, tcpOrigin } from '../testing/origin.js';
import { waitUntil } from '../testing/wait.js';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function withService(
  accept: (socket: Socket) => void,
  networks: string[] = ['127.0.0.0/8'],
  maps: string[] = [],
) {
  const service = await tcpOrigin(accept);
  cleanups.push(service.close);
  const setup = await connected({ networks }, { maps: maps.map((map) => map.replace('PORT', String(service.port))) });
  cleanups.push(setup.close);
  const dial = (ip: string, port = service.port) => setup.connection.open({ kind: 'tcp', ip, port });
  return { ...setup, dial };
}

const echo = (socket: Socket): void => {
  socket.pipe(socket);
};

describe('a dial to a private address', () => {
  test('is answered once the connection stands, and carries bytes both ways', async () => {
    const { dial, connection } = await withService(echo);
    const stream = dial('127.0.0.1');
    stream.write('written before it stood ');
    await stream.headed;
    expect(stream.answer).toEqual({ status: 200, headers: [], source: 'connector' });
    stream.write('and after');
    stream.finish();
    await stream.done;
    expect(stream.text).toBe('written before it stood and after');
    await waitUntil(() => connection.session.size === 0);
  });

  test('reaches what --map names in place of the address', async () => {
    const { dial } = await withService(
      (socket) => socket.end('mapped'),
      [],
      ['10.128.0.1:80=127.0.0.1:PORT', '10.0.0.0/8=127.0.0.0/8'],
    );
    const exact = dial('10.128.0.1', 80);
    const network = dial('10.0.0.1');
    await Promise.all([exact.done, network.done]);
    expect([exact.text, network.text]).toEqual(['mapped', 'mapped']);
  });

  test('outside every route and map is not allowed', async () => {
    const { dial } = await withService(echo, ['10.0.0.0/8']);
    for (const ip of ['192.0.2.1', '127.0.0.1', '169.254.169.254', '::1', '::ffff:127.0.0.1', 'localhost', '']) {
      const stream = dial(ip);
      await stream.done;
      expect(stream.failure, ip).toMatchObject({ cause: ResetCause.NOT_ALLOWED, unsent: true });
    }
  });

  test('is allowed as soon as a route is pushed, whatever the version of the configuration', async () => {
    const { dial, connection } = await withService(echo, []);
    const before = dial('127.0.0.1');
    await before.done;
    expect(before.failure?.cause).toBe(ResetCause.NOT_ALLOWED);
    await connection.push(null, 0, ['127.0.0.1/32']);
    const after = dial('127.0.0.1');
    await after.headed;
    expect(after.answer?.status).toBe(200);
    after.giveUp();
  });

  test('where nobody listens is refused', async () => {
    const { dial } = await withService(echo);
    const stream = dial('127.0.0.1', await freePort());
    await stream.done;
    expect(stream.failure).toMatchObject({ cause: ResetCause.REFUSED, unsent: true });
  });

  test('each side may end on its own', async () => {
    let read = '';
    let ended = false;
    const { dial, connection } = await withService((socket) => {
      socket.end('service is done');
      socket.on('data', (chunk) => {
        read += chunk;
      });
      socket.on('end', () => {
        ended = true;
      });
    });
    const stream = dial('127.0.0.1');
    await stream.done;
    expect([stream.text, stream.ended]).toEqual(['service is done', true]);
    stream.write('client is not');
    expect(ended).toBe(false);
    stream.finish();
    await waitUntil(() => ended);
    expect(read).toBe('client is not');
    await waitUntil(() => connection.session.size === 0);
  });

  test('a reset by the service resets the stream', async () => {
    const { dial } = await withService((socket) => socket.once('data', () => socket.resetAndDestroy()));
    const stream = dial('127.0.0.1');
    stream.write('hello');
    await stream.done;
    expect(stream.failure?.cause).toBe(ResetCause.ORIGIN_RESET);
  });

  test('a reset by the edge resets the service', async () => {
    let error: NodeJS.ErrnoException | undefined;
    let accepted = false;
    const { dial } = await withService((socket) => {
      accepted = true;
      socket.on('error', (given) => {
        error = given;
      });
      socket.resume();
    });
    const stream = dial('127.0.0.1');
    await stream.headed;
    await waitUntil(() => accepted);
    stream.giveUp();
    await waitUntil(() => error !== undefined);
    expect(error?.code).toBe('ECONNRESET');
  });

  test('bulk arrives whole, through a window that the edge opens late', async () => {
    const { dial } = await withService((socket) => socket.end(Buffer.alloc(4_000_000, 'bulk ')));
    const stream = dial('127.0.0.1');
    stream.hold = true;
    await stream.until(() => stream.bytes === 256 * 1024);
    stream.release();
    await stream.done;
    expect(stream.bytes).toBe(4_000_000);
    expect(stream.ended).toBe(true);
  });

  test('a service that does not read holds the edge back, and nothing is lost', async () => {
    let service: Socket | undefined;
    let read = 0;
    const { dial } = await withService((socket) => {
      service = socket;
      socket.pause();
      socket.on('data', (chunk) => {
        read += chunk.length;
      });
      socket.pause();
    });
    const stream = dial('127.0.0.1');
    await stream.headed;
    let written = 0;
    for (let idle = 0; idle < 200 && written < 2 ** 28; idle++) {
      while (stream.stream?.backlog === 0) {
        stream.write(Buffer.alloc(64 * 1024));
        written += 64 * 1024;
        idle = 0;
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(stream.stream?.backlog).toBeGreaterThan(0);
    service?.resume();
    stream.finish();
    await waitUntil(() => service?.readableEnded === true);
    expect(read).toBe(written);
    stream.giveUp();
  });
});
