import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Agent, IncomingMessage, type RequestOptions, request, ServerResponse } from 'node:http';
import { connect, Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { ManualDeadlines } from '../runtime/deadlines.js';
import { bytes, PATTERN_LENGTH, patternByte } from './answers/bytes.js';
import { type Origin, startOrigin } from './origin.js';

let deadlines: ManualDeadlines;
let origin: Origin;
beforeEach(async () => {
  deadlines = new ManualDeadlines();
  origin = await startOrigin({ name: 'tokyo-a', host: '127.0.0.1', port: 0, deadlines });
});
afterEach(async () => {
  const closed = origin.close();
  deadlines.elapse(60_000);
  await closed;
});

function send(path: string, options: RequestOptions = {}, body?: string | Buffer): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port: origin.address.port, path, agent: false, ...options }, resolve);
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

async function bodyOf(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function jsonOf(response: IncomingMessage): Promise<Record<string, unknown>> {
  return JSON.parse((await bodyOf(response)).toString());
}

/** Resolves once that many deadlines wait: until then requests are still on their way. */
async function untilWaiting(count: number): Promise<void> {
  while (deadlines.size < count) await new Promise((resolve) => setImmediate(resolve));
}

describe('origin', () => {
  test('says who it is and what it received', async () => {
    const response = await send('/some/path?x=1', { method: 'POST', headers: { 'cf-ray': 'abc-NRT' } }, 'twelve bytes');
    expect(response.headers['x-origin']).toBe('tokyo-a');
    expect(await jsonOf(response)).toMatchObject({
      origin: 'tokyo-a',
      method: 'POST',
      path: '/some/path?x=1',
      headers: { 'cf-ray': 'abc-NRT' },
      remote_address: '127.0.0.1',
      body_bytes: 12,
    });
  });

  test('turns unhealthy and healthy again by its switch', async () => {
    expect((await send('/health')).statusCode).toBe(200);
    expect((await send('/health/down')).statusCode).toBe(405);
    expect(await jsonOf(await send('/health/down', { method: 'POST' }))).toEqual({ origin: 'tokyo-a', healthy: false });
    expect((await send('/health')).statusCode).toBe(503);
    await send('/health/up', { method: 'POST' });
    expect((await send('/health')).statusCode).toBe(200);
  });

  test('can start unhealthy', async () => {
    const sick = await startOrigin({ name: 'sick', host: '127.0.0.1', port: 0, deadlines, healthy: false });
    expect((await send('/health', { port: sick.address.port })).statusCode).toBe(503);
    await sick.close();
  });

  test('answers slowly', async () => {
    const before = deadlines.size;
    const pending = send('/slow?ms=5000');
    await untilWaiting(before + 1);
    deadlines.elapse(5_000);
    expect(await jsonOf(await pending)).toEqual({ origin: 'tokyo-a', waited: 5_000 });
  });

  test('answers any final status', async () => {
    for (const code of [200, 204, 304, 404, 503, 530]) expect((await send(`/status/${code}`)).statusCode).toBe(code);
  });

  test.each([
    '/status/100',
    '/status/600',
    '/status/',
    '/slow?ms=60001',
    '/slow?ms=-1',
    '/stream?count=0',
    '/bytes/1e3',
  ])('refuses %s and says what is allowed', async (path) => {
    const response = await send(path);
    expect(response.statusCode).toBe(400);
    expect(await jsonOf(response)).toMatchObject({ error: { code: 'PARAMETER_INVALID' } });
  });

  test('streams events and ends by itself', async () => {
    const response = await send('/stream?count=3&ms=1000');
    expect(response.headers['content-type']).toBe('text/event-stream');
    const body = bodyOf(response);
    for (let i = 0; i < 2; i++) {
      await untilWaiting(1);
      deadlines.elapse(1_000);
    }
    expect((await body).toString().match(/^id: \d$/gm)).toEqual(['id: 1', 'id: 2', 'id: 3']);
  });

  test('stops streaming to a client that left', async () => {
    const response = await send('/stream?count=10000&ms=1000');
    await untilWaiting(1);
    response.destroy();
    while (deadlines.size > 0) await new Promise((resolve) => setImmediate(resolve));
  });

  test('digests an upload', async () => {
    const body = Buffer.alloc(3_000_000, 'upload');
    const response = await send('/upload', { method: 'PUT' }, body);
    expect(await jsonOf(response)).toEqual({
      origin: 'tokyo-a',
      bytes: body.length,
      sha256: createHash('sha256').update(body).digest('hex'),
    });
  });

  test.each([
    [0, ''],
    [1, ''],
    [PATTERN_LENGTH, ''],
    [PATTERN_LENGTH * 3 + 7, ''],
    [200_000, '?chunk=1000'],
    [200_000, '?chunk=65535'],
  ])('sends %i bytes of the pattern%s', async (length, query) => {
    const response = await send(`/bytes/${length}${query}`);
    expect(response.headers['content-length']).toBe(String(length));
    const expected = Buffer.from(Uint8Array.from({ length }, (_, offset) => patternByte(offset)));
    expect((await bodyOf(response)).equals(expected)).toBe(true);
  });

  test('tells the length of 16 GiB without sending them', async () => {
    const response = await send(`/bytes/${16 * 1024 ** 3}`, { method: 'HEAD' });
    expect(response.headers['content-length']).toBe('17179869184');
    expect(await bodyOf(response)).toHaveLength(0);
    expect((await send(`/bytes/${16 * 1024 ** 3 + 1}`)).statusCode).toBe(400);
  });

  test('queues no more than its client takes', () => {
    const message = new IncomingMessage(new Socket());
    const response = new ServerResponse(message);
    // A socket whose writes never finish, as when the client does not read.
    response.assignSocket(new Duplex({ read: () => undefined, write: () => undefined }) as Socket);
    const target = { path: '/bytes', rest: '4000000000', query: new URLSearchParams() };
    bytes({ name: 'tokyo-a', deadlines, healthy: true }, message, response, target);
    expect(response.writableLength).toBeGreaterThan(0);
    expect(response.writableLength).toBeLessThan(4 * PATTERN_LENGTH);
  });

  test('sends trailers after the body they belong to', async () => {
    const response = await send('/trailers');
    const body = await bodyOf(response);
    expect(response.trailers).toEqual({
      'x-sha256': createHash('sha256').update(body).digest('hex'),
      'x-trailer-origin': 'tokyo-a',
    });
  });
});

describe('WebSocket', () => {
  const open = (path: string) => new WebSocket(`ws://127.0.0.1:${origin.address.port}${path}`);

  test('messages come back as they were', async () => {
    const client = open('/ws');
    const [upgrade] = await once(client, 'upgrade');
    expect(upgrade.headers['x-origin']).toBe('tokyo-a');
    if (client.readyState !== WebSocket.OPEN) await once(client, 'open');
    for (const sent of ['hello', Buffer.from([0, 255, 7])]) {
      client.send(sent);
      const [data, isBinary] = await once(client, 'message');
      expect(isBinary).toBe(typeof sent !== 'string');
      expect(Buffer.compare(data, Buffer.from(sent))).toBe(0);
    }
    client.close();
    await once(client, 'close');
  });

  test.each([
    ['/ws?refuse=403', 403, 'refused, as the query asked'],
    ['/elsewhere', 404, 'the WebSocket is at /ws'],
    ['/ws?refuse=7', 400, 'whole number from 400 to 599'],
  ])('%s is refused with a body', async (path, status, message) => {
    const client = open(path);
    const [outgoing, response] = await once(client, 'unexpected-response');
    expect(response.statusCode).toBe(status);
    expect(response.headers['x-origin']).toBe('tokyo-a');
    expect(String((await jsonOf(response)).message)).toContain(message);
    outgoing.destroy();
  });
});

describe('closing', () => {
  test('lets a request in progress end, then closes its kept-alive connection', async () => {
    const agent = new Agent({ keepAlive: true });
    const pending = send('/slow?ms=5000', { agent });
    await untilWaiting(1);
    const closed = origin.close();
    await expect(send('/')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    deadlines.elapse(5_000);
    expect((await pending).statusCode).toBe(200);
    (await pending).resume();
    await closed;
    agent.destroy();
  });

  test('cuts off what has not ended after a while', async () => {
    const socket = connect(origin.address.port, '127.0.0.1');
    socket.write('POST /upload HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nhalf');
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    const gone = once(socket, 'close');
    const client = new WebSocket(`ws://127.0.0.1:${origin.address.port}/ws`);
    await once(client, 'open');
    const goodbye = once(client, 'close');
    const closed = origin.close();
    expect((await goodbye)[0]).toBe(1001);
    deadlines.elapse(10_000);
    await Promise.all([closed, gone]);
  });
});

test('a busy port names the origin and the flag', async () => {
  const again = startOrigin({ name: 'other', host: '127.0.0.1', port: origin.address.port, deadlines });
  await expect(again).rejects.toMatchObject({
    code: 'PORT_IN_USE',
    message: `the origin other listener cannot open 127.0.0.1:${origin.address.port}: the port is in use`,
    fix: expect.stringContaining('--listen'),
  });
});

test.each(['203.0.113.1', 'nobody.invalid'])(
  '%s, which cannot be listened on, is an error of the user',
  async (host) => {
    await expect(startOrigin({ name: 'other', host, port: 0, deadlines })).rejects.toMatchObject({
      code: 'CANNOT_LISTEN',
      kind: 'user',
      message: expect.stringContaining(`the origin other listener cannot open ${host}:0`),
      fix: expect.stringContaining('--listen'),
    });
  },
);
