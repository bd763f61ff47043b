import { describe, expect, test } from 'vitest';
import { traced } from './journal.fixture.js';
import type { RequestTrace } from './journal.types.js';
import { matcherOf, type RequestFilter } from './request-filter.js';

/** What a filter leaves of three requests. */
function rays(filter: RequestFilter): string[] {
  const matches = matcherOf(filter) ?? (() => true);
  return REQUESTS.filter(matches).map(({ ray }) => ray);
}

const REQUESTS: readonly RequestTrace[] = [
  traced({
    ray: 'answered',
    status: 200,
    attempts: [
      { pool: 'tokyo', endpoint: 'tokyo-a', address: '192.0.2.1', tunnel: 'tokyo', failure: 'refused' },
      { pool: 'osaka', endpoint: 'osaka-a', address: '192.0.2.2', tunnel: 'osaka', status: 200 },
    ],
    reasons: [{ step: 'fault', subject: 'broken', outcome: 'origin_refuse', detail: 'the origin refuses' }],
  }),
  traced({ ray: 'unknown', host: 'other.example.com', status: 530, error: 1016 }),
  traced({
    ray: 'failed',
    status: 521,
    attempts: [{ pool: 'tokyo', endpoint: 'tokyo-b', address: '192.0.2.3', failure: 'refused' }],
    reasons: [{ step: 'attempt', subject: 'broken', outcome: 'failed', detail: 'connection refused' }],
  }),
];

describe('request filter', () => {
  test.each<[RequestFilter, string[]]>([
    [{}, ['answered', 'unknown', 'failed']],
    [{ host: 'OTHER.example.com' }, ['unknown']],
    [{ host: 'example.com' }, []],
    [{ pool: 'tokyo' }, ['answered', 'failed']],
    [{ pool: 'osaka' }, ['answered']],
    [{ endpoint: 'tokyo-a' }, ['answered']],
    [{ endpoint: 'tokyo' }, []],
    [{ tunnel: 'tokyo' }, ['answered']],
    [{ status: 521 }, ['failed']],
    [{ status: '521' }, ['failed']],
    [{ status: '5xx' }, ['unknown', 'failed']],
    [{ status: '2XX' }, ['answered']],
    [{ fault: 'any' }, ['answered']],
    [{ fault: 'broken' }, ['answered']],
    [{ fault: 'other' }, []],
    [{ pool: 'tokyo', status: '5xx' }, ['failed']],
    [{ pool: 'tokyo', status: '5xx', host: 'other.example.com' }, []],
  ])('%j leaves %j', (filter, expected) => {
    expect(rays(filter)).toEqual(expected);
  });

  test('asks nothing of requests when nothing is wanted', () => {
    expect(matcherOf({})).toBeUndefined();
  });

  test('a request that got no answer has no status that fits', () => {
    expect(matcherOf({ status: '5xx' })?.(traced({}))).toBe(false);
  });
});
