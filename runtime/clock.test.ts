import { describe, expect, test, vi } from 'vitest';
import { type Advanced, type Clock, type ClockOptions, createClock, parseSpan } from './clock.js';
import { ManualDeadlines } from './deadlines.js';

function manual(options: Partial<ClockOptions> = {}): { clock: Clock; deadlines: ManualDeadlines; log: string[] } {
  const deadlines = new ManualDeadlines();
  const clock = createClock({ mode: 'manual', start: 0, deadlines, patience: 100, ...options });
  return { clock, deadlines, log: [] };
}

/** A promise and the way to settle it. */
function open(): { promise: Promise<void>; settle: () => void } {
  let settle = (): void => undefined;
  const promise = new Promise<void>((resolve) => {
    settle = resolve;
  });
  return { promise, settle };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Turns of the event loop until `condition` holds. */
async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 1000 && !condition(); i++) await turn();
  expect(condition()).toBe(true);
}

describe('a manual clock', () => {
  test('starts in 2026 unless told otherwise, and stands still', async () => {
    const clock = createClock({ mode: 'manual', deadlines: new ManualDeadlines() });
    expect(new Date(clock.now()).toISOString()).toBe('2026-01-01T00:00:00.000Z');
    await turn();
    expect(new Date(clock.now()).toISOString()).toBe('2026-01-01T00:00:00.000Z');
  });

  test('runs what falls due, earliest first, equal times as scheduled, each at its own time', async () => {
    const { clock, log } = manual();
    const note = (name: string) => (): void => void log.push(`${name}@${clock.now()}`);
    clock.schedule(20, 'c', note('c'));
    clock.schedule(10, 'a', note('a'));
    clock.schedule(10, 'b', note('b'));
    clock.schedule(31, 'late', note('late'));
    const advanced = await clock.advance(30);
    expect(log).toEqual(['a@10', 'b@10', 'c@20']);
    expect(advanced).toEqual({
      from: 0,
      to: 30,
      ran: [
        { at: 10, what: 'a' },
        { at: 10, what: 'b' },
        { at: 20, what: 'c' },
      ],
      settled: true,
    });
    expect(clock.now()).toBe(30);
  });

  test('runs what is scheduled on the way, if it still falls due', async () => {
    const { clock } = manual();
    let runs = 0;
    const again = (): void => {
      runs++;
      clock.schedule(10, 'tick', again);
    };
    clock.schedule(10, 'tick', again);
    expect((await clock.advance(35)).ran.map((entry) => entry.at)).toEqual([10, 20, 30]);
    expect(runs).toBe(3);
    await clock.advance(5);
    expect(runs).toBe(4);
  });

  test('waits for work that has begun by itself until it is done', async () => {
    const { clock, log } = manual();
    let done = (): void => undefined;
    clock.schedule(10, 'begin', () => {
      done = clock.begin('a request');
    });
    clock.schedule(20, 'after', () => void log.push(`after@${clock.now()}`));
    const advanced = clock.advance(30);
    for (let i = 0; i < 5; i++) await turn();
    expect(log).toEqual([]);
    expect(clock.now()).toBe(10);
    done();
    expect(await advanced).toMatchObject({ settled: true });
    expect(log).toEqual(['after@20']);
  });

  test('goes on while work is parked, and waits for it again when it is not', async () => {
    const { clock, log } = manual();
    const answer = open();
    let wake = (): void => undefined;
    clock.schedule(10, 'probe', async (ticket) => {
      wake = ticket.park();
      await answer.promise;
      log.push(`answered@${clock.now()}`);
    });
    clock.schedule(20, 'answer', () => {
      wake();
      wake();
      setImmediate(() => setImmediate(answer.settle));
    });
    clock.schedule(25, 'after', () => void log.push(`after@${clock.now()}`));
    expect(await clock.advance(30)).toMatchObject({ settled: true });
    expect(log).toEqual(['answered@20', 'after@25']);
  });

  test('a cancelled schedule does not run, whenever it is cancelled', async () => {
    const { clock, log } = manual();
    const before = clock.schedule(10, 'before', () => void log.push('before'));
    const during = clock.schedule(20, 'during', () => void log.push('during'));
    clock.schedule(10, 'canceller', () => during.cancel());
    before.cancel();
    expect((await clock.advance(100)).ran.map((entry) => entry.what)).toEqual(['canceller']);
    during.cancel();
    expect(log).toEqual([]);
  });

  test('advance waits for work that is under way', async () => {
    const { clock, log } = manual();
    const io = open();
    clock.schedule(10, 'probe', async () => {
      await io.promise;
      log.push(`done@${clock.now()}`);
    });
    const advancing = clock.advance(60).then((advanced) => void log.push(`advanced to ${advanced.to}`));
    await turn();
    await turn();
    expect(log).toEqual([]);
    expect(clock.now()).toBe(10);
    io.settle();
    await advancing;
    expect(log).toEqual(['done@10', 'advanced to 60']);
  });

  test('work that sleeps on the clock is parked: time goes on and wakes it', async () => {
    const { clock, log } = manual();
    clock.schedule(10, 'session', async (ticket) => {
      log.push(`start@${clock.now()}`);
      await ticket.sleep(15);
      log.push(`middle@${clock.now()}`);
      await ticket.sleep(0);
      await ticket.sleep(1000);
      log.push(`end@${clock.now()}`);
    });
    expect(await clock.advance(100)).toMatchObject({ settled: true });
    expect(log).toEqual(['start@10', 'middle@25']);
    expect(await clock.advance(1000)).toMatchObject({ settled: true });
    expect(log).toEqual(['start@10', 'middle@25', 'end@1025']);
  });

  test('work that sleeps in several branches at once is counted once', async () => {
    const { clock, deadlines, log } = manual();
    clock.schedule(1, 'both', async (ticket) => {
      await Promise.all([ticket.sleep(10), ticket.sleep(20)]);
      log.push(`both@${clock.now()}`);
    });
    clock.schedule(50, 'after', () => void log.push('after'));
    expect((await clock.advance(100)).settled).toBe(true);
    expect(log).toEqual(['both@21', 'after']);
    expect(deadlines.size).toBe(0);
  });

  test('advance does not overtake what a finished piece of work has set off', async () => {
    const { clock, log } = manual();
    const io = open();
    clock.schedule(10, 'probe', () => io.promise);
    const reaction = async (): Promise<void> => {
      await io.promise;
      // A chain of handlers behind the one that ends the work.
      for (let i = 0; i < 50; i++) await Promise.resolve();
      clock.schedule(5, 'reaction', () => void log.push(`reaction@${clock.now()}`));
    };
    void reaction();
    clock.schedule(100, 'later', () => void log.push('later'));
    const advancing = clock.advance(100);
    await turn();
    io.settle();
    await advancing;
    expect(log).toEqual(['reaction@15', 'later']);
  });

  test('work that is silent for too long is given up: settled is false, and time goes on', async () => {
    const { clock, deadlines, log } = manual();
    const stuck = open();
    clock.schedule(10, 'stuck', async (ticket) => {
      await stuck.promise;
      await ticket.sleep(5);
      log.push(`stuck came back@${clock.now()}`);
    });
    clock.schedule(20, 'other', () => void log.push('other'));
    const advancing = clock.advance(30);
    await until(() => deadlines.size === 1);
    deadlines.elapse(9);
    await turn();
    expect(log).toEqual([]);
    deadlines.elapse(1);
    // It is late now: time goes on without it, and the rest of the patience is for its end.
    await until(() => log.length > 0 && deadlines.size === 1);
    deadlines.elapse(90);
    expect(await advancing).toMatchObject({ to: 30, settled: false, ran: [{ what: 'stuck' }, { what: 'other' }] });
    expect(log).toEqual(['other']);

    stuck.settle();
    await turn();
    expect(await clock.advance(10)).toMatchObject({ settled: true });
    expect(log).toEqual(['other', 'stuck came back@35']);
  });

  test('late work that ends within the patience is waited for: settled is true', async () => {
    const { clock, deadlines, log } = manual();
    const slow = open();
    clock.schedule(10, 'slow', async () => {
      await slow.promise;
      log.push(`slow@${clock.now()}`);
      clock.schedule(2, 'its reaction', () => void log.push(`reaction@${clock.now()}`));
    });
    clock.schedule(20, 'other', () => void log.push(`other@${clock.now()}`));
    const advancing = clock.advance(30);
    await until(() => deadlines.size === 1);
    deadlines.elapse(10);
    await until(() => log.length > 0 && deadlines.size === 1);
    deadlines.elapse(89);
    slow.settle();
    expect(await advancing).toMatchObject({ settled: true });
    expect(log).toEqual(['other@20', 'slow@20', 'reaction@22']);
  });

  test('an endpoint that hangs costs an advance its patience once, not once per turn', async () => {
    const { clock, deadlines, log } = manual({ patience: 10_000 });
    const hang = (): Promise<void> => new Promise((resolve) => void deadlines.after(2_000, resolve));
    for (let from = 0; from < 50; from++) {
      const again = (): Promise<void> => {
        clock.schedule(50, `probe from ${from}`, again, 'the endpoint');
        return hang().then(() => void log.push(`${from}`));
      };
      clock.schedule(from, `probe from ${from}`, again, 'the endpoint');
    }
    const healthy: number[] = [];
    const beside = async (): Promise<void> => {
      clock.schedule(5, 'probe of another', beside);
      await turn();
      healthy.push(clock.now());
    };
    clock.schedule(0, 'probe of another', beside);

    let advanced: Advanced | undefined;
    void clock.advance(1_000).then((done) => {
      advanced = done;
    });
    let [at, turns] = [clock.now(), 0];
    for (let i = 0; i < 20_000 && !advanced; i++) {
      await turn();
      turns = at === clock.now() ? turns + 1 : 0;
      at = clock.now();
      // Real time passes only while model time stands still.
      if (turns >= 10) deadlines.elapse(50);
    }
    expect(advanced?.settled).toBe(false);
    expect(deadlines.now()).toBeLessThan(11_000);
    // In every interval that the patience lasts for, all turns have a result.
    expect(log.slice(0, 150).sort()).toEqual(Array.from({ length: 150 }, (_, i) => `${i % 50}`).sort());
    expect(healthy).toEqual(Array.from({ length: 201 }, (_, i) => i * 5));
  });

  test('work that was given up is waited for again by the next advance, which does not linger over more of it', async () => {
    const { clock, deadlines, log } = manual();
    const stuck = open();
    clock.schedule(1, 'stuck', () => stuck.promise, 'site');
    const first = clock.advance(1);
    for (const span of [10, 90]) {
      await until(() => deadlines.size === 1);
      deadlines.elapse(span);
    }
    expect((await first).settled).toBe(false);
    clock.schedule(1, 'more', () => stuck.promise, 'site');
    clock.schedule(2, 'other', () => void log.push('other'));
    const second = clock.advance(2);
    await until(() => deadlines.size === 1);
    expect(log).toEqual(['other']);
    stuck.settle();
    expect((await second).settled).toBe(true);
    expect(deadlines.now()).toBe(100);
  });

  test('has a whole patience again with the next advance', async () => {
    const { clock, deadlines } = manual();
    clock.schedule(1, 'stuck', () => new Promise(() => undefined));
    for (const spans of [[10, 89], [99]]) {
      const advancing = clock.advance(1);
      for (const span of spans) {
        await until(() => deadlines.size === 1);
        deadlines.elapse(span);
      }
      await turn();
      expect(deadlines.size).toBe(1);
      deadlines.elapse(1);
      expect(await advancing).toMatchObject({ settled: false });
    }
  });

  test('advances that overlap follow each other', async () => {
    const { clock, log } = manual();
    clock.schedule(10, 'tick', () => void log.push(`tick@${clock.now()}`));
    const both = await Promise.all([clock.advance(5), clock.advance(20)]);
    expect(both.map(({ from, to }) => [from, to])).toEqual([
      [0, 5],
      [5, 25],
    ]);
    expect(log).toEqual(['tick@10']);
  });

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('refuses to be advanced by %d', async (by) => {
    const { clock } = manual();
    await expect(clock.advance(by)).rejects.toMatchObject({ code: 'BAD_CLOCK_ADVANCE' });
    expect(clock.now()).toBe(0);
    expect(await clock.advance(1)).toMatchObject({ to: 1 });
  });

  test('work that throws or rejects is reported, and everything else goes on', async () => {
    const failures: string[] = [];
    const { clock, log } = manual({ onError: (what, error) => failures.push(`${what}: ${String(error)}`) });
    clock.schedule(10, 'throws', () => {
      throw new Error('at once');
    });
    clock.schedule(20, 'rejects', async (ticket) => {
      await ticket.sleep(5);
      throw new Error('later');
    });
    clock.schedule(30, 'fine', () => void log.push('fine'));
    expect((await clock.advance(30)).settled).toBe(true);
    expect(failures).toEqual(['throws: Error: at once', 'rejects: Error: later']);
    expect(log).toEqual(['fine']);
  });

  test('without onError a failure is a process warning, not an unhandled rejection', async () => {
    const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    try {
      const { clock } = manual();
      clock.schedule(10, 'the probe', () => Promise.reject(new Error('no')));
      await clock.advance(10);
      expect(emitWarning).toHaveBeenCalledWith('the probe failed: no', { code: 'COLOCAL_SCHEDULED_WORK' });
    } finally {
      emitWarning.mockRestore();
    }
  });

  test('once closed nothing goes on: neither what waits, nor what sleeps, nor what is scheduled after', async () => {
    const { clock, log } = manual();
    clock.schedule(1, 'sleeper', async (ticket) => {
      await ticket.sleep(10);
      log.push('woke');
    });
    clock.schedule(10, 'waiting', () => void log.push('ran'));
    await clock.advance(1);
    clock.close();
    clock.schedule(1, 'new', () => void log.push('new')).cancel();
    clock.schedule(1, 'new', () => void log.push('new'));
    expect((await clock.advance(100)).ran).toEqual([]);
    expect(log).toEqual([]);
  });
});

