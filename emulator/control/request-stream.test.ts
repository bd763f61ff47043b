import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type SentEvent, sentEvents } from '../commands/sent-events.js';
import { traced } from '../observe/journal.fixture.js';
import { type Fixture, startControl } from './control.fixture.js';
import { traceOf } from './request-trace.js';

let edge: Fixture;
beforeEach(async () => {
  edge = await startControl();
});
afterEach(() => edge.control.close());

/** The stream once it has begun, and its events. */
async function follow(query = ''): Promise<{ response: IncomingMessage; next(): Promise<SentEvent> }> {
  const { address: host, port } = edge.address;
  const request = get({ host, port, path: `/colocal/v1/requests/stream${query}`, agent: false });
  const [response]: IncomingMessage[] = await once(request, 'response');
  if (!response) throw new Error('no response');
  const events = sentEvents(response);
  const next = async (): Promise<SentEvent> => {
    for (;;) {
      const { value, done } = await events.next();
      if (done) throw new Error('the stream ended');
      if (value) return value;
    }
  };
  // Its greeting: from then on it hears of everything.
  await events.next();
  return { response, next };
}

describe('request stream', () => {
  test('sends requests as they are recorded, those that fit', async () => {
    edge.journal.record(traced({ ray: '0000000000000001', status: 503 }));
    const all = await follow();
    const failed = await follow('?status=5xx&host=app.example.com');
    const first = traced({ ray: '0000000000000002', status: 200 });
    const second = traced({ ray: '0000000000000003', status: 502 });
    edge.journal.record(first);
    edge.journal.record(second);
    const told = await all.next();
    expect(told.type).toBe('request');
    expect(traceOf(JSON.parse(told.data))).toEqual(first);
    expect(traceOf(JSON.parse((await all.next()).data))).toEqual(second);
    expect(traceOf(JSON.parse((await failed.next()).data))).toEqual(second);
    all.response.destroy();
    failed.response.destroy();
  });

  test('a reader that does not read misses requests, is told how many, and then reads on', async () => {
    const { response, next } = await follow();
    const path = `/${'x'.repeat(64 * 1024)}`;
    // More than the buffers of both sides and the queue hold; in turns, so that the sockets can move.
    const recorded = 1_024;
    for (let burst = 0; burst < recorded / 8; burst++) {
      for (let each = 0; each < 8; each++) edge.journal.record(traced({ path, status: 200 }));
      await new Promise((resolve) => setImmediate(resolve));
    }
    let read = 0;
    let missed = 0;
    while (read + missed < recorded) {
      const { type, data } = await next();
      if (type === 'dropped') missed += JSON.parse(data).count;
      else read++;
    }
    expect(read + missed).toBe(recorded);
    expect(read).toBeGreaterThan(0);
    expect(missed).toBeGreaterThan(0);
    edge.journal.record(traced({ path: '/after', status: 200 }));
    expect(JSON.parse((await next()).data).path).toBe('/after');
    response.destroy();
  });

  test('shares its limit with the events, and ends when the edge closes', async () => {
    const streams = await Promise.all(Array.from({ length: 64 }, () => follow()));
    const refused = await edge.ask('GET', '/colocal/v1/requests/stream');
    expect(refused).toMatchObject({ status: 503, json: { error: { code: 'STREAMS_EXHAUSTED' } } });
    const ended = Promise.all(streams.map(({ next }) => expect(next()).rejects.toThrow('the stream ended')));
    await edge.control.close();
    await ended;
  });

  test('a filter that it does not know is refused', async () => {
    const answer = await edge.ask('GET', '/colocal/v1/requests/stream?stat=5xx');
    expect(answer).toMatchObject({
      status: 400,
      json: { error: { message: 'the request may not have the key stat' } },
    });
  });
});
