import { expect, test } from 'vitest';
import { ManualDeadlines } from '../../runtime/deadlines.js';
import type { Opened } from '../reach/reach.js';
import { deadlineAt } from './response-deadline.js';

const opened = (underWay?: () => boolean): Opened => ({
  request: () => ({ resume: () => undefined, abort: () => undefined }),
  switching: { by: 'edge', connect: () => Promise.reject(new Error('nobody dials')) },
  legs: [],
  ...(underWay ? { underWay } : {}),
});

test('a deadline begins anew while something is under way', () => {
  const deadlines = new ManualDeadlines();
  let underWay = true;
  let expired = 0;
  deadlineAt(
    opened(() => underWay),
    deadlines,
    100,
    () => expired++,
  );
  deadlines.elapse(1_000);
  expect(expired).toBe(0);
  underWay = false;
  deadlines.elapse(99);
  expect(expired).toBe(0);
  deadlines.elapse(1);
  expect([expired, deadlines.size]).toEqual([1, 0]);
});

test('it can be cancelled and refreshed also when it has begun anew', () => {
  const deadlines = new ManualDeadlines();
  let underWay = true;
  let expired = 0;
  const deadline = deadlineAt(
    opened(() => underWay),
    deadlines,
    100,
    () => expired++,
  );
  deadlines.elapse(150);
  underWay = false;
  deadline.refresh();
  deadlines.elapse(99);
  expect(expired).toBe(0);
  deadline.cancel();
  deadlines.elapse(1_000);
  expect([expired, deadlines.size]).toEqual([0, 0]);
});

test('without simulated latency it is a deadline', () => {
  const deadlines = new ManualDeadlines();
  let expired = 0;
  deadlineAt(opened(), deadlines, 100, () => expired++);
  deadlines.elapse(100);
  expect(expired).toBe(1);
});
