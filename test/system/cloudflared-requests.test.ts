import { once } from 'node:events';
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { digestOf, pattern } from '../support/bytes.js';
import { answered, ask, open, whole } from '../support/client.js';
import { useCloudflared } from '../support/cloudflared.js';
import { type CloudflaredPeer, respond } from '../support/cloudflared-peer.js';
import { WatchedDeadlines } from '../support/deadlines.js';
import { address, configOfPaths, nextEvent, useEmulator } from '../support/emulator.js';
import { parseRoute } from '../support/route.js';
import { closedPort, useOrigin, useServer } from '../support/servers.js';
import { connectWebSocket, openWebSocket, refused, useWebSocketServer } from '../support/websocket.js';

const LISTEN = { cloudflared: ['127.0.0.1:0'] } as const;
const HOST = 'tunnel.example.com';

async function usePeerOf(tunnel: 'app' | 'gateway', options: { port?: number; deadlines?: WatchedDeadlines } = {}) {
  const { port = 9, deadlines } = options;
  const emu = await useEmulator({
    config: configOfPaths({ port }),
    listen: LISTEN,
    ...(deadlines === undefined ? {} : { deadlines }),
  });
  const peer = await useCloudflared(emu, tunnel);
  return { emu, peer, url: address(emu, 'url') };
}

/** The next request that the peer gets, and the stream to answer it on. */
function nextRequest(peer: CloudflaredPeer): Promise<{ stream: ServerHttp2Stream; headers: IncomingHttpHeaders }> {
  return new Promise((resolve) => {
    peer.serve = (stream, headers) => resolve({ stream, headers });
  });
}

