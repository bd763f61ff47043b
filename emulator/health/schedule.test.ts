import { describe, expect, test } from 'vitest';
import { createClock } from '../../runtime/clock.js';
import { ManualDeadlines } from '../../runtime/deadlines.js';
import { type Job, Schedule } from './schedule.js';

function setup() {
  const clock = createClock({ mode: 'manual', start: 0, deadlines: new ManualDeadlines() });
  return { clock, schedule: new Schedule(clock) };
}

/** Jobs that note when they run. */
function noting(clock: { now(): number }, names: readonly string[], interval: number) {
  const ran: { key: string; at: number }[] = [];
  const jobs = new Map(
    names.map((key): [string, Job] => [
      key,
      { key, what: key, about: key, interval, run: async () => void ran.push({ key, at: clock.now() }) },
    ]),
  );
  return { ran, jobs };
}

const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `job ${index}`);

describe('jobs', () => {
  test('run at once when they are new, and once in each interval after that', async () => {
    const { clock, schedule } = setup();
    const { ran, jobs } = noting(clock, names(10), 60_000);
    schedule.replace(jobs);
    expect(ran).toEqual([]);
    await clock.advance(0);
    expect(ran.map(({ key }) => key).sort()).toEqual(names(10).sort());
    for (let interval = 0; interval < 3; interval++) {
      ran.length = 0;
      await clock.advance(60_000);
      expect(ran.map(({ key }) => key).sort()).toEqual(names(10).sort());
    }
  });

  test('have no second with more than twice the mean, at whatever interval', async () => {
    for (const [count, seconds] of [
      [1_950, 15],
      [400, 60],
      [60, 60],
      [90, 15],
    ] as const) {
      const { clock, schedule } = setup();
      const { ran, jobs } = noting(clock, names(count), seconds * 1000);
      schedule.replace(jobs);
      await clock.advance(0);
      ran.length = 0;
      await clock.advance(seconds * 1000);
      const perSecond = new Map<number, number>();
      for (const { at } of ran) perSecond.set(Math.floor(at / 1000), (perSecond.get(Math.floor(at / 1000)) ?? 0) + 1);
      expect(ran.length).toBe(count);
      expect(Math.max(...perSecond.values())).toBeLessThanOrEqual((2 * count) / seconds);
    }
  });

  test('of several intervals together have no second with more than twice the mean either', async () => {
    const { clock, schedule } = setup();
    const groups = [
      [300, 15],
      [300, 20],
      [600, 60],
    ] as const;
    const ran: number[] = [];
    const jobs = new Map<string, Job>();
    for (const [count, seconds] of groups) {
      for (const name of names(count)) {
        const key = `${name} every ${seconds}`;
        const run = async (): Promise<void> => void ran.push(clock.now());
        jobs.set(key, { key, what: key, about: key, interval: seconds * 1000, run });
      }
    }
    schedule.replace(jobs);
    await clock.advance(0);
    ran.length = 0;
    await clock.advance(60_000);
    const mean = 300 / 15 + 300 / 20 + 600 / 60;
    for (let second = 0; second < 60; second++) {
      const inIt = ran.filter((at) => Math.floor(at / 1000) === second).length;
      expect(inIt).toBeLessThanOrEqual(2 * mean);
    }
  });

  test('are put in the place of others without moving a turn, where their keys and intervals are the same', async () => {
    const { clock, schedule } = setup();
    const { ran, jobs } = noting(clock, names(20), 60_000);
    schedule.replace(jobs);
    await clock.advance(0);
    ran.length = 0;
    await clock.advance(60_000);
    const turns = ran.map(({ key, at }) => `${key} ${at + 60_000}`);
    const some = new Set(names(5));
    const { ran: ranAnew, jobs: anew } = noting(clock, names(5), 60_000);
    expect(schedule.renew(some, anew)).toBe(true);
    ran.length = 0;
    await clock.advance(60_000);
    expect(ranAnew.map(({ key }) => key).sort()).toEqual(names(5).sort());
    expect([...ran, ...ranAnew].map(({ key, at }) => `${key} ${at}`).sort()).toEqual(turns.sort());
  });

  test('are not put in the place of others when a turn would move', () => {
    const { clock, schedule } = setup();
    schedule.replace(noting(clock, names(20), 60_000).jobs);
    const some = new Set(names(5));
    expect(schedule.renew(some, noting(clock, names(6), 60_000).jobs)).toBe(false);
    expect(schedule.renew(some, noting(clock, names(4), 60_000).jobs)).toBe(false);
    expect(schedule.renew(some, noting(clock, names(5), 15_000).jobs)).toBe(false);
  });

  test('keep their turns when others come, and those that are gone stop', async () => {
    const { clock, schedule } = setup();
    const { ran, jobs } = noting(clock, names(20), 60_000);
    schedule.replace(new Map([...jobs].slice(0, 10)));
    await clock.advance(45_000);
    schedule.replace(new Map([...jobs].slice(5)));
    ran.length = 0;
    await clock.advance(0);
    // Only the new ones, and perhaps one whose turn moved to now.
    expect(new Set(ran.map(({ key }) => key))).toEqual(new Set(names(20).slice(10)));
    ran.length = 0;
    await clock.advance(60_000);
    const kept = ran.map(({ key }) => key);
    expect(new Set(kept)).toEqual(new Set(names(20).slice(5)));
  });

  test('change their interval without a pause', async () => {
    const { clock, schedule } = setup();
    const slow = noting(clock, names(4), 600_000);
    schedule.replace(slow.jobs);
    await clock.advance(1_000);
    const quick = noting(clock, names(4), 10_000);
    schedule.replace(quick.jobs);
    await clock.advance(10_000);
    expect(quick.ran.map(({ key }) => key).sort()).toEqual(names(4));
  });

  test('run out of turn when they are told to', async () => {
    const { clock, schedule } = setup();
    const { ran, jobs } = noting(clock, names(3), 60_000);
    schedule.replace(jobs);
    await clock.advance(0);
    ran.length = 0;
    schedule.now('job 1');
    expect(schedule.isUrgent('job 1')).toBe(true);
    await clock.advance(0);
    expect(ran.map(({ key }) => key)).toEqual(['job 1']);
    expect(schedule.isUrgent('job 1')).toBe(false);
  });

  test('are calm once none of them has to run out of turn any more, whatever becomes of it', async () => {
    const { clock, schedule } = setup();
    const { jobs } = noting(clock, names(3), 60_000);
    let calm = 0;
    const count = (): void => void calm++;
    await schedule.calm();
    schedule.replace(jobs);
    void schedule.calm().then(count);
    await clock.advance(0);
    expect(calm).toBe(1);
    schedule.now('job 1');
    void schedule.calm().then(count);
    await new Promise((resolve) => setImmediate(resolve));
    expect(calm).toBe(1);
    schedule.replace(new Map());
    await new Promise((resolve) => setImmediate(resolve));
    expect(calm).toBe(2);
  });
});

