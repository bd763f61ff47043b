import { connect, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { encodeFrame, FrameType } from '../../protocol/frames.js';
import { encodeJson, encodeReset, ResetCause } from '../../protocol/messages.js';
import { DEFAULT_LIMITS } from '../../protocol/session.js';
import type { ConnectorPeer } from '../support/connector-peer.js';
import { address, configOfPaths, useEmulator, usePeer } from '../support/emulator.js';
import { useOrigin } from '../support/servers.js';

/** A connector holds its tunnel's secret, but it may be broken, old, or not who it was: the edge outlives what it does. */

const GET = 'GET / HTTP/1.1\r\nHost: tunnel.example.com\r\n\r\n';
const UPGRADE =
  'GET / HTTP/1.1\r\nHost: tunnel.example.com\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n';

async function start(tunnel: 'app' | 'gateway' = 'app') {
  const emu = await useEmulator({ config: configOfPaths({ port: 1 }) });
  const peer = await usePeer(emu, tunnel);
  const { port } = new URL(address(emu, 'url'));
  return { emu, peer, port: Number(port) };
}

/** Everything a client reads until the edge closes, or until `enough` of it has come. */
function exchange(port: number, request: string, enough: (text: string) => boolean = () => false): Promise<string> {
  return new Promise((resolve) => {
    const socket: Socket = connect(port, '127.0.0.1', () => socket.write(request));
    let text = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      text += chunk;
      if (enough(text)) socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text));
  });
}

const whole = (text: string): boolean => text.includes('ray:');

function head(peer: ConnectorPeer, stream: number, status: number, headers: string[] = []): void {
  peer.json(FrameType.HEAD, stream, { status, headers, source: 'origin' });
}

describe('a stream that is opened and broken in one breath is one failed request', () => {
  test.each([
    ['an upgrade that was accepted', 'app', UPGRADE, 101, 502],
    ['an upgrade that was refused', 'app', UPGRADE, 403, 502],
    ['a dial', 'gateway', GET.replace('tunnel.', 'private.'), 200, 520],
  ] as const)('%s', async (_what, tunnel, request, status, answer) => {
    const { emu, peer, port } = await start(tunnel);
    const reading = exchange(port, request, whole);
    // A dial whose connection broke before any answer is tried once more.
    for (let attempt = 0; attempt < (tunnel === 'gateway' ? 2 : 1); attempt++) {
      const { stream } = await peer.next(FrameType.OPEN);
      const reset = encodeReset({ cause: ResetCause.ORIGIN_RESET, unsent: false, detail: 'reset by the origin' });
      const message = encodeJson({ status, headers: [], source: 'origin' });
      peer.raw(
        Buffer.concat([encodeFrame(FrameType.HEAD, stream, message), encodeFrame(FrameType.RESET, stream, reset)]),
      );
    }
    expect(await reading).toMatch(new RegExp(`^HTTP/1.1 ${answer} `));
    expect([...emu.requests.list()][0]?.status).toBe(answer);
  });
});

describe('a response that is not what its head says never reaches the next one on the client’s connection', () => {
  test('two lengths that differ are an error page', async () => {
    const { peer, port } = await start();
    const reading = exchange(port, GET, whole);
    const { stream } = await peer.next(FrameType.OPEN);
    head(peer, stream, 200, ['Content-Length', '5', 'Content-Length', '6']);
    expect(await reading).toMatch(/^HTTP\/1.1 502 /);
  });

  test('a switch of protocols that nobody asked for is an error page', async () => {
    const { peer, port } = await start();
    const reading = exchange(port, GET, whole);
    const { stream } = await peer.next(FrameType.OPEN);
    head(peer, stream, 101, ['Connection', 'Upgrade', 'Upgrade', 'websocket']);
    expect(await reading).toMatch(/^HTTP\/1.1 502 /);
    expect((await peer.next(FrameType.RESET)).stream).toBe(stream);
  });

  test.each([
    ['too short', 'hel'],
    ['too long', 'hello, world'],
  ])('a body that is %s breaks the connection', async (_what, body) => {
    const { emu, peer, port } = await start();
    const reading = exchange(port, GET);
    const { stream } = await peer.next(FrameType.OPEN);
    head(peer, stream, 200, ['Content-Length', '5']);
    peer.send(FrameType.DATA, stream, Buffer.from(body));
    peer.send(FrameType.END, stream);
    const text = await reading;
    expect(text.split('\r\n\r\n')[1] ?? '').not.toContain(', world');
    expect([...emu.requests.list()][0]).toMatchObject({ outcome: 'cut_off' });
  });

  test('a length without a body is right for HEAD, 204 and 304', async () => {
    const { emu, peer, port } = await start();
    for (const [request, status] of [
      [GET.replace('GET', 'HEAD'), 200],
      [GET, 304],
    ] as const) {
      const reading = exchange(port, request, (text) => text.endsWith('\r\n\r\n'));
      const { stream } = await peer.next(FrameType.OPEN);
      head(peer, stream, status, ['Content-Length', '5']);
      peer.send(FrameType.END, stream);
      expect(await reading).toMatch(new RegExp(`^HTTP/1.1 ${status} [^]*content-length: 5`, 'i'));
      expect([...emu.requests.list()][0]).toMatchObject({ status, outcome: 'complete' });
    }
  });

  test('the answer to an upgrade cannot smuggle lines into the head, nor pose as the edge', async () => {
    const { peer, port } = await start();
    const smuggling = exchange(port, UPGRADE, whole);
    head(peer, (await peer.next(FrameType.OPEN)).stream, 101, ['X-A', '1\r\nX-Smuggled: 1']);
    expect(await smuggling).toMatch(/^HTTP\/1.1 502 /);

    const posing = exchange(port, UPGRADE, (text) => text.endsWith('\r\n\r\n'));
    head(peer, (await peer.next(FrameType.OPEN)).stream, 101, ['Upgrade', 'websocket', 'CF-Ray', 'mine', 'X-B', '2']);
    const text = await posing;
    expect(text).toMatch(/^HTTP\/1.1 101 /);
    expect(text.match(/^cf-ray: /gim)).toHaveLength(1);
    expect(text).toMatch(/^Upgrade: websocket\r$/im);
    expect(text).not.toContain('mine');
  });
});