describe('a request over HTTP', () => {
  test('reaches the connector as it was, and the answer the client, with its way', async () => {
    const { peer, url, emu } = await usePeerOf('app');
    const next = nextRequest(peer);
    const reply = ask(url, HOST, {
      path: '/a?b=c',
      headers: { 'X-Own': ['one', 'two'], cookie: 'a=b', 'colocal-client-ip': '203.0.113.7' },
    });
    const { stream, headers } = await next;
    expect(headers).toMatchObject({
      ':method': 'GET',
      ':path': '/a?b=c',
      ':scheme': 'http',
      ':authority': HOST,
      'x-own': 'one, two',
      cookie: 'a=b',
      'cf-connecting-ip': '203.0.113.7',
    });
    for (const name of ['host', 'connection', 'transfer-encoding', 'cf-cloudflared-proxy-connection-upgrade'])
      expect(headers).not.toHaveProperty(name);
    respond(stream, 201, ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'X-Accented', 'caf\u00e9', 'Content-Length', '5']);
    stream.end('hello');
    const { status, body, rawHeaders, headers: got } = await reply;
    expect([status, body]).toEqual([201, 'hello']);
    expect(got['set-cookie']).toEqual(['a=1', 'b=2']);
    expect(got['x-accented']).toBe('caf\u00e9');
    expect(rawHeaders).toContain('X-Accented');
    expect(rawHeaders.join()).not.toContain('cloudflared');
    expect(parseRoute(String(got['colocal-route']))).toMatchObject({ tunnel: 'app', egress: 'NRT', attempts: 1 });
    expect(emu.requests.list(1)[0]).toMatchObject({ status: 201, attempts: [{ tunnel: 'app', status: 201 }] });
  });

  test('carries bodies of any size both ways, at the pace of whoever reads', async () => {
    const { peer, url } = await usePeerOf('app');
    peer.serve = (stream) => {
      respond(stream, 200, []);
      stream.pipe(stream);
    };
    const size = 20 * 1024 * 1024;
    const request = open(url, HOST, { method: 'POST' });
    const sending = (async () => {
      for (const chunk of pattern(size)) if (!request.write(chunk)) await once(request, 'drain');
      request.end();
    })();
    const [got, sent] = await Promise.all([
      answered(request).then((response) => digestOf(response)),
      digestOf(pattern(size)),
    ]);
    await sending;
    expect(got).toEqual(sent);
  });

  test('that stands still, because the client does not read, is passed by others', async () => {
    const { peer, url } = await usePeerOf('app');
    const length = 32 * 1024 * 1024;
    let stalled = 0;
    peer.serve = async (stream, headers) => {
      respond(stream, 200, []);
      for (const piece of pattern(length)) {
        if (headers[':path'] === '/stalled') stalled += piece.length;
        if (!stream.write(piece)) await once(stream, 'drain');
      }
      stream.end();
    };
    const expected = await digestOf(pattern(length));
    const unread = await answered(open(url, HOST, { path: '/stalled' }).end());
    expect(await digestOf(await answered(open(url, HOST, { path: '/other' }).end()))).toEqual(expected);
    // Windows, and the buffers of the client's socket.
    expect(stalled).toBeLessThan(length / 2);
    expect(await digestOf(unread)).toEqual(expected);
  });

  test('is answered whole, also when many answers come in one breath', async () => {
    const { peer, url } = await usePeerOf('app');
    const count = 100;
    const asked: { stream: ServerHttp2Stream; path: string }[] = [];
    peer.serve = (stream, headers) => {
      asked.push({ stream, path: String(headers[':path']) });
      if (asked.length < count) return;
      for (const each of asked) {
        respond(each.stream, 200, ['X-Path', each.path]);
        each.stream.end(each.path);
      }
    };
    const replies = await Promise.all(
      Array.from({ length: count }, (_, index) => ask(url, HOST, { path: `/${index}` })),
    );
    for (const [index, reply] of replies.entries())
      expect(reply).toMatchObject({ status: 200, body: `/${index}`, headers: { 'x-path': `/${index}` } });
  });

  test('has trailers', async () => {
    const { peer, url } = await usePeerOf('app');
    peer.serve = (stream) => {
      respond(stream, 200, ['Trailer', 'X-Sum'], 'origin', { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': '42' }));
      stream.end('summed');
    };
    const reply = await ask(url, HOST, { headers: { te: 'trailers' } });
    expect(reply.body).toBe('summed');
    expect(reply.trailers).toEqual({ 'x-sum': '42' });
  });

  test('streams events as they come', async () => {
    const { peer, url } = await usePeerOf('app');
    const next = nextRequest(peer);
    const request = open(url, HOST, { headers: { accept: 'text/event-stream' } });
    request.end();
    const { stream } = await next;
    respond(stream, 200, ['Content-Type', 'text/event-stream']);
    const response = await answered(request);
    for (const event of ['data: 1\n\n', 'data: 2\n\n']) {
      stream.write(event);
      expect(String((await once(response, 'data'))[0])).toBe(event);
    }
    stream.end();
    await once(response, 'end');
  });

  test.each(['HEAD', 'DELETE', 'POST'])('%s without a body has none', async (method) => {
    const { peer, url } = await usePeerOf('app');
    const next = nextRequest(peer);
    const reply = ask(url, HOST, { method, ...(method === 'POST' ? { headers: { 'content-length': 0 } } : {}) });
    const { stream } = await next;
    stream.resume();
    await once(stream, 'end');
    respond(stream, 204, []);
    stream.end();
    expect((await reply).status).toBe(204);
  });

  test('that the client gives up is given up at the connector', async () => {
    const { peer, url } = await usePeerOf('app');
    const next = nextRequest(peer);
    const request = open(url, HOST);
    request.end();
    const { stream } = await next;
    const closed = once(stream, 'close');
    request.destroy();
    await closed;
    expect(stream.rstCode).toBe(8);
  });
});

describe('502', () => {
  test('of the origin is passed on; that of cloudflared is the error of the edge', async () => {
    const { peer, url, emu } = await usePeerOf('app');
    peer.serve = (stream, headers) => {
      const source = headers[':path'] === '/origin' ? 'origin' : 'cloudflared';
      respond(stream, 502, source === 'origin' ? ['X-Own', 'yes'] : [], source);
      stream.end(source === 'origin' ? 'the origin says so' : '');
    };
    expect(await ask(url, HOST, { path: '/origin' })).toMatchObject({
      status: 502,
      body: 'the origin says so',
      headers: { 'x-own': 'yes' },
    });
    const own = await ask(url, HOST, { path: '/cloudflared' });
    expect(own).toMatchObject({ status: 502, headers: { 'cache-control': 'no-store' } });
    expect(emu.requests.list(1)[0]?.attempts).toMatchObject([{ failure: 'unspecified' }]);
  });

  test('of cloudflared is one line that names tunnel, connector and rule, in the log and on the page', async () => {
    const { peer, url, emu } = await usePeerOf('app');
    peer.serve = (stream) => {
      respond(stream, 502, [], 'cloudflared');
      stream.end();
    };
    const failed = nextEvent(emu, 'endpoint.failed');
    const { body } = await ask(url, HOST, { path: '/' });
    const reason = 'rule 1 (* -> http://127.0.0.1:9): cannot reach the service; the log of cloudflared says why';
    expect(body).toContain(reason);
    const { data, message } = await failed;
    expect(data).toMatchObject({ tunnel: 'app', failure: 'unspecified', status: 502 });
    expect(message).toContain(`connector ${String(data.connector).slice(0, 8)}: ${reason}`);
  });

  test.each([
    ['a stream that is reset before any answer', (stream: ServerHttp2Stream) => stream.close(2)],
    ['one that is reset at once, over and over', (stream: ServerHttp2Stream) => stream.close(8)],
    ['one that is closed as if all were well', (stream: ServerHttp2Stream) => stream.close(0)],
  ])('for %s, and the connection goes on', async (_what, serve) => {
    const { peer, url } = await usePeerOf('app');
    const usual = peer.serve;
    peer.serve = serve;
    const replies = await Promise.all(Array.from({ length: 200 }, () => ask(url, HOST)));
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([502]));
    peer.serve = usual;
    expect(await ask(url, HOST, { path: '/on' })).toMatchObject({ status: 200, body: '/on' });
  });

  test('is not what comes when an answer breaks off: the client sees that it is not whole', async () => {
    const { peer, url } = await usePeerOf('app');
    peer.serve = (stream) => {
      respond(stream, 200, ['Content-Length', '100']);
      stream.write('a part');
      stream.once('drain', () => undefined);
      setImmediate(() => stream.close(2));
    };
    const request = open(url, HOST);
    request.end();
    await expect(answered(request).then(whole)).rejects.toThrow();
  });
});