describe('a running clock', () => {
  test('cannot be advanced', async () => {
    const clock = createClock({ mode: 'real', deadlines: new ManualDeadlines() });
    await expect(clock.advance(1)).rejects.toMatchObject({ code: 'CLOCK_NOT_MANUAL', status: 409 });
  });

  test('a scaled one lets `scale` milliseconds pass in one', () => {
    const deadlines = new ManualDeadlines();
    const clock = createClock({ mode: 'scaled', scale: 60, deadlines });
    const before = clock.now();
    const log: string[] = [];
    clock.schedule(60_000, 'minute', () => void log.push('minute'));
    deadlines.elapse(999);
    expect(log).toEqual([]);
    deadlines.elapse(1);
    expect(log).toEqual(['minute']);
    expect(clock.now() - before).toBe(60_000);
  });

  test('work can sleep, waits can be longer than a timer, and cancelled ones do not run', async () => {
    const deadlines = new ManualDeadlines();
    const clock = createClock({ mode: 'real', deadlines });
    const log: string[] = [];
    const days = 86_400_000;
    clock.schedule(60 * days, 'long', async (ticket) => {
      log.push('long');
      await ticket.sleep(1000);
      log.push('slept');
    });
    clock.schedule(50 * days, 'cancelled', () => void log.push('cancelled')).cancel();
    deadlines.elapse(60 * days - 1);
    expect(log).toEqual([]);
    deadlines.elapse(1);
    expect(log).toEqual(['long']);
    deadlines.elapse(1000);
    await turn();
    expect(log).toEqual(['long', 'slept']);
  });

  test('work that throws or rejects is reported', async () => {
    const deadlines = new ManualDeadlines();
    const failures: string[] = [];
    const clock = createClock({
      mode: 'real',
      deadlines,
      onError: (what, error) => failures.push(`${what}: ${String(error)}`),
    });
    clock.schedule(1, 'throws', () => {
      throw new Error('at once');
    });
    clock.schedule(1, 'rejects', () => Promise.reject(new Error('later')));
    deadlines.elapse(1);
    await turn();
    expect(failures).toEqual(['throws: Error: at once', 'rejects: Error: later']);
  });

  test('once closed it holds no timer, and takes none', () => {
    const deadlines = new ManualDeadlines();
    const clock = createClock({ mode: 'real', deadlines });
    clock.schedule(1000, 'a', () => undefined);
    clock.schedule(2000, 'b', () => undefined);
    expect(deadlines.size).toBe(2);
    clock.close();
    clock.schedule(1000, 'c', () => undefined);
    expect(deadlines.size).toBe(0);
  });
});

describe('parseSpan', () => {
  test.each([
    ['250ms', 250],
    ['30s', 30_000],
    ['1.5m', 90_000],
    [' 2h ', 7_200_000],
    ['1d', 86_400_000],
    ['0s', 0],
  ])('%j is %d ms', (text, expected) => {
    expect(parseSpan(text)).toBe(expected);
  });

  test.each(['', '10', 's', '-1s', '1 s', '1S', '1w', '.5s', '1e3s'])('%j is no span', (text) => {
    expect(parseSpan(text)).toBeUndefined();
  });
});
