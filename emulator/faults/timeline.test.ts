import { beforeEach, expect, test } from 'vitest';
import { type Clock, createClock } from '../../runtime/clock.js';
import { ManualDeadlines } from '../../runtime/deadlines.js';
import { createRng } from '../../runtime/rng.js';
import type { FaultInput } from '../state/schemas/fault.js';
import { fault } from './faults.fixture.js';
import { FaultTimeline } from './timeline.js';

let clock: Clock;
let timeline: FaultTimeline;
let told: string[];
beforeEach(() => {
  clock = createClock({ mode: 'manual', deadlines: new ManualDeadlines() });
  told = [];
  timeline = new FaultTimeline(clock, createRng('timeline'), {
    started: ({ name }) => told.push(`${name} started`),
    ended: ({ name }, why) => told.push(`${name} ended: ${why}`),
    changed: () => told.push('changed'),
  });
});

const follow = (...inputs: FaultInput[]): void =>
  timeline.follow(new Map(inputs.map((input) => [input.name, fault(input)])))();
const activeNames = (): string[] => Array.from(timeline.active(), (each) => each.fault.name);

test('a fault is active at once, until it is removed', () => {
  follow({ name: 'a', type: 'origin_refuse' });
  expect([activeNames(), timeline.stateOf('a')]).toEqual([['a'], 'active']);
  follow();
  expect(activeNames()).toEqual([]);
  expect(told).toEqual(['a started', 'a ended: it was removed']);
});

test('starts and duration are model time, and the hooks change before it is told', async () => {
  follow({ name: 'a', type: 'origin_refuse', starts: '10s', duration: '1m' });
  expect([activeNames(), timeline.stateOf('a'), told]).toEqual([[], 'waiting', []]);
  await clock.advance(9_999);
  expect(activeNames()).toEqual([]);
  await clock.advance(1);
  expect([activeNames(), timeline.stateOf('a')]).toEqual([['a'], 'active']);
  await clock.advance(59_999);
  expect(activeNames()).toEqual(['a']);
  await clock.advance(1);
  expect([activeNames(), timeline.stateOf('a')]).toEqual([[], 'ended']);
  expect(told).toEqual(['changed', 'a started', 'changed', 'a ended: its duration is over']);
});

test('one that is removed or disabled while it waits never begins', async () => {
  const input: FaultInput = { name: 'a', type: 'origin_refuse', starts: '10s' };
  follow(input);
  follow({ ...input, enabled: false });
  expect(timeline.stateOf('a')).toBe('disabled');
  follow(input);
  follow();
  await clock.advance(60_000);
  expect(told).toEqual([]);
});

test('one that is changed begins anew; the others go on', async () => {
  const other = fault({ name: 'other', type: 'origin_refuse', duration: '10s' });
  const before = fault({ name: 'a', type: 'origin_refuse', duration: '10s' });
  const after = fault({ name: 'a', type: 'origin_status', status: 500, duration: '10s' });
  timeline.follow(
    new Map([
      ['other', other],
      ['a', before],
    ]),
  )();
  await clock.advance(9_000);
  timeline.follow(
    new Map([
      ['other', other],
      ['a', after],
    ]),
  )();
  await clock.advance(1_000);
  expect(activeNames()).toEqual(['a']);
  await clock.advance(9_000);
  expect(activeNames()).toEqual([]);
  expect(told.filter((line) => line !== 'changed')).toEqual([
    'other started',
    'a started',
    'a ended: it was changed',
    'a started',
    'other ended: its duration is over',
    'a ended: its duration is over',
  ]);
});

test('restart lets all of them begin anew, in the order of the account', async () => {
  const [a, b] = [
    fault({ name: 'a', type: 'origin_refuse', duration: '10s' }),
    fault({ name: 'b', type: 'origin_refuse', starts: '5s' }),
  ];
  // `a` was written later.
  timeline.follow(new Map([['b', b]]))();
  timeline.follow(
    new Map([
      ['b', b],
      ['a', a],
    ]),
  )();
  await clock.advance(20_000);
  expect(activeNames()).toEqual(['b']);
  timeline.restart(
    new Map([
      ['a', a],
      ['b', b],
    ]),
  )();
  expect([activeNames(), timeline.stateOf('b')]).toEqual([['a'], 'waiting']);
  await clock.advance(5_000);
  expect(activeNames()).toEqual(['a', 'b']);
});

test('a data center goes down with its probability, drawn each time it begins', () => {
  let down = 0;
  for (let time = 0; time < 1_000; time++) {
    follow({ name: 'a', type: 'data_center_down', match: { data_center: 'NRT' }, probability: 0.3 });
    down += activeNames().length;
    follow();
  }
  expect(down).toBeGreaterThan(250);
  expect(down).toBeLessThan(350);
  expect(told.length).toBe(down * 2);
});