describe('a WebSocket', () => {
  test('is bytes both ways once the connector says 200', async () => {
    const { port } = await useWebSocketServer((socket) =>
      socket.on('message', (data) => socket.send(`you said ${data}`)),
    );
    const { peer, emu } = await usePeerOf('app');
    peer.serve = (stream, headers) => proxyWebSocket(stream, headers, port);
    const { socket, head } = await connectWebSocket(emu, HOST, '/chat');
    expect(head.headers['colocal-route']).toContain('tunnel="app"');
    for (const message of ['hi', 'x'.repeat(1_000_000)]) {
      socket.send(message);
      expect(String((await once(socket, 'message'))[0])).toBe(`you said ${message}`);
    }
    const closed = once(socket, 'close');
    socket.close(4000, 'done');
    expect((await closed).map(String)).toEqual(['4000', 'done']);
    expect(emu.requests.list(1)[0]).toMatchObject({ status: 101 });
  });

  test('that the origin refuses is refused with its answer', async () => {
    const { peer, emu } = await usePeerOf('app');
    peer.serve = (stream, headers) => {
      expect(headers['cf-cloudflared-proxy-connection-upgrade']).toBe('websocket');
      respond(stream, 403, ['X-Own', 'yes']);
      stream.end('members only');
    };
    const answer = await refused(openWebSocket(emu, HOST, '/'));
    expect(await whole(answer)).toMatchObject({ status: 403, body: 'members only', headers: { 'x-own': 'yes' } });
  });

  test('to a service that is not there is a 502 of the edge', async () => {
    const { peer, emu } = await usePeerOf('app');
    peer.serve = (stream) => {
      respond(stream, 502, [], 'cloudflared');
      stream.end();
    };
    const answer = await refused(openWebSocket(emu, HOST, '/'));
    expect(await whole(answer)).toMatchObject({ status: 502, headers: { 'cache-control': 'no-store' } });
  });
});

