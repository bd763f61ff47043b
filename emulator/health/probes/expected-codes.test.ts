import { expect, test } from 'vitest';
import { isExpected } from './expected-codes.js';

test.each([
  ['200', 200, true],
  ['200', 201, false],
  ['2xx', 204, true],
  ['2XX', 204, true],
  ['2xx', 302, false],
  ['2xx', 20, false],
  ['200,301', 301, true],
  [' 200 , 3xx ', 308, true],
  [' 200 , 3xx ', 404, false],
] as const)('expected_codes "%s" and %i: %s', (expected, status, result) => {
  expect(isExpected(status, expected)).toBe(result);
});
