import { expect, test } from 'vitest';
import { perSegment } from './segments.js';

/** The draws are 1, 2, 3, ... */
function counting() {
  let draws = 0;
  return perSegment(() => ++draws);
}

test('one draw for each 16 KiB, however the stream is cut in chunks', () => {
  const whole = counting();
  expect(whole(0)).toEqual({ latest: 1, sum: 1 });
  expect(whole(40 * 1024)).toEqual({ latest: 3, sum: 5 });
  const pieces = counting();
  pieces(0);
  let sum = 0;
  for (let piece = 0; piece < 40; piece++) sum += pieces(1024).sum;
  expect([sum, pieces(0).latest]).toEqual([5, 3]);
});
