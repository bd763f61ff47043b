import { describe, expect, test } from 'vitest';
import { count, NO_RESULT, type Streak } from './streak.js';

/** The verdict after each result: `+` passes, `-` fails. */
function verdictsAfter(
  results: string,
  up: number,
  down: number,
  initial: 'healthy' | 'unhealthy' = 'unhealthy',
): string {
  let streak: Streak = NO_RESULT;
  return [...results]
    .map((result) => {
      streak = count(streak, result === '+', { consecutive_up: up, consecutive_down: down }, initial);
      return { healthy: 'h', unhealthy: 'u', unknown: '?' }[streak.verdict];
    })
    .join('');
}

describe('a data center changes its mind', () => {
  test.each([0, 1])('with each result when the thresholds are %i', (threshold) => {
    expect(verdictsAfter('+-+--', threshold, threshold)).toBe('huhuu');
  });

  test('after so many passes in a row, and begins to count anew after a fail', () => {
    expect(verdictsAfter('-++-+++', 3, 0)).toBe('uuuuuuh');
  });

  test('after so many fails in a row, and begins to count anew after a pass', () => {
    expect(verdictsAfter('+--+---+', 0, 3)).toBe('hhhhhhuh');
  });
});

describe('before there is a verdict', () => {
  test('a result that agrees with what the endpoint counts as decides at once', () => {
    expect(verdictsAfter('-', 3, 3)).toBe('u');
    expect(verdictsAfter('+', 3, 3, 'healthy')).toBe('h');
  });

  test('one that does not is counted', () => {
    expect(verdictsAfter('+++', 3, 3)).toBe('??h');
    expect(verdictsAfter('---', 3, 3, 'healthy')).toBe('??u');
  });
});
