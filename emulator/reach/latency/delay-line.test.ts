import { describe, expect, test } from 'vitest';
import { type Clock, createClock, type Scheduled, type Work } from '../../../runtime/clock.js';
import { ManualDeadlines } from '../../../runtime/deadlines.js';
import { DelayLine, type DelayLineOptions } from './delay-line.js';

/** Counts the timers that wait. */
class CountingClock {
  readonly real: Clock = createClock({ mode: 'manual', deadlines: new ManualDeadlines() });
  private readonly waiting = new Set<object>();
  scheduled = 0;

  get timers(): number {
    return this.waiting.size;
  }

  now(): number {
    return this.real.now();
  }

  schedule(delay: number, what: string, work: Work): Scheduled {
    const entry = {};
    this.waiting.add(entry);
    this.scheduled++;
    const timer = this.real.schedule(delay, what, (ticket) => {
      this.waiting.delete(entry);
      return work(ticket);
    });
    return {
      cancel: () => {
        this.waiting.delete(entry);
        timer.cancel();
      },
    };
  }
}

function use(options: Partial<DelayLineOptions> = {}) {
  const clock = new CountingClock();
  const line = new DelayLine({ clock, what: 'a line', delay: () => 50, ...options });
  const told: string[] = [];
  const send = (name: string, bytes = 0): boolean => line.send(() => void told.push(name), bytes);
  const advance = (by: number) => clock.real.advance(by);
  line.room = () => told.push('room');
  return { clock, line, told, send, advance };
}

describe('what is sent', () => {
  test('arrives when its time has passed, in order, on one timer at a time', async () => {
    const { clock, told, send, advance } = use();
    send('one');
    send('two');
    await advance(20);
    send('three');
    expect(clock.timers).toBe(1);
    await advance(29);
    expect(told).toEqual([]);
    await advance(1);
    expect(told).toEqual(['one', 'two']);
    expect(clock.timers).toBe(1);
    await advance(19);
    expect(told).toEqual(['one', 'two']);
    await advance(1);
    expect(told).toEqual(['one', 'two', 'three']);
    expect(clock.timers).toBe(0);
    expect(clock.scheduled).toBe(2);
  });

  test('never overtakes, however little time it takes itself', async () => {
    const delays = [50, 10, 60];
    const { told, send, advance } = use({ delay: () => delays.shift() ?? 0 });
    for (const name of ['slow', 'fast', 'slower']) send(name);
    await advance(49);
    expect(told).toEqual([]);
    await advance(1);
    expect(told).toEqual(['slow', 'fast']);
    await advance(10);
    expect(told).toEqual(['slow', 'fast', 'slower']);
  });

  test('may take time by its size', async () => {
    const { told, send, advance } = use({ delay: (bytes) => bytes / 1000 });
    send('small', 1_000);
    send('large', 10_000);
    await advance(1);
    expect(told).toEqual(['small']);
    await advance(9);
    expect(told).toEqual(['small', 'large']);
  });

  test('may be followed by more in the moment in which it arrives', async () => {
    const { line, told, send, advance } = use();
    line.send(() => send('answer'));
    await advance(50);
    expect(told).toEqual([]);
    await advance(50);
    expect(told).toEqual(['answer']);
  });

  test('goes on when the clock is set back', async () => {
    let now = 1_000;
    const timers: (() => void)[] = [];
    const line = new DelayLine({
      clock: {
        now: () => now,
        schedule: (_delay, _what, work) => {
          timers.push(work as () => void);
          return { cancel: () => undefined };
        },
      },
      what: 'a line',
      delay: () => 50,
    });
    const told: string[] = [];
    line.send(() => told.push('one'));
    now = 0;
    line.send(() => told.push('two'));
    for (const timer of timers.splice(0)) timer();
    expect(told).toEqual(['one', 'two']);
  });
});

describe('a receiver that takes no more', () => {
  test('gets the rest when it resumes: at once what is due, in time what is not', async () => {
    const { clock, line, told, send, advance } = use();
    line.send(() => {
      told.push('one');
      line.pause();
    });
    send('two');
    await advance(25);
    send('three');
    await advance(25);
    expect(told).toEqual(['one']);
    expect(line.underWay).toBe(false);
    expect(clock.timers).toBe(0);
    await advance(10);
    line.resume();
    expect(told).toEqual(['one', 'two']);
    expect(line.underWay).toBe(true);
    await advance(15);
    expect(told).toEqual(['one', 'two', 'three']);
    expect(line.underWay).toBe(false);
  });
});

describe('the window', () => {
  test('stops the sender when it is full, and calls it when half of it is free', async () => {
    const { told, send, advance } = use({ window: 4_000 });
    expect(send('a', 2_000)).toBe(true);
    await advance(10);
    expect(send('b', 2_000)).toBe(false);
    expect(send('c', 1_000)).toBe(false);
    await advance(40);
    expect(told).toEqual(['a']);
    await advance(10);
    expect(told).toEqual(['a', 'b', 'c', 'room']);
    expect(send('d', 1)).toBe(true);
  });

  test('bounds how many single bytes wait', () => {
    const { send } = use({ window: 4_096 });
    let taken = 0;
    while (send('x', 1)) taken++;
    expect(taken).toBe(15);
  });
});

test('a line that is closed holds nothing, has no timer, and takes nothing', async () => {
  const { clock, line, told, send, advance } = use({ window: 100 });
  send('one');
  line.close();
  expect(clock.timers).toBe(0);
  expect(line.underWay).toBe(false);
  expect(send('two')).toBe(true);
  await advance(1_000);
  expect(told).toEqual([]);
  expect(clock.scheduled).toBe(1);
});

test('a line that is closed while it delivers delivers nothing more', async () => {
  const { clock, line, told, send, advance } = use();
  line.send(() => line.close());
  send('never');
  await advance(1_000);
  expect(told).toEqual([]);
  expect(clock.timers).toBe(0);
});
