import { expect, test } from 'vitest';
import type { ResponseHead } from '../../tunnel/connection.js';
import { struckRequest } from '../faults.fixture.js';

/** What becomes of the headers of an answer. */
function through(by: string, headers: readonly string[]): readonly string[] {
  const { send, played, client } = struckRequest([{ name: 'late', type: 'clock_skew', by }], { connector: 'c1' });
  let head: ResponseHead | undefined;
  client.head = (given) => {
    head = given as ResponseHead;
  };
  send();
  played.origin.head({ status: 200, headers, source: 'origin' });
  return head?.headers ?? [];
}

test.each([
  ['+5m', 'Thu, 01 Jan 2026 00:05:00 GMT'],
  ['-1d', 'Wed, 31 Dec 2025 00:00:00 GMT'],
  ['+1500ms', 'Thu, 01 Jan 2026 00:00:01 GMT'],
])('%s shows in the Date of answers', (by, expected) => {
  expect(through(by, ['X-A', 'date', 'dAtE', 'Thu, 01 Jan 2026 00:00:00 GMT'])).toEqual([
    'X-A',
    'date',
    'dAtE',
    expected,
  ]);
});

test('no Date, or one that is none, stays as it is', () => {
  expect(through('+5m', ['Date', 'yesterday'])).toEqual(['Date', 'yesterday']);
  expect(through('+5m', ['X-A', 'b'])).toEqual(['X-A', 'b']);
});
