import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EdgeEvent } from '../../../observe/journal.types.js';
import { createReader, EventLog } from './event-log.js';

const events: EdgeEvent[] = ['one', 'two', 'three'].map((message, at) => ({ at, type: 't', message, data: {} }));
const stream = `: hello\n\n${events.map((event) => `event: t\ndata: ${JSON.stringify(event)}\n\n`).join(': still here\n\n')}`;

test('events are read whatever pieces they come in', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: stream.length })), (cuts) => {
      const read: EdgeEvent[] = [];
      const reader = createReader((event) => read.push(event));
      const at = [0, ...cuts.sort((a, b) => a - b), stream.length];
      for (let i = 1; i < at.length; i++) reader(stream.slice(at[i - 1], at[i]));
      expect(read).toEqual(events);
    }),
  );
});

test('one waits until what has happened satisfies, which may be so already', async () => {
  const log = new EventLog();
  const two = log.until((all) => all.length === 2);
  for (const event of events.slice(0, 2)) log.add(event);
  await two;
  await log.until((all) => all.length >= 1);
});
