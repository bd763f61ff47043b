import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { traced } from './journal.fixture.js';
import { createJournal } from './journal.js';
import type { RequestTrace } from './journal.types.js';

function trace(number: number, path = '/'): RequestTrace {
  return traced({ ray: number.toString(16).padStart(16, '0'), startedAt: number, path });
}

describe('journal', () => {
  test('lists the newest first and no more than asked', () => {
    const journal = createJournal();
    for (let i = 0; i < 5; i++) journal.record(trace(i));
    expect(journal.list(2).map((entry) => entry.startedAt)).toEqual([4, 3]);
    expect(journal.list(100)).toHaveLength(5);
  });

  test('lists the latest that fit, however many came after them', () => {
    const journal = createJournal();
    for (let i = 0; i < 50; i++) journal.record(trace(i));
    expect(journal.list(2, ({ startedAt }) => startedAt < 10).map((entry) => entry.startedAt)).toEqual([9, 8]);
  });

  test('tells of each request as it is recorded, until nobody follows', () => {
    const journal = createJournal();
    const told: number[] = [];
    const stop = journal.follow(({ startedAt }) => told.push(startedAt));
    journal.record(trace(1));
    journal.clear();
    journal.record(trace(2));
    stop();
    journal.record(trace(3));
    expect(told).toEqual([1, 2]);
  });

  test('finds a request by its ray with and without the data center', () => {
    const journal = createJournal();
    journal.record(trace(0xabc));
    expect(journal.find('0000000000000abc')?.startedAt).toBe(0xabc);
    expect(journal.find('0000000000000abc-NRT')?.startedAt).toBe(0xabc);
    expect(journal.find('0000000000000abc-nrt')?.startedAt).toBe(0xabc);
    expect(journal.find('0000000000000abc-LHR')).toBeUndefined();
    expect(journal.find('ffffffffffffffff')).toBeUndefined();
  });

  test('drops the oldest when it holds too many, and no longer finds them', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 5_000 }), (maxEntries, count) => {
        const journal = createJournal({ maxEntries });
        for (let i = 0; i < count; i++) journal.record(trace(i));
        const kept = Math.min(maxEntries, count);
        expect(journal.list(count + 1).map((entry) => entry.startedAt)).toEqual(
          Array.from({ length: kept }, (_, i) => count - 1 - i),
        );
        if (count > maxEntries) expect(journal.find(trace(count - maxEntries - 1).ray)).toBeUndefined();
        if (kept > 0) expect(journal.find(trace(count - kept).ray)).toBeDefined();
      }),
      { numRuns: 30 },
    );
  });

  test('drops the oldest when they take too many bytes', () => {
    const journal = createJournal({ maxBytes: 64 * 1024 });
    for (let i = 0; i < 100; i++) journal.record(trace(i, `/${'a'.repeat(15_000)}`));
    expect(journal.list(100).map((entry) => entry.startedAt)).toEqual([99, 98, 97, 96]);
  });

  test('counts what the reasons say among the bytes', () => {
    const journal = createJournal({ maxBytes: 64 * 1024 });
    const detail = 'd'.repeat(15_000);
    for (let i = 0; i < 100; i++) {
      journal.record({ ...trace(i), reasons: [{ step: 'attempt', outcome: 'failed', detail }] });
    }
    expect(journal.list(100).map((entry) => entry.startedAt)).toEqual([99, 98, 97, 96]);
  });

  test('counts what was recorded among the bytes', () => {
    const kept = Buffer.alloc(6_000);
    const message = { headers: ['Cookie', 'c'.repeat(2_500)], body: { kept, whole: true } };
    const journal = createJournal({ maxBytes: 64 * 1024 });
    for (let i = 0; i < 100; i++) {
      journal.record({ ...trace(i), recorded: { authority: 'a', request: message, response: message } });
    }
    expect(journal.list(100).map((entry) => entry.startedAt)).toEqual([99, 98, 97]);
  });

  test('forgets everything on clear', () => {
    const journal = createJournal();
    journal.record(trace(1));
    journal.clear();
    expect(journal.list(10)).toEqual([]);
    expect(journal.find(trace(1).ray)).toBeUndefined();
    journal.record(trace(2));
    expect(journal.list(10)).toHaveLength(1);
  });
});
