import { expect, test } from 'vitest';
import { ManualDeadlines } from '../../../runtime/deadlines.js';
import { Repeats } from './repeats.js';

test('the same thing is new once a minute, and what is remembered is bounded', () => {
  const deadlines = new ManualDeadlines();
  const repeats = new Repeats(deadlines);
  expect([repeats.isNew('a'), repeats.isNew('a'), repeats.isNew('b')]).toEqual([true, false, true]);
  deadlines.elapse(59_999);
  expect(repeats.isNew('a')).toBe(false);
  deadlines.elapse(1);
  expect(repeats.isNew('a')).toBe(true);
  for (let count = 0; count < 100; count++) repeats.isNew(`other ${count}`);
  expect(repeats.isNew('a')).toBe(true);
  // Nothing is left waiting when the edge closes.
  expect(deadlines.size).toBe(0);
});
