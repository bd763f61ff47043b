import { expect, test } from 'vitest';
import { ManualDeadlines } from './deadlines.js';
import { againText, Repeated, SUMMED_UP_AFTER } from './repeated.js';

function setup() {
  const deadlines = new ManualDeadlines();
  const repeated = new Repeated(deadlines);
  const said: string[] = [];
  const happen = (what: string): void => repeated.happened(what, (again) => said.push(`${what}${againText(again)}`));
  return { deadlines, repeated, said, happen };
}

test('the first is said at once, the others as a count each minute, and after a quiet minute it is new again', () => {
  const { deadlines, happen, said } = setup();
  for (let count = 0; count < 42; count++) happen('a');
  happen('b');
  expect(said).toEqual(['a', 'b']);
  deadlines.elapse(SUMMED_UP_AFTER);
  expect(said.splice(0)).toEqual(['a', 'b', 'a (again 41 times in the last minute)']);
  happen('a');
  deadlines.elapse(SUMMED_UP_AFTER);
  expect(said.splice(0)).toEqual(['a (again 1 time in the last minute)']);
  deadlines.elapse(SUMMED_UP_AFTER);
  expect(deadlines.size).toBe(0);
  happen('a');
  expect(said).toEqual(['a']);
});

test('what is counted is bounded, and closing says the rest and leaves nothing waiting', () => {
  const { deadlines, happen, repeated, said } = setup();
  happen('a');
  happen('a');
  for (let count = 0; count < 100; count++) happen(`other ${count}`);
  expect(deadlines.size).toBe(100);
  expect(said.filter((line) => line.startsWith('a'))).toEqual(['a', 'a (again 1 time in the last minute)']);
  happen('other 99');
  repeated.close();
  expect(said.at(-1)).toBe('other 99 (again 1 time in the last minute)');
  expect(deadlines.size).toBe(0);
});
