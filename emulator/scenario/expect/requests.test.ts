import { describe, expect, test } from 'vitest';
import type { PlannedStep, RequestRecord } from '../scenario.types.js';
import type { ExpectSpec } from '../schema.js';
import { findInRequests } from './requests.js';
import { windowOf, within } from './window.js';

function record(number: number, fields: Partial<RequestRecord> = {}): RequestRecord {
  const same = { load: 'load', client: 0, method: 'GET', host: 'app.example.com', path: '/' };
  return { number, at: number * 100, status: 200, pool: 'a', endpoint: 'a-1', ...same, ...fields };
}

const steps: readonly PlannedStep[] = [
  { number: 1, at: 0, name: 'break', place: 'x:1', action: { kind: 'lift', fault: 'x' } },
  { number: 2, at: 500, place: 'x:2', action: { kind: 'advance', by: 0 } },
  { number: 3, at: 1_000, place: 'x:3', action: { kind: 'expect', expect: { tolerance: '5%' } } },
];

function find(expected: Partial<ExpectSpec>, requests: readonly RequestRecord[]) {
  return findInRequests({ tolerance: '5%', ...expected }, requests, steps, requests, 10_000);
}

const ten = Array.from({ length: 10 }, (_, index) => record(index + 1));

describe('shares', () => {
  const half = ten.map((each, index) => (index < 4 ? { ...each, pool: 'b' } : each));

  test('are met within the tolerance, in percentage points', () => {
    expect(find({ shares: { pool: { a: '55%', b: '45%' } } }, half)).toEqual([
      { what: 'share of pool a', wanted: '55% ± 5', found: '60.0% (6 of 10)', met: true },
      { what: 'share of pool b', wanted: '45% ± 5', found: '40.0% (4 of 10)', met: true },
    ]);
    expect(find({ shares: { pool: { a: '54%' } } }, half)).toMatchObject([{ met: false }]);
  });

  test('are of those that were answered, and none of them is not met by nothing', () => {
    expect(find({ shares: { pool: { a: '0%' } } }, [])).toMatchObject([{ met: false }]);
    const { status: _status, ...lost } = record(1);
    expect(find({ shares: { pool: { a: '100%' } }, tolerance: '0%' }, [lost, record(2)])).toMatchObject([
      { found: '100.0% (1 of 1)', met: true },
    ]);
  });
});

describe('failed', () => {
  const { status: _status, ...cut } = record(3);
  const some = [record(1), record(2, { status: 502 }), cut, record(4, { status: 404 })];

  test('are those without a whole answer, and with 5xx', () => {
    expect(find({ failed: 0 }, some)).toEqual([
      {
        what: 'failed',
        wanted: '0',
        found: '2 of 4 (1 x 502, 1 x cut off; the first at 0.2s, request 2)',
        met: false,
      },
    ]);
    expect(find({ failed: { at_most: 2 } }, some)).toMatchObject([{ wanted: 'at most 2', met: true }]);
    expect(find({ failed: { at_least: 3 } }, some)).toMatchObject([{ met: false }]);
  });

  test('statuses are counted one by one, or by their class', () => {
    expect(find({ status: { 404: 1, '5xx': 1, 200: { at_least: 2 } } }, some).map(({ met }) => met)).toEqual([
      false,
      true,
      true,
    ]);
  });
});

describe('the time to fail over', () => {
  const moved = ten.map((each, index) => ({ ...each, pool: index < 6 ? 'a' : 'b', status: index === 3 ? 502 : 200 }));
  const wanted = { after: 'break', within: '500ms' };

  test('ends with the first request from which on all are well', () => {
    expect(find({ failover_within: wanted }, moved)).toEqual([
      { what: 'time to fail over after break', wanted: 'at most 500ms', found: '0.5s', met: true },
    ]);
    expect(find({ failover_within: { ...wanted, to: 'b' } }, moved)).toMatchObject([{ found: '0.7s', met: false }]);
  });

  test('is none when nothing failed, and is not met when it never was well', () => {
    expect(find({ failover_within: wanted }, ten)).toMatchObject([{ found: '0s', met: true }]);
    expect(find({ failover_within: { ...wanted, to: 'c' } }, ten)).toMatchObject([{ met: false }]);
  });
});

test('a reason has to occur once, with all that is said of it', () => {
  const reasons = [{ step: 'failover', outcome: 'chosen', subject: 'b-1', detail: 'error 521 of a-1' }];
  const requests = [record(1), record(2, { reasons })];
  const met = (reason: NonNullable<ExpectSpec['reason']>) => find({ reason }, requests)[0]?.met;
  expect(met({ step: 'failover', outcome: 'chosen', says: '521' })).toBe(true);
  expect(met({ step: 'failover', outcome: 'none' })).toBe(false);
  expect(met({ step: 'failover', subject: 'a-1' })).toBe(false);
  expect(met({ step: 'failover', says: '522' })).toBe(false);
});

test('clients are sticky when each had one endpoint', () => {
  const loyal = [record(1, { client: 1 }), record(2, { client: 2, endpoint: 'b-1' }), record(3, { client: 1 })];
  expect(find({ sticky: true }, loyal)).toMatchObject([{ found: '2 of 2', met: true }]);
  const moved = [...loyal, record(4, { client: 2 })];
  expect(find({ sticky: true }, moved)).toMatchObject([{ found: '1 of 2', met: false }]);
  expect(find({ sticky: false }, moved)).toMatchObject([{ met: true }]);
});

test('an expectation is about requests since the last step that did something, or the one it names', () => {
  const step = steps[2] as PlannedStep;
  expect(windowOf(step, { tolerance: '5%' }, steps)).toEqual({ from: 0, to: 1_000, load: undefined });
  expect(within({ from: 200, to: 400, load: undefined }, ten).map(({ number }) => number)).toEqual([2, 3]);
  expect(within({ from: 0, to: 400, load: 'other' }, ten)).toEqual([]);
});
