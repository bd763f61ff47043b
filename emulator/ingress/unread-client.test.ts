import { connect, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { ManualDeadlines } from '../../runtime/deadlines.js';
import { elapsing } from '../../test/support/deadlines.js';
import { useSockets } from '../../test/support/servers.js';
import { UnreadClient } from './unread-client.js';

/** Both ends of a connection, of which the near one is read by nobody. */
async function usePair() {
  let take: (socket: Socket) => void = () => undefined;
  const accepted = new Promise<Socket>((resolve) => {
    take = resolve;
  });
  const { port } = await useSockets((socket) => take(socket));
  const far = connect(port, '127.0.0.1').on('error', () => undefined);
  onTestFinished(() => void far.destroy());
  return { near: await accepted, far };
}

test('a reset is noticed, whatever was said before it', async () => {
  const { near, far } = await usePair();
  const deadlines = new ManualDeadlines();
  new UnreadClient(near, deadlines);
  const closed = new Promise((resolve) => near.once('close', resolve));
  await new Promise((resolve) => far.write(Buffer.alloc(200_000), resolve));
  far.resetAndDestroy();
  await elapsing(deadlines, closed);
  expect(deadlines.size).toBe(0);
});

test('a client that ends its side stays, and is sent nothing', async () => {
  const { near, far } = await usePair();
  const deadlines = new ManualDeadlines();
  const unread = new UnreadClient(near, deadlines);
  far.end('a question');
  const heard: Buffer[] = [];
  far.on('data', (chunk) => heard.push(chunk));
  await new Promise((resolve) => near.once('readable', resolve));
  for (let second = 0; second < 10; second++) {
    await new Promise(setImmediate);
    deadlines.elapse(1_000);
  }
  unread.stop();
  expect(deadlines.size).toBe(0);
  near.end('an answer');
  await new Promise((resolve) => far.once('end', resolve));
  expect(String(Buffer.concat(heard))).toBe('an answer');
});
