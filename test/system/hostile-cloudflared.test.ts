import { once } from 'node:events';
import { constants } from 'node:http2';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { segmentTable } from '../support/capnp.js';
import { ask } from '../support/client.js';
import { credentialsOf, dialCloudflared, dialTls, useCloudflared } from '../support/cloudflared.js';
import { respond } from '../support/cloudflared-peer.js';
import { bootstrap, call, NO_PARAMS } from '../support/cloudflared-rpc.js';
import { WatchedDeadlines } from '../support/deadlines.js';
import { address, configOfPaths, nextEvent, useEmulator } from '../support/emulator.js';

/** Anybody who reaches the port can send anything; whoever holds a tunnel's secret may be broken. Others are served meanwhile. */

const LISTEN = { cloudflared: ['127.0.0.1:0'] } as const;

async function start(deadlines?: WatchedDeadlines) {
  const { tunnels = [], pools = [], zones = [] } = configOfPaths({ port: 9 });
  const load_balancers = [{ name: 'other.example.org', proxied: true, default_pools: ['other'] }];
  const emu = await useEmulator({
    config: {
      ...configOfPaths({ port: 9 }),
      tunnels: [...tunnels, { name: 'other' }],
      pools: [
        ...pools,
        { name: 'other', origins: [{ name: 'it', tunnel: 'other', header: { Host: ['other.example.org'] } }] },
      ],
      zones: [...zones, { name: 'example.org', settings: { ssl: 'off' }, load_balancers }],
    },
    listen: LISTEN,
    ...(deadlines === undefined ? {} : { deadlines }),
  });
  await useCloudflared(emu, 'app');
  const isServed = async () => {
    expect(await ask(address(emu, 'url'), 'tunnel.example.com', { path: '/on' })).toMatchObject({
      status: 200,
      body: '/on',
    });
  };
  return { emu, isServed };
}