test('a client that ends its side while its upgrade is under way leaves no socket behind', async () => {
  const { peer, port } = await start();
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const closed = new Promise<void>((resolve) => socket.once('end', resolve));
  socket.on('error', () => undefined).resume();
  socket.write(UPGRADE);
  await peer.next(FrameType.OPEN);
  socket.end();
  // The edge closes its side as well, and tells the connector.
  await closed;
  expect((await peer.next(FrameType.RESET)).payload[0]).toBe(ResetCause.CANCELLED);
});

test('a tunnel that has no room is not called disconnected', async () => {
  const { emu, peer, port } = await start();
  const sockets: Socket[] = [];
  for (let i = 0; i < DEFAULT_LIMITS.streams; i++) {
    sockets.push(
      connect(port, '127.0.0.1', function (this: Socket) {
        this.write(GET);
      }).on('error', () => undefined),
    );
    await peer.next(FrameType.OPEN);
  }
  const response = await emu.fetch('http://tunnel.example.com/');
  expect(response.status).toBe(503);
  expect(await response.text()).toContain('no room');
  for (const socket of sockets) socket.destroy();
  await peer.next(FrameType.RESET);
});

test('a refused connector cannot hold up the edge by keeping its socket open', async () => {
  const { emu } = await start();
  const url = new URL(address(emu, 'connectorsUrl'));
  const socket = connect({ port: Number(url.port), host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => undefined);
  socket.write(
    'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  let text = '';
  for await (const chunk of socket) text += chunk;
  expect(text).toMatch(/^HTTP\/1.1 401 /);
  // Its own side is still open; closing the edge does not wait for it.
  await emu.close();
  socket.destroy();
});

test('a connector that leaves is not held by connections which only wait to be used again', async () => {
  const origin = await useOrigin();
  const emu = await useEmulator({ config: configOfPaths({ port: origin.address.port }) });
  const leaving = await emu.connect({ tunnel: 'gateway', maps: ['10.1.2.3/32=127.0.0.1/32'] });
  expect((await emu.fetch('http://private.example.com/')).status).toBe(200);
  expect([...emu.requests.list()][0]?.attempts[0]?.tunnel).toBe('gateway');
  // Without closing them this would take the whole grace of 30 s, which is more than the test has.
  await leaving.drain();
}, 15_000);

test('reset lets the same requests take the same ways again', async () => {
  const origin = await useOrigin();
  const { port } = origin.address;
  const emu = await useEmulator({
    config: {
      zones: [
        { name: 'example.com', load_balancers: [{ name: 'app.example.com', proxied: true, default_pools: ['p'] }] },
      ],
      pools: [
        {
          name: 'p',
          origins: ['localhost', '127.0.0.1', '127.0.0.2'].map((host, i) => ({ name: `o${i}`, address: host, port })),
        },
      ],
    },
  });
  const ways = async (): Promise<(string | undefined)[]> => {
    for (let i = 0; i < 12; i++) await (await emu.fetch('http://app.example.com/')).text();
    return emu.requests.list().map((trace) => trace.endpoint);
  };
  const first = await ways();
  await emu.reset();
  expect(emu.requests.list()).toEqual([]);
  expect(await ways()).toEqual(first);
  expect(new Set(first).size).toBeGreaterThan(1);
});
