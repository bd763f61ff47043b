import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Deadlines, LONGEST_DEADLINE, ManualDeadlines, realDeadlines } from './deadlines.js';

/** Both kinds must behave the same; the real ones run on faked timers. */
interface Kind {
  deadlines: Deadlines;
  pass(milliseconds: number): void;
}

const kinds: [string, () => Kind][] = [
  [
    'manual',
    () => {
      const deadlines = new ManualDeadlines();
      return { deadlines, pass: (milliseconds) => deadlines.elapse(milliseconds) };
    },
  ],
  ['real', () => ({ deadlines: realDeadlines, pass: (milliseconds) => void vi.advanceTimersByTime(milliseconds) })],
];

describe.each(kinds)('%s deadlines', (_name, make) => {
  let kind: Kind;
  let log: string[];

  beforeEach(() => {
    vi.useFakeTimers();
    kind = make();
    log = [];
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  const expireAfter = (milliseconds: number, name: string) =>
    kind.deadlines.after(milliseconds, () => void log.push(name));

  test('expire once, in order', () => {
    expireAfter(20, 'b');
    expireAfter(10, 'a');
    expireAfter(20, 'c');
    kind.pass(19);
    expect(log).toEqual(['a']);
    kind.pass(100);
    expect(log).toEqual(['a', 'b', 'c']);
  });

  test('do not expire once cancelled, not even after a refresh', () => {
    const deadline = expireAfter(10, 'a');
    deadline.cancel();
    deadline.refresh();
    kind.pass(100);
    expect(log).toEqual([]);
  });

  test('start again when refreshed', () => {
    const deadline = expireAfter(10, 'a');
    kind.pass(9);
    deadline.refresh();
    kind.pass(9);
    expect(log).toEqual([]);
    kind.pass(1);
    expect(log).toEqual(['a']);
  });

  test('stay expired, even when they are refreshed as they expire', () => {
    const deadline = kind.deadlines.after(10, () => {
      log.push('a');
      deadline.refresh();
    });
    kind.pass(10);
    deadline.refresh();
    kind.pass(100);
    expect(log).toEqual(['a']);
  });

  test('a span too long for a timer is cut to the longest one instead of expiring at once', () => {
    expireAfter(LONGEST_DEADLINE * 2, 'long');
    expireAfter(Number.POSITIVE_INFINITY, 'endless');
    kind.pass(LONGEST_DEADLINE - 1);
    expect(log).toEqual([]);
    kind.pass(1);
    expect(log).toEqual(['long', 'endless']);
  });

  test('one that sets another in time lets that run, too', () => {
    kind.deadlines.after(10, () => {
      log.push('first');
      expireAfter(5, 'second');
    });
    kind.pass(15);
    expect(log).toEqual(['first', 'second']);
  });

  test('now tells how much has passed', () => {
    const before = kind.deadlines.now();
    kind.pass(250);
    expect(kind.deadlines.now() - before).toBe(250);
  });
});