describe('before anybody is known', () => {
  test.each([
    ['garbage', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
    [
      'the beginning of a handshake and then nothing sensible',
      Buffer.concat([Buffer.from([22, 3, 1, 2, 0]), Buffer.alloc(512, 7)]),
    ],
  ])('%s in place of TLS closes that connection', async (_what, bytes) => {
    const { emu, isServed } = await start();
    const { hostname, port } = new URL(`tcp://${emu.cloudflaredAddresses[0]}`);
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.on('error', () => undefined).resume();
    await once(socket, 'close');
    await isServed();
  });

  test('garbage in place of HTTP/2 closes that connection', async () => {
    const { emu, isServed } = await start();
    const socket = await dialTls(emu);
    socket.resume().write(Buffer.alloc(1024, 'not HTTP/2 '));
    await once(socket, 'close');
    await isServed();
  });

  test('a peer that never registers is let go after a while, whatever it says', async () => {
    const deadlines = new WatchedDeadlines();
    const { emu, isServed } = await start(deadlines);
    const silent = await dialTls(emu);
    silent.resume();
    const talking = await dialCloudflared(emu);
    await talking.send(bootstrap(0));
    await talking.answer(0);
    // The one that serves had one as well.
    await deadlines.set(10_000, 3);
    deadlines.elapse(10_000);
    await Promise.all([once(silent, 'close'), talking.closed]);
    await isServed();
  });

  test('two hundred register at once', async () => {
    const { emu, isServed } = await start();
    const peers = await Promise.all(Array.from({ length: 200 }, () => dialCloudflared(emu)));
    // Of two tunnels, each with as many replicas as it may have.
    const answers = await Promise.all(
      peers.map((peer, number) => {
        const connectorId =
          Math.floor(number / 4)
            .toString(16)
            .padStart(8, '0') + '-0000-4000-8000-000000000000';
        const credentials = credentialsOf(emu, number < 100 ? 'gateway' : 'other');
        return peer.register({ ...credentials, connectorId, index: number % 4 });
      }),
    );
    expect(answers.every(({ ok }) => ok)).toBe(true);
    await isServed();
  });
});

describe('messages that cannot be', () => {
  const huge = (words: number): Buffer => {
    const table = segmentTable(0);
    table.writeUInt32LE(words, 4);
    return table;
  };
  const manySegments = Buffer.alloc(8);
  manySegments.writeUInt32LE(0xffff_ffff, 0);
  const nowhere = Buffer.concat([segmentTable(1), Buffer.from('ffffffffffffffff', 'hex')]);

  test.each([
    ['a table of 2^32 segments', manySegments],
    ['a segment of 32 GiB', huge(0xffff_ffff)],
    ['a pointer that leads nowhere', nowhere],
    ['random bytes', Buffer.alloc(4096, 0xa5)],
  ])('%s: the connection is closed before it is registered', async (_what, bytes) => {
    const { emu, isServed } = await start();
    const peer = await dialCloudflared(emu);
    await peer.send(bytes);
    await peer.closed;
    await isServed();
  });

  test('after it has registered it only gets nothing new', async () => {
    const { emu, isServed } = await start();
    const closed = nextEvent(emu, 'connection.closed');
    const peer = await useCloudflared(emu, 'gateway');
    await peer.send(manySegments);
    expect((await closed).data).toMatchObject({ tunnel: 'gateway' });
    await peer.closed;
    await isServed();
  });

  test('a message that is cut short, and then the connection with it', async () => {
    const { emu, isServed } = await start();
    const peer = await dialCloudflared(emu);
    await peer.send(bootstrap(0).subarray(0, 20));
    peer.break();
    await peer.closed;
    await isServed();
  });

  test('calls before anything was asked for are exceptions', async () => {
    const { emu, isServed } = await start();
    const peer = await dialCloudflared(emu);
    await peer.send(call(5, 1, { answer: 4 }, NO_PARAMS));
    expect(await peer.answer(5)).toMatchObject({ kind: 'exception' });
    await isServed();
  });
});

test.each([
  ['it refuses each', constants.NGHTTP2_REFUSED_STREAM],
  ['it breaks each', constants.NGHTTP2_INTERNAL_ERROR],
])('a peer that resets all it is asked, at once: %s, and only its own requests fail', async (_what, code) => {
  const { emu, isServed } = await start();
  const resetting = await useCloudflared(emu, 'other');
  let asked = 0;
  resetting.serve = (stream) => {
    asked++;
    stream.close(code);
  };
  const failing = Array.from({ length: 500 }, () => ask(address(emu, 'url'), 'other.example.org', { method: 'POST' }));
  await isServed();
  const replies = await Promise.all(failing);
  expect(asked).toBe(500);
  expect(replies.every(({ status }) => status >= 500)).toBe(true);
  await isServed();
  // None of them counts as open any more: it still serves as many as it ever could.
  resetting.serve = (stream) => {
    respond(stream, 200, []);
    stream.end('at last');
  };
  expect(await ask(address(emu, 'url'), 'other.example.org')).toMatchObject({ status: 200, body: 'at last' });
});

/** A frame of HTTP/2 (RFC 9113 4.1). */
function frame(type: number, flags: number, stream: number, payload = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

const SETTINGS = frame(4, 0, 0);
/** The answer to the control stream: a status of 200, which HPACK says in one byte. */
const ACCEPTED = frame(1, 4, 1, Buffer.from([0x88]));

test.each([
  ['pings', SETTINGS, frame(6, 0, 0, Buffer.alloc(8))],
  ['settings', SETTINGS, SETTINGS],
  ['empty pieces of a body', Buffer.concat([SETTINGS, ACCEPTED]), frame(0, 0, 1)],
  ['pieces of a body of one byte', Buffer.concat([SETTINGS, ACCEPTED]), frame(0, 0, 1, Buffer.alloc(1))],
  [
    'more and more of one head',
    Buffer.concat([SETTINGS, frame(1, 0, 1, Buffer.from([0x88]))]),
    frame(9, 0, 1, Buffer.from('400161', 'hex')),
  ],
  ['resets of what there is not', SETTINGS, frame(3, 0, 1_001, Buffer.alloc(4))],
])('a peer that sends nothing but %s holds up nobody else', async (_what, first, over) => {
  const { emu, isServed } = await start();
  const socket = await dialTls(emu);
  socket.resume().write(first);
  const many = Buffer.concat(Array.from({ length: 1_000 }, () => over));
  for (let round = 0; round < 20; round++) {
    if (!socket.destroyed) socket.write(many);
    await isServed();
  }
});

test('a peer that stalls its window holds up only its own requests', async () => {
  const { emu, isServed } = await start();
  const stuck = await useCloudflared(emu, 'gateway');
  // Never reads the bodies it is sent.
  stuck.serve = () => undefined;
  const sending = ask(
    address(emu, 'url'),
    'private.example.com',
    { method: 'POST' },
    Buffer.alloc(8 * 1024 * 1024),
  ).catch(() => undefined);
  for (let count = 0; count < 10; count++) await isServed();
  stuck.break();
  await sending;
});
