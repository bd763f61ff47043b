import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { WaitingClient } from './waiting-client.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

function waiting(head = '') {
  const socket = new PassThrough({ highWaterMark: 1024 * 1024 });
  let gone = 0;
  const client = new WaitingClient(socket, Buffer.from(head), () => gone++);
  return { socket, client, gone: () => gone };
}

describe('a client that waits for its protocol to be switched', () => {
  test('is heard when it ends its side', async () => {
    const { socket, gone } = waiting();
    socket.end();
    await once(socket, 'end');
    expect(gone()).toBe(1);
  });

  test('loses nothing that it said meanwhile', async () => {
    const { socket, client, gone } = waiting('one ');
    socket.write('two ');
    await turn();
    client.handOver();
    expect(socket.isPaused()).toBe(true);
    socket.end('three');
    let text = '';
    for await (const chunk of socket) text += chunk;
    expect(text).toBe('one two three');
    expect(gone()).toBe(0);
  });

  test('is read no further than it takes to hear it', async () => {
    const { socket, client } = waiting();
    for (let piece = 0; piece < 10; piece++) socket.write(Buffer.alloc(64 * 1024));
    await turn();
    expect(socket.isPaused()).toBe(true);
    expect(socket.readableLength).toBeGreaterThan(0);
    client.handOver();
    socket.end();
    let bytes = 0;
    for await (const chunk of socket) bytes += (chunk as Buffer).length;
    expect(bytes).toBe(10 * 64 * 1024);
  });

  test('is read to its end and not listened to when it gets another answer', async () => {
    const { socket, client, gone } = waiting('early');
    client.dismiss();
    socket.end(Buffer.alloc(200 * 1024));
    await once(socket, 'end');
    expect(gone()).toBe(0);
  });
});
