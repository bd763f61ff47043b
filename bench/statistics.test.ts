import { expect, test } from 'vitest';
import { median, medianRatio } from './statistics.js';

test('the median is the middle value, or the mean of the two in the middle', () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([4, 1, 9, 2])).toBe(3);
  expect(() => median([])).toThrow();
});

test('ratios are taken round by round, so that a slow round does not count', () => {
  expect(medianRatio([50, 5, 50], [100, 10, 100])).toBe(0.5);
});
