import { describe, expect, test } from 'vitest';
import { createClock } from '../../runtime/clock.js';
import { ManualDeadlines } from '../../runtime/deadlines.js';
import { createEvents } from './events.js';
import type { EdgeEvent } from './journal.types.js';

function clock() {
  return createClock({ mode: 'manual', start: 1_000, deadlines: new ManualDeadlines() });
}

describe('events', () => {
  test('reach every subscriber with the model time, until it leaves', async () => {
    const time = clock();
    const events = createEvents(time);
    const seen: EdgeEvent[] = [];
    const leave = events.subscribe((event) => seen.push(event));
    events.emit('connector.connected', 'tokyo has a connector', { tunnel: 'tokyo' });
    await time.advance(500);
    events.emit('connection.lost', 'it went away');
    leave();
    events.emit('config.applied', 'not seen');
    expect(seen).toEqual([
      { at: 1_000, type: 'connector.connected', message: 'tokyo has a connector', data: { tunnel: 'tokyo' } },
      { at: 1_500, type: 'connection.lost', message: 'it went away', data: {} },
    ]);
  });

  test('keep only the latest, oldest first', () => {
    const events = createEvents(clock(), { keep: 3 });
    for (let i = 0; i < 20; i++) {
      events.emit('state.changed', String(i));
      expect(events.recent().length).toBe(Math.min(i + 1, 3));
    }
    expect(events.recent().map((event) => event.message)).toEqual(['17', '18', '19']);
  });
});