describe('a private address', () => {
  test('is dialled by the connector, for HTTP and for WebSockets', async () => {
    const origin = await useOrigin();
    const { peer, url, emu } = await usePeerOf('gateway', { port: origin.address.port });
    const asked: string[] = [];
    peer.serve = (stream, headers) => {
      asked.push(String(headers[':authority']));
      expect(headers['cf-cloudflared-proxy-src']).toMatch(/^[\d.]+:\d+$/);
      const socket = connect(origin.address.port, '127.0.0.1', () => {
        respond(stream, 200, []);
        stream.pipe(socket).pipe(stream);
      });
      socket.on('error', () => stream.close());
      stream.on('close', () => socket.destroy());
    };
    const reply = await ask(url, 'private.example.com', { path: '/get' });
    expect(reply).toMatchObject({ status: 200, headers: { 'x-origin': 'origin' } });
    const { socket } = await connectWebSocket(emu, 'private.example.com', '/ws');
    socket.send('hi');
    expect(String((await once(socket, 'message'))[0])).toContain('hi');
    expect(new Set(asked)).toEqual(new Set([`10.1.2.3:${origin.address.port}`]));
  });

  test('that cannot be dialled is 521, and 522 if that took as long as the connector waits', async () => {
    const deadlines = new WatchedDeadlines();
    const { peer, url, emu } = await usePeerOf('gateway', { port: await closedPort(), deadlines });
    peer.serve = (stream) => {
      respond(stream, 502, [], 'cloudflared');
      stream.end();
    };
    expect((await ask(url, 'private.example.com')).status).toBe(521);
    peer.serve = (stream) => {
      deadlines.elapse(5_000);
      respond(stream, 502, [], 'cloudflared');
      stream.end();
    };
    expect((await ask(url, 'private.example.com')).status).toBe(522);
    expect(emu.requests.list(2).map(({ attempts }) => attempts[0]?.failure)).toEqual(['timeout', 'unspecified']);
  });
});

/** What cloudflared does with a WebSocket: asks the origin, and says 200 where the origin says 101. */
function proxyWebSocket(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, port: number): void {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => stream.close());
  stream.on('close', () => socket.destroy());
  socket.write(
    `GET ${headers[':path']} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${headers['sec-websocket-key']}\r\n\r\n`,
  );
  socket.once('data', (head: Buffer) => {
    const accept = /sec-websocket-accept: (\S+)/i.exec(head.toString('latin1'))?.[1] ?? '';
    respond(stream, 200, ['Upgrade', 'websocket', 'Connection', 'Upgrade', 'Sec-WebSocket-Accept', accept]);
    stream.pipe(socket).pipe(stream);
  });
}

test('a request to a service by both protocols is the same to the client', async () => {
  const { port } = await useServer((request, response) => response.setHeader('X-Own', 'yes').end(request.url));
  const emu = await useEmulator({ config: configOfPaths({ port }), listen: LISTEN });
  await emu.connect({ tunnel: 'app', connections: 1 });
  const url = address(emu, 'url');
  const ours = await ask(url, HOST, { path: '/same' });
  const peer = await useCloudflared(emu, 'app');
  peer.serve = (stream, headers) => {
    respond(stream, 200, ['X-Own', 'yes', 'Content-Length', '5']);
    stream.end(headers[':path']);
  };
  const replies = await Promise.all(Array.from({ length: 20 }, () => ask(url, HOST, { path: '/same' })));
  for (const reply of replies) {
    expect(reply).toMatchObject({ status: ours.status, body: ours.body, headers: { 'x-own': 'yes' } });
  }
  expect(new Set(replies.map(({ headers }) => parseRoute(String(headers['colocal-route'])).connector)).size).toBe(2);
});
