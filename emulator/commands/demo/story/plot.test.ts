import { describe, expect, test } from 'vitest';
import { unmetOf } from './expectations.js';
import { PLOT } from './plot.js';
import type { Facts, Step } from './step.types.js';
import { Tally } from './tally.js';

function tally(origin: string, count: number, lost: { gets?: number; posts?: number } = {}): Tally {
  const made = new Tally();
  for (let i = 0; i < count; i++) made.send()({ retryable: true, status: 200, origin });
  for (let i = 0; i < (lost.gets ?? 0); i++) made.send()({ retryable: true, status: 502, origin: undefined });
  for (let i = 0; i < (lost.posts ?? 0); i++) made.send()({ retryable: false, status: 502, origin: undefined });
  return made;
}

function facts(during: Tally, after: Tally, ends: readonly string[] = [], took: number | undefined = 40): Facts {
  const connections = ends.map((data_center) => ({ accepting: true, data_center }));
  return { during, after, took, tunnels: [{ name: 'tokyo', connections }] as unknown as Facts['tunnels'] };
}

function step(title: RegExp): Step {
  const found = PLOT.find((each) => title.test(each.title));
  if (!found) throw new Error(`no step ${title}`);
  return found;
}

const tokyo = tally('tokyo-app', 200);
const osaka = tally('osaka-app', 200);

describe('a replica that is killed', () => {
  const killed = step(/killed/);

  test('may cost POSTs that were under way, and no GET', () => {
    expect(unmetOf(killed, facts(tally('tokyo-app', 20, { posts: 2 }), tokyo))).toEqual([]);
    expect(unmetOf(killed, facts(tally('tokyo-app', 20, { gets: 1, posts: 2 }), tokyo))).toEqual([
      'expected that no retryable request is lost, but: lost 1 retryable and 2 not retryable of 223: 3 ended with 502',
    ]);
  });

  test('costs nothing once it is gone', () => {
    const after = tally('tokyo-app', 200, { posts: 1 });
    expect(unmetOf(killed, facts(tokyo, after))).toEqual([
      'expected that no request is lost from then on, but: lost 0 retryable and 1 not retryable of 201: 1 ended with 502',
    ]);
  });

  test('whose connections stay is not told as gone', () => {
    expect(unmetOf(killed, { ...facts(tokyo, tokyo), took: undefined })).toEqual([
      'expected that its connections are closed, but: that was not seen in time',
    ]);
  });
});

test('a drain costs nothing at all', () => {
  expect(unmetOf(step(/drained/), facts(tally('tokyo-app', 20, { posts: 1 }), tokyo))).toHaveLength(1);
  expect(unmetOf(step(/drained/), facts(tokyo, tokyo))).toEqual([]);
});

test('connections leave a data center that is down, and come back', () => {
  const [home, away] = [
    ['NRT', 'KIX', 'NRT', 'KIX'],
    ['ICN', 'KIX', 'ICN', 'KIX'],
  ];
  expect(unmetOf(step(/goes down/), facts(tokyo, tokyo, away))).toEqual([]);
  expect(unmetOf(step(/goes down/), facts(tokyo, tokyo, home))).toEqual([
    'expected that 4 connections take requests at the end, none in NRT, but: they end in: NRT, KIX, NRT, KIX',
  ]);
  expect(unmetOf(step(/is back/), facts(tokyo, tokyo, home))).toEqual([]);
  expect(unmetOf(step(/is back/), facts(tokyo, tokyo, away.slice(1)))).toHaveLength(1);
});

test('a broken site may cost anything until the monitor decides; then the other one answers all', () => {
  const before = tally('tokyo-app', 3, { gets: 80, posts: 20 });
  expect(unmetOf(step(/breaks/), facts(before, osaka))).toEqual([]);
  expect(unmetOf(step(/breaks/), facts(before, tokyo))).toEqual([
    'expected that osaka-app answers, but: tokyo-app answered 200',
  ]);
  expect(unmetOf(step(/healed/), facts(osaka, tokyo))).toEqual([]);
  expect(unmetOf(step(/healed/), facts(osaka, osaka))).toHaveLength(1);
});
