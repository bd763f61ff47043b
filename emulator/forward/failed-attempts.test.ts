import { expect, test } from 'vitest';
import { ManualDeadlines } from '../../runtime/deadlines.js';
import { SUMMED_UP_AFTER } from '../../runtime/repeated.js';
import { FailedAttempts } from './failed-attempts.js';

test('failures alike are one event, then one a minute; the client that went away is none', () => {
  const told: string[] = [];
  const deadlines = new ManualDeadlines();
  const failed = new FailedAttempts({ emit: (_, message) => told.push(message) }, deadlines);
  const trace = { endpoint: 'a', address: '10.0.0.1', pool: 'p', tunnel: 't' };
  for (let count = 0; count < 3; count++)
    failed.note(trace, { kind: 'refused', detail: 'nobody listens', unsent: true }, 521);
  failed.note(trace, { kind: 'aborted', detail: 'given up', unsent: true }, 502);
  failed.note({ endpoint: 'b', address: '10.0.0.2' }, { kind: 'timeout', detail: 'too slow', unsent: true }, 522);
  deadlines.elapse(SUMMED_UP_AFTER);
  expect(told).toEqual([
    'endpoint a (pool p, tunnel t): nobody listens',
    'endpoint b: too slow',
    'endpoint a (pool p, tunnel t): nobody listens (again 2 times in the last minute)',
  ]);
  failed.close();
  expect(deadlines.size).toBe(0);
});
