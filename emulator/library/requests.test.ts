import { expect, test } from 'vitest';
import { traced } from '../observe/journal.fixture.js';
import { journalQuery } from './requests.js';

test('a number is how many; nothing is a hundred of all', () => {
  expect(journalQuery()).toEqual({ limit: 100 });
  expect(journalQuery(7)).toEqual({ limit: 7 });
  expect(journalQuery({})).toEqual({ limit: 100 });
});

test('filters are put together, with a limit of their own', () => {
  const { limit, matches } = journalQuery({ host: 'app.example.com', status: '5xx', limit: 3 });
  expect(limit).toBe(3);
  expect(matches?.(traced({ status: 503 }))).toBe(true);
  expect(matches?.(traced({ status: 200 }))).toBe(false);
  expect(matches?.(traced({ status: 503, host: 'other.example.com' }))).toBe(false);
});

test.each([
  [{ hots: 'app.example.com' }, /has no filter "hots".*"host"/],
  [{ status: '99' }, /cannot use the filter status: "99"/],
  [{ pool: 7 }, /cannot use the filter pool: 7/],
  [{ limit: 'all' }, /cannot use the filter limit: "all"/],
  [null, /cannot use null/],
])('%j is refused', (wanted, message) => {
  expect(() => journalQuery(wanted)).toThrow(message);
});