describe('a job that takes long', () => {
  /** Runs that end when the test says so. */
  function held() {
    const ends: (() => void)[] = [];
    let started: () => void = () => undefined;
    const job: Job = {
      key: 'a',
      what: 'a',
      about: 'a',
      interval: 10_000,
      run: () => {
        const ended = new Promise<void>((resolve) => ends.push(resolve));
        started();
        return ended;
      },
    };
    const begun = (): Promise<void> =>
      new Promise((resolve) => {
        started = resolve;
      });
    return { ends, job, begun };
  }

  test('holds the clock, and runs once more when what it found may be out of date', async () => {
    const { clock, schedule } = setup();
    const { ends, job, begun } = held();
    schedule.replace(new Map([['a', job]]));
    const first = begun();
    let over = false;
    const advanced = clock.advance(0).then(() => {
      over = true;
    });
    await first;
    schedule.now('a');
    expect([ends.length, over, schedule.isUrgent('a')]).toEqual([1, false, true]);
    const second = begun();
    ends[0]?.();
    await second;
    expect([ends.length, over]).toEqual([2, false]);
    ends[1]?.();
    await advanced;
    expect(schedule.isUrgent('a')).toBe(false);
  });

  test('never runs twice at once: turns that come meanwhile are skipped', async () => {
    const deadlines = new ManualDeadlines();
    const clock = createClock({ mode: 'scaled', scale: 1, deadlines });
    const schedule = new Schedule(clock);
    const { ends, job } = held();
    schedule.replace(new Map([['a', job]]));
    deadlines.elapse(35_000);
    expect(ends.length).toBe(1);
    ends[0]?.();
    await new Promise((resolve) => setImmediate(resolve));
    deadlines.elapse(10_000);
    expect(ends.length).toBe(2);
    schedule.close();
  });

  test('is forgotten when the schedule is closed', async () => {
    const { clock, schedule } = setup();
    const { ran, jobs } = noting(clock, names(3), 10_000);
    schedule.replace(jobs);
    schedule.close();
    await clock.advance(60_000);
    expect(ran).toEqual([]);
  });
});

test('after a long sleep of the machine a job runs once, not for every turn it missed', async () => {
  let now = 0;
  const waiting = new Map<() => void, number>();
  const clock = createClock({
    mode: 'scaled',
    scale: 1,
    deadlines: {
      now: () => now,
      after(milliseconds, expire) {
        waiting.set(expire, milliseconds);
        return { cancel: () => void waiting.delete(expire), refresh: () => undefined };
      },
    },
  });
  const schedule = new Schedule(clock);
  const { ran, jobs } = noting(clock, ['a'], 10_000);
  const fireAll = async (): Promise<void> => {
    for (const expire of [...waiting.keys()]) {
      waiting.delete(expire);
      expire();
    }
    await new Promise((resolve) => setImmediate(resolve));
  };
  schedule.replace(jobs);
  now = 3_600_000;
  await fireAll();
  // Its first run and its turn fell together.
  expect(ran.length).toBe(1);
  now += 3_600_000;
  await fireAll();
  expect(ran.length).toBe(2);
  expect([...waiting.values()].every((milliseconds) => milliseconds > 0 && milliseconds <= 10_000)).toBe(true);
});
