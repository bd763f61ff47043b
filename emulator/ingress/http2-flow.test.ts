import { once } from 'node:events';
import { constants } from 'node:http2';
import { describe, expect, test } from 'vitest';
import { answerOf, get, session } from './http2.test-support.js';
import { answerWith, openIngress, textOf, turns } from './ingress.test-support.js';

describe('a client that goes away', () => {
  test('by RST_STREAM is reported', async () => {
    const ingress = await openIngress({ tls: true });
    const stream = get(await session(ingress), { ':method': 'POST' });
    stream.on('error', () => undefined);
    const { response } = await ingress.forwarder.next();
    const gone = new Promise<void>((resolve) => response.onClose(resolve));
    stream.close(constants.NGHTTP2_CANCEL);
    await gone;
    // Whoever asks late hears it as well.
    await new Promise<void>((resolve) => response.onClose(resolve));
    response.head(200, []);
    response.write(Buffer.from('x'));
    response.end([]);
  });

  test('by closing its connection is reported for every stream, and bodies break off', async () => {
    const ingress = await openIngress({ tls: true });
    const client = await session(ingress);
    const gone = [];
    const broken = [];
    for (const method of ['GET', 'POST', 'PUT']) {
      const stream = get(client, { ':method': method });
      stream.on('error', () => undefined);
      if (method !== 'GET') stream.write('half');
      const { request, response } = await ingress.forwarder.next();
      gone.push(new Promise<void>((resolve) => response.onClose(resolve)));
      if (request.body) broken.push(expect(textOf(request.body)).rejects.toThrow());
    }
    await turns();
    client.destroy();
    await Promise.all([...gone, ...broken]);
    expect(broken).toHaveLength(2);
  });

  test('again and again, unanswered, loses its connection', async () => {
    const ingress = await openIngress({ tls: true, limits: { streamResets: 5 } });
    const client = await session(ingress);
    const closed = once(client, 'close');
    let opened = 0;
    while (!client.destroyed && opened < 100) {
      opened++;
      const stream = get(client);
      stream.on('error', () => undefined);
      stream.close(constants.NGHTTP2_CANCEL);
      await once(stream, 'close');
      await turns(2);
    }
    await closed;
    expect(opened).toBeLessThan(50);
    // Others are not hurt.
    ingress.forwarder.answer = answerWith('fine');
    expect((await answerOf(get(await session(ingress)))).text).toBe('fine');
  });

  test('now and then keeps its connection', async () => {
    const ingress = await openIngress({ tls: true, limits: { streamResets: 2 } });
    const client = await session(ingress);
    for (let i = 0; i < 10; i++) {
      const cancelled = get(client);
      cancelled.on('error', () => undefined);
      const { response } = await ingress.forwarder.next();
      const gone = new Promise<void>((resolve) => response.onClose(resolve));
      cancelled.close(constants.NGHTTP2_CANCEL);
      await gone;
      const kept = get(client);
      answerWith('kept')(await ingress.forwarder.next());
      expect((await answerOf(kept)).text).toBe('kept');
    }
  });
});

describe('back-pressure over HTTP/2', () => {
  test('stalls an upload that nobody reads, and only that one', async () => {
    const ingress = await openIngress({ tls: true });
    const client = await session(ingress);
    const size = 8 * 1024 * 1024;
    const stream = get(client, { ':method': 'POST' });
    stream.end(Buffer.alloc(size));
    const stalled = await ingress.forwarder.next();
    await turns(100);
    const other = get(client, { ':path': '/other' });
    answerWith('alive')(await ingress.forwarder.next());
    expect((await answerOf(other)).text).toBe('alive');
    expect(stream.writableLength).toBeGreaterThan(size / 2);
    let received = 0;
    for await (const chunk of stalled.request.body ?? []) received += (chunk as Buffer).length;
    expect(received).toBe(size);
    answerWith('all')(stalled);
    expect((await answerOf(stream)).text).toBe('all');
  });

  test('tells the forwarder to wait for a client that does not read', async () => {
    const ingress = await openIngress({ tls: true });
    const stream = get(await session(ingress));
    const { response } = await ingress.forwarder.next();
    const chunk = Buffer.alloc(64 * 1024);
    const count = 256;
    let written = 0;
    const go = (): void => {
      while (written < count) {
        written++;
        if (!response.write(chunk)) return;
      }
      response.end([]);
    };
    response.head(200, []);
    response.onDrain(go);
    go();
    await turns(100);
    expect(written).toBeLessThan(count);
    expect((await textOf(stream)).length).toBe(count * chunk.length);
  });
});

describe('the body of an HTTP/2 request', () => {
  test('that stays away for too long is answered 408', async () => {
    const ingress = await openIngress({ tls: true });
    const stream = get(await session(ingress), { ':method': 'POST' });
    stream.on('error', () => undefined);
    stream.write('half');
    const { request, response } = await ingress.forwarder.next();
    const gone = new Promise<void>((resolve) => response.onClose(resolve));
    const reading = textOf(request.body);
    await turns(10);
    ingress.deadlines.elapse(60_000);
    await expect(reading).rejects.toThrow();
    await gone;
    const [headers] = await once(stream, 'response');
    expect(headers[':status']).toBe(408);
  });

  test('can be given up, and the response still comes', async () => {
    const ingress = await openIngress({ tls: true });
    const stream = get(await session(ingress), { ':method': 'POST' });
    stream.on('error', () => undefined);
    stream.write('half');
    const { request, response } = await ingress.forwarder.next();
    request.body?.destroy(new Error('the endpoint broke'));
    await turns();
    response.head(502, []);
    response.write(Buffer.from('sorry'));
    response.end(['x-why', 'broken']);
    expect(await answerOf(stream)).toMatchObject({
      headers: { ':status': 502 },
      text: 'sorry',
      trailers: { 'x-why': 'broken' },
    });
  });
});

test('a response that breaks off resets its stream and leaves the others alone', async () => {
  const ingress = await openIngress({ tls: true });
  const client = await session(ingress);
  const stream = get(client);
  const failed = once(stream, 'error');
  const { response } = await ingress.forwarder.next();
  response.head(200, []);
  response.write(Buffer.from('half'));
  await once(stream, 'response');
  stream.resume();
  response.destroy();
  expect((await failed)[0].message).toContain('NGHTTP2_INTERNAL_ERROR');
  const other = get(client);
  answerWith('fine')(await ingress.forwarder.next());
  expect((await answerOf(other)).text).toBe('fine');
});
