import { type ClientRequest, get, type IncomingMessage } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Fixture, startControl } from './control.fixture.js';
import { HEARTBEAT } from './event-streams.js';

let edge: Fixture;
beforeEach(async () => {
  edge = await startControl();
});
afterEach(() => edge.control.close());

/** Follows the events; `until` resolves once the text so far contains something. */
function follow(
  query = '',
): Promise<{ response: IncomingMessage; request: ClientRequest; until(text: string): Promise<string> }> {
  return new Promise((resolve, reject) => {
    const { address: host, port } = edge.address;
    const request = get({ host, port, path: `/colocal/v1/events${query}`, agent: false }, (response) => {
      let text = '';
      const waiting = new Set<() => void>();
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        for (const check of waiting) check();
      });
      response.on('error', () => undefined);
      const until = (wanted: string): Promise<string> =>
        new Promise((found) => {
          const check = () => {
            if (!text.includes(wanted)) return;
            waiting.delete(check);
            found(text);
          };
          waiting.add(check);
          check();
        });
      resolve({ response, request, until });
    });
    request.on('error', reject);
  });
}

describe('event stream', () => {
  test('sends what happens, and first what happened when it is asked to', async () => {
    edge.events.emit('config.applied', 'first');
    edge.events.emit('config.applied', 'second');
    const stream = await follow('?replay=1');
    expect(stream.response.headers['content-type']).toBe('text/event-stream');
    await stream.until('second');
    edge.events.emit('connector.connected', 'tokyo is here', { tunnel: 'tokyo' });
    const text = await stream.until('tokyo is here');
    expect(text).not.toContain('first');
    const last = text.trimEnd().split('\n\n').at(-1) ?? '';
    expect(last.split('\n')[0]).toBe('event: connector.connected');
    expect(JSON.parse(last.split('\n')[1]?.replace('data: ', '') ?? '')).toMatchObject({ data: { tunnel: 'tokyo' } });
    stream.request.destroy();
  });

  test('shows that it lives while nothing happens', async () => {
    const stream = await follow();
    await stream.until('colocal events');
    edge.deadlines.elapse(HEARTBEAT);
    edge.deadlines.elapse(HEARTBEAT);
    const text = await stream.until(': still here\n\n: still here\n\n');
    expect(text).toContain(': still here');
    stream.request.destroy();
  });

  test('drops a reader that does not read, and forgets it', async () => {
    const stream = await follow();
    await stream.until('colocal events');
    stream.response.pause();
    const closed = new Promise<void>((resolve) => stream.response.once('close', resolve));
    const filling = 'x'.repeat(64 * 1024);
    // Enough for the kernel's buffers on both sides and the queue, in turns so that sockets can move.
    for (let i = 0; i < 1_000 && edge.deadlines.size > 0; i++) {
      for (let burst = 0; burst < 8; burst++) edge.events.emit('state.changed', filling);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(edge.deadlines.size).toBe(0);
    stream.response.resume();
    await closed;
    expect(stream.response.complete).toBe(false);
  });

  test('ends when the edge closes', async () => {
    const stream = await follow();
    await stream.until('colocal events');
    const ended = new Promise<void>((resolve) => stream.response.once('end', resolve));
    await edge.control.close();
    await ended;
  });
});
