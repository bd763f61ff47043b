import { once } from 'node:events';
import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { FrameType } from '../../protocol/frames.js';
import { type Deadlines, ManualDeadlines } from '../../runtime/deadlines.js';
import { digestOf, pattern } from '../support/bytes.js';
import { address, useEmulator, usePeer } from '../support/emulator.js';
import { socks } from '../support/on-ramp.js';
import { useSockets } from '../support/servers.js';

const MB = 1024 * 1024;
const LENGTH = 32 * MB;
/** What may be on its way when nobody reads at its end: system buffers of four sockets, some 4 MB each, and windows. */
const IN_BETWEEN = 24 * MB;

const ADDRESS = '10.1.2.3';

/** With deadlines of the test's own, nothing may move for 2 s at most. */
async function useGateway(port: number, deadlines?: Deadlines) {
  const emu = await useEmulator({
    config: {
      tunnels: [
        {
          name: 'gateway',
          config: { ingress: [{ service: 'http_status:404' }] },
          routes: [{ network: '10.1.2.0/24' }],
        },
      ],
      ...(deadlines ? { settings: { timeouts: { idle: 2 } } } : {}),
    },
    ...(deadlines ? { deadlines } : {}),
  });
  await emu.connect({ tunnel: 'gateway', connections: 1, maps: [`${ADDRESS}:80=127.0.0.1:${port}`] });
  const open = async (): Promise<Socket> => {
    const { reply, socket } = await socks(address(emu, 'onRampUrl'), { host: ADDRESS, port: 80 });
    expect(reply).toBe(0);
    return socket;
  };
  return { emu, open };
}

async function send(to: Socket, sent: (bytes: number) => void): Promise<void> {
  let bytes = 0;
  for (const piece of pattern(LENGTH)) {
    bytes += piece.length;
    sent(bytes);
    if (!to.write(piece)) await once(to, 'drain');
  }
  to.end();
}

test('a client that does not read stalls the other side, and nobody else', async () => {
  const sent: number[] = [];
  const { port } = await useSockets((socket) => {
    const number = sent.push(0) - 1;
    void send(socket, (bytes) => {
      sent[number] = bytes;
    });
  });
  const { emu, open } = await useGateway(port);
  const expected = await digestOf(pattern(LENGTH));
  const unread = await open();
  const other = await open();
  expect(await digestOf(other)).toEqual(expected);
  expect(sent[0]).toBeLessThan(IN_BETWEEN);
  expect(await digestOf(unread)).toEqual(expected);
  expect(emu.requests.list().map(({ responseBytes }) => responseBytes)).toEqual([LENGTH, LENGTH]);
});

test('another side that does not read stalls the client, and nobody else', async () => {
  const sockets: Socket[] = [];
  const { port } = await useSockets((socket) => {
    if (sockets.push(socket) > 1) socket.resume().on('end', () => socket.end('done'));
  });
  const { open } = await useGateway(port);
  let stalled = 0;
  const stuck = await open();
  const sending = send(stuck, (bytes) => {
    stalled = bytes;
  });
  const other = await open();
  const answer = once(other, 'data');
  await send(other, () => undefined);
  other.resume();
  expect(String((await answer)[0])).toBe('done');
  expect(stalled).toBeLessThan(IN_BETWEEN);
  expect(await digestOf(sockets[0] as Socket)).toEqual(await digestOf(pattern(LENGTH)));
  await sending;
});

test('a connection on which nothing moves is cut off, and the record says so', async () => {
  const { port } = await useSockets(() => undefined);
  const deadlines = new ManualDeadlines();
  const { emu, open } = await useGateway(port, deadlines);
  const socket = await open();
  const closed = once(socket, 'close');
  socket.resume();
  deadlines.elapse(2_000);
  await closed;
  await expect.poll(() => emu.requests.list(1)[0]?.outcome).toBe('cut_off');
  const [{ reasons } = { reasons: [] }] = emu.requests.list(1);
  expect(reasons.at(-1)).toMatchObject({ step: 'connection', detail: expect.stringContaining('timeouts.idle') });
});

test('an address that does not answer in time has its own reply', async () => {
  const deadlines = new ManualDeadlines();
  const emu = await useEmulator({
    config: {
      tunnels: [
        {
          name: 'gateway',
          config: { ingress: [{ service: 'http_status:404' }] },
          routes: [{ network: '10.1.2.0/24' }],
        },
      ],
      settings: { timeouts: { connect: 5 } },
    },
    deadlines,
  });
  const peer = await usePeer(emu, 'gateway');
  const asked = socks(address(emu, 'onRampUrl'), { host: ADDRESS, port: 80 });
  // It is asked, and stays silent.
  await peer.next(FrameType.OPEN);
  deadlines.elapse(5_000);
  expect((await asked).reply).toBe(6);
  expect(emu.requests.list(1)[0]).toMatchObject({ status: 522, outcome: 'complete' });
});
