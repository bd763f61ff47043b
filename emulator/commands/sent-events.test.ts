import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type SentEvent, sentEvents } from './sent-events.js';

async function* cut(text: string, at: readonly number[]): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  const ends = [...at.map((each) => each % bytes.length), bytes.length].sort((a, b) => a - b);
  let from = 0;
  for (const to of ends) {
    if (to > from) yield bytes.subarray(from, to);
    from = to;
  }
}

async function read(text: string, at: readonly number[] = []): Promise<SentEvent[]> {
  const events: SentEvent[] = [];
  for await (const event of sentEvents(cut(text, at))) if (event) events.push(event);
  return events;
}

test('reads types and data, and passes comments over', async () => {
  expect(await read(': hello\n\nevent: request\ndata: {"a":1}\n\ndata: 1\ndata: 2\n\n: still here\n\n')).toEqual([
    { type: 'request', data: '{"a":1}' },
    { type: 'message', data: '1\n2' },
  ]);
});

test('reads the same wherever it is cut', async () => {
  const text = ': hé\n\nevent: request\ndata: {"path":"/äöü\u{1f600}"}\n\nevent: dropped\ndata: {"count":2}\n\n';
  const whole = await read(text);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(1_000), { maxLength: 12 }), async (at) => {
      expect(await read(text, at)).toEqual(whole);
    }),
  );
});

test('an event that is not whole is none', async () => {
  expect(await read('event: request\ndata: {}\n')).toEqual([]);
});
