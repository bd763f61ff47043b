import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { describe, expect, onTestFinished, test } from 'vitest';
import { answered, ask, dial, open, readUntil, whole } from '../support/client.js';
import { WatchedDeadlines } from '../support/deadlines.js';
import { address, hostOf, KINDS, usePaths } from '../support/emulator.js';
import { useOrigin, useServer } from '../support/servers.js';

/** An origin whose requests the test answers by hand, one after the other. */
async function useHandOrigin() {
  const waiting: [IncomingMessage, ServerResponse][] = [];
  let wake: () => void = () => undefined;
  const { port, server } = await useServer((request, response) => {
    waiting.push([request, response]);
    wake();
  });
  server.on('checkContinue', (request, response) => server.emit('request', request, response));
  const next = async (): Promise<[IncomingMessage, ServerResponse]> => {
    for (;;) {
      const exchange = waiting.shift();
      if (exchange) return exchange;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return { port, next };
}

const textOf = async (message: IncomingMessage): Promise<string> => (await whole(message)).body;
const nextChunk = async (message: IncomingMessage): Promise<string> => {
  let chunk: Buffer | null = message.read();
  if (!chunk) {
    await once(message, 'readable');
    chunk = message.read();
  }
  return String(chunk);
};

describe.each(KINDS)('by %s path', (kind) => {
  const host = hostOf(kind);

  test('the head of an answer comes before its body, and every event before the next', async () => {
    const origin = await useHandOrigin();
    const emu = await usePaths({ port: origin.port });
    const request = open(address(emu, 'url'), host, { path: '/events' }).end();
    const [, response] = await origin.next();
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    const answer = await answered(request);
    expect(answer.headers['content-type']).toBe('text/event-stream');
    // Each is written only when the one before it has arrived.
    for (const event of ['data: 1\n\n', 'data: 2\n\n', 'data: 3\n\n']) {
      response.write(event);
      expect(await nextChunk(answer)).toBe(event);
    }
    response.end();
    expect(await textOf(answer)).toBe('');
  });

  test('events come one by one over HTTP/2, too', async () => {
    const origin = await useHandOrigin();
    const emu = await usePaths({ port: origin.port });
    const session = connectHttp2(address(emu, 'httpsUrl'), { servername: host, ca: await emu.caPem() });
    onTestFinished(() => session.destroy());
    const stream = session.request({ ':path': '/events', ':authority': host });
    const [, response] = await origin.next();
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    await once(stream, 'response');
    for (const event of ['data: 1\n\n', 'data: 2\n\n']) {
      response.write(event);
      expect(String((await once(stream, 'data'))[0])).toBe(event);
    }
    const ended = once(stream, 'end');
    response.end();
    await ended;
  });

  test('the body of a request reaches the origin piece by piece, and the answer may come before its end', async () => {
    const origin = await useHandOrigin();
    const emu = await usePaths({ port: origin.port });
    const request = open(address(emu, 'url'), host, { method: 'POST' });
    request.write('one');
    const [received, response] = await origin.next();
    expect(await nextChunk(received)).toBe('one');
    response.write('got one');
    const answer = await answered(request);
    expect(await nextChunk(answer)).toBe('got one');
    request.end('two');
    expect(await textOf(received)).toBe('two');
    response.end(', and two');
    expect(await textOf(answer)).toBe(', and two');
  });

  test('trailers of the answer arrive, over HTTP/1.1 and HTTP/2', async () => {
    const origin = await useOrigin();
    const emu = await usePaths({ port: origin.address.port });
    const answer = await ask(address(emu, 'url'), host, { path: '/trailers', headers: { te: 'trailers' } });
    expect(answer.trailers).toMatchObject({
      'x-trailer-origin': 'origin',
      'x-sha256': expect.stringMatching(/^[0-9a-f]{64}$/),
    });

    const session = connectHttp2(address(emu, 'httpsUrl'), { servername: host, ca: await emu.caPem() });
    onTestFinished(() => session.destroy());
    const stream = session.request({ ':path': '/trailers', ':authority': host, te: 'trailers' });
    const trailers = once(stream, 'trailers');
    stream.resume();
    expect((await trailers)[0]).toMatchObject({ 'x-sha256': answer.trailers['x-sha256'] });
  });

  test('100 Continue is sent once the origin’s turn has come, and the body follows', async () => {
    const origin = await useHandOrigin();
    const emu = await usePaths({ port: origin.port });
    const headers = { expect: '100-continue', 'content-length': '5' };
    const request = open(address(emu, 'url'), host, { method: 'PUT', headers });
    request.flushHeaders();
    await once(request, 'continue');
    request.end('hello');
    const [received, response] = await origin.next();
    expect(received.headers).not.toHaveProperty('expect');
    expect(await textOf(received)).toBe('hello');
    response.end('stored');
    expect(await textOf(await answered(request))).toBe('stored');
  });

  test('HEAD has the headers and no body; 204 and 304 have none either; the connection goes on', async () => {
    const origin = await useHandOrigin();
    const emu = await usePaths({ port: origin.port });
    const socket = await dial(address(emu, 'url'));
    const say = async (method: string, answer: (response: ServerResponse) => void): Promise<string> => {
      socket.write(`${method} / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      const [received, response] = await origin.next();
      expect(received.method).toBe(method);
      answer(response);
      return readUntil(socket, (text) => text.includes('\r\n\r\n'));
    };
    const head = await say('HEAD', (response) => response.writeHead(200, { 'content-length': '1000' }).end());
    expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(head).toMatch(/\r\ncontent-length: 1000\r\n/i);
    const noContent = await say('DELETE', (response) => response.writeHead(204).end());
    expect(noContent).toMatch(/^HTTP\/1\.1 204 No Content\r\n/);
    const notModified = await say('GET', (response) => response.writeHead(304, { etag: '"a"' }).end());
    expect(notModified).toMatch(/^HTTP\/1\.1 304 Not Modified\r\n.*etag: "a"/is);
    for (const answer of [head, noContent, notModified]) {
      expect(answer).toMatch(/\r\n\r\n$/);
      expect(answer).not.toMatch(/transfer-encoding/i);
    }
    // Were a byte of a body left on the wire, this would not be read as an answer.
    const last = await say('GET', (response) => response.writeHead(200, { 'content-length': '4' }).end('last'));
    expect(last).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    if (!last.endsWith('last')) expect(await readUntil(socket, (text) => text.length >= 4)).toBe('last');
  });

  test('a client that goes away is told to the origin: before the answer, and in the middle of it', async () => {
    const origin = await useHandOrigin();
    const emu = await usePaths({ port: origin.port });
    const impatient = open(address(emu, 'url'), host).end();
    const [, unanswered] = await origin.next();
    const gone = once(unanswered, 'close');
    impatient.destroy();
    await gone;
    expect(unanswered.writableFinished).toBe(false);

    const bored = open(address(emu, 'url'), host).end();
    const [, half] = await origin.next();
    half.write('half');
    const answer = await answered(bored);
    expect(await nextChunk(answer)).toBe('half');
    const closed = once(half, 'close');
    bored.destroy();
    await closed;
    expect(emu.requests.list(2).map((trace) => trace.outcome)).toEqual(['client_closed', 'client_closed']);

    // Neither took anything with it.
    const next = emu.fetch(`http://${host}/`);
    (await origin.next())[1].end('still here');
    expect(await (await next).text()).toBe('still here');
  });

  test('a client that goes away in the middle of its upload is told to the origin', async () => {
    const origin = await useHandOrigin();
    const emu = await usePaths({ port: origin.port });
    const request = open(address(emu, 'url'), host, { method: 'POST' });
    request.write('half');
    const [received] = await origin.next();
    expect(await nextChunk(received)).toBe('half');
    const broken = textOf(received);
    request.destroy();
    await expect(broken).rejects.toThrow('aborted');
  });

  test('an HTTP/2 client that resets its stream is told to the origin', async () => {
    const origin = await useHandOrigin();
    const emu = await usePaths({ port: origin.port });
    const session = connectHttp2(address(emu, 'httpsUrl'), { servername: host, ca: await emu.caPem() });
    onTestFinished(() => session.destroy());
    const stream = session.request({ ':path': '/', ':authority': host });
    const [, response] = await origin.next();
    const closed = once(response, 'close');
    stream.close(8);
    await closed;
    expect(response.writableFinished).toBe(false);
  });

  test('an origin that breaks off in the middle of its answer breaks the client’s', async () => {
    const origin = await useHandOrigin();
    const emu = await usePaths({ port: origin.port });
    for (const length of [{ 'content-length': '1000' }, {}]) {
      const request = open(address(emu, 'url'), host).end();
      const [, response] = await origin.next();
      response.writeHead(200, length as Record<string, string>);
      response.write('half');
      const answer = await answered(request);
      expect(await nextChunk(answer)).toBe('half');
      response.destroy();
      await expect(whole(answer)).rejects.toThrow('aborted');
      expect(emu.requests.list(1)[0]).toMatchObject({ status: 200, outcome: 'cut_off' });
    }
    const next = emu.fetch(`http://${host}/`);
    (await origin.next())[1].end('again');
    expect(await (await next).text()).toBe('again');
  });

  test('an origin that answers early and does not read the rest leaves a client that can go on', async () => {
    const origin = await useHandOrigin();
    const emu = await usePaths({ port: origin.port });
    const socket = await dial(address(emu, 'url'));
    socket.write(`POST /one HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 10\r\n\r\nhalf `);
    const [, response] = await origin.next();
    response.writeHead(413, { 'content-length': '9', connection: 'close' }).end('too large');
    expect(await readUntil(socket, (text) => text.endsWith('too large'))).toMatch(/^HTTP\/1\.1 413 /);
    socket.write(`rest.GET /two HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    const [received, second] = await origin.next();
    expect(received.url).toBe('/two');
    second.writeHead(200, { 'content-length': '2' }).end('ok');
    expect(await readUntil(socket, (text) => text.endsWith('ok'))).toMatch(/^HTTP\/1\.1 200 /);
  });

  test('connections are kept: the client’s, and the one to the origin', async () => {
    const ports = new Set<number | undefined>();
    const { port } = await useServer((request, response) => {
      ports.add(request.socket.remotePort);
      request.resume().on('end', () => response.end('ok'));
    });
    const emu = await usePaths({ port });
    const socket = await dial(address(emu, 'url'));
    for (let request = 0; request < 5; request++) {
      socket.write(`POST / HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 2\r\n\r\nhi`);
      await readUntil(socket, (text) => text.endsWith('0\r\n\r\n') || text.endsWith('ok'));
    }
    // Private addresses are dialled through whichever of the two nearest connections is drawn.
    expect(ports.size).toBeLessThanOrEqual(kind === 'private' ? 2 : 1);
  });

  test('a request is sent again when the origin closes the kept connection just then', async () => {
    let served = 0;
    const { port } = await useServer((request, response) => {
      served++;
      // The second request finds a connection that is no more.
      if (served === 2) request.socket.destroy();
      else response.end(`answer ${served}`);
    });
    const emu = await usePaths({ port });
    await emu.connect({ tunnel: 'gateway', location: 'NRT', connections: 1, maps: ['10.1.2.3/32=127.0.0.1/32'] });
    expect(await (await emu.fetch(`http://${host}/`)).text()).toBe('answer 1');
    expect(await (await emu.fetch(`http://${host}/`)).text()).toBe('answer 3');
  });

  test('the deadline for the answer waits while a body is coming in, and passes after its last byte', async () => {
    const deadlines = new WatchedDeadlines();
    const origin = await useHandOrigin();
    const emu = await usePaths({ port: origin.port, deadlines, settings: { timeouts: { response: 5 } } });
    const request = open(address(emu, 'url'), host, { method: 'POST' });
    request.write('x');
    const [received] = await origin.next();
    expect(await nextChunk(received)).toBe('x');
    // Ten times four seconds between two pieces: longer in all than any answer may take.
    for (let piece = 0; piece < 10; piece++) {
      deadlines.elapse(4_000);
      request.write('x');
      expect(await nextChunk(received)).toBe('x');
    }
    request.end();
    const late = answered(request);
    expect(await textOf(received)).toBe('');
    deadlines.elapse(5_000);
    const answer = await whole(await late);
    expect(answer.status).toBe(524);
    expect(answer.headers['cf-error-type']).toBe('524');
  });

  test('the deadline does not touch an answer that has begun', async () => {
    const deadlines = new WatchedDeadlines();
    const origin = await useHandOrigin();
    const emu = await usePaths({ port: origin.port, deadlines, settings: { timeouts: { response: 5 } } });
    const request = open(address(emu, 'url'), host).end();
    const [, response] = await origin.next();
    response.write('first');
    const answer = await answered(request);
    expect(await nextChunk(answer)).toBe('first');
    deadlines.elapse(5_000);
    response.end('second');
    expect(await textOf(answer)).toBe('second');
  });
});
