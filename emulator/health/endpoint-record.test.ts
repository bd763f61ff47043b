import { describe, expect, test } from 'vitest';
import { EndpointRecord } from './endpoint-record.js';
import { type Given, reportTo, watchedEndpoint } from './health.fixture.js';
import type { Part } from './health.types.js';

const group = (parts: Readonly<Record<string, Part>>, given: Given = {}) =>
  new EndpointRecord(watchedEndpoint(parts, given, true));

describe('an endpoint that a group watches', () => {
  test('is what its monitors decide together, each by its own quorum', () => {
    const endpoint = group({ a: 'voting', b: 'voting', c: 'voting' });
    expect(endpoint.verdict).toBe('unknown');
    reportTo(endpoint, 'a', '---');
    reportTo(endpoint, 'b', '++-');
    expect(endpoint.verdict).toBe('unknown');
    reportTo(endpoint, 'c', '--+');
    expect(endpoint.verdict).toBe('unhealthy');
    reportTo(endpoint, 'c', '++ ');
    expect(endpoint.verdict).toBe('healthy');
  });

  test('is unhealthy at once when one fails that must be healthy', () => {
    const endpoint = group({ a: 'must_be_healthy', b: 'voting', c: 'voting' });
    reportTo(endpoint, 'a', '---');
    expect(endpoint.verdict).toBe('unhealthy');
    reportTo(endpoint, 'b', '+++');
    reportTo(endpoint, 'c', '+++');
    expect(endpoint.verdict).toBe('unhealthy');
  });

  test('is seen from a data center by what each monitor finds there', () => {
    const endpoint = group({ a: 'voting', b: 'voting' });
    reportTo(endpoint, 'a', '-++');
    reportTo(endpoint, 'b', '-+-');
    const seen = ['NRT', 'KIX', 'LHR', 'SYD'].map((code) => endpoint.seenFrom(code, '', 0));
    // Half of the votes is not enough in LHR.
    expect(seen).toEqual(['unhealthy', 'healthy', 'healthy', 'healthy']);
    expect(endpoint.votes).toMatchObject([
      { dataCenter: 'NRT', verdict: 'unhealthy', result: { detail: 'a: connect ECONNREFUSED' } },
      { dataCenter: 'KIX', verdict: 'healthy' },
      { dataCenter: 'LHR', verdict: 'healthy', result: { detail: 'a: answered 200' } },
    ]);
  });

  test('is healthy without anybody who decides', () => {
    expect(group({ a: 'monitoring_only' }).verdict).toBe('healthy');
    expect(group({}).verdict).toBe('healthy');
  });

  test('has the round trips of all its monitors but those that only monitor', () => {
    const endpoint = group({ a: 'must_be_healthy', b: 'voting', c: 'monitoring_only', d: 'voting' });
    reportTo(endpoint, 'a', '+', 10);
    reportTo(endpoint, 'b', '+', 30);
    reportTo(endpoint, 'c', '+', 1_000);
    expect(endpoint.roundTrip('NRT')).toBe(20);
    expect(endpoint.roundTrip('KIX')).toBeUndefined();
  });

  test('keeps what monitors know that stay, and begins anew with those that come', () => {
    const endpoint = group({ a: 'voting', b: 'voting' });
    reportTo(endpoint, 'a', '+++');
    reportTo(endpoint, 'b', '+++');
    const [a] = endpoint.records;
    const changed = endpoint.update(watchedEndpoint({ a: 'voting', c: 'must_be_healthy' }, {}, true));
    expect(endpoint.records[0]).toBe(a);
    expect(endpoint.verdict).toBe('unknown');
    // Both are to be probed: the pool is another object, so something about it has changed.
    expect(changed).toEqual(endpoint.records);
  });

  test('shows each of them', () => {
    const endpoint = group({ a: 'must_be_healthy', b: 'monitoring_only' }, { regions: ['NEAS', 'WEU'] });
    reportTo(endpoint, 'a', '+++');
    reportTo(endpoint, 'b', '++-');
    expect(endpoint.monitors).toMatchObject([
      { monitor: 'a', part: 'must_be_healthy', verdict: 'healthy' },
      { monitor: 'b', part: 'monitoring_only', verdict: 'unhealthy' },
    ]);
    expect(endpoint.regions).toEqual(
      new Map([
        ['NEAS', 'healthy'],
        ['WEU', 'healthy'],
      ]),
    );
  });
});

test('an endpoint that a single monitor watches is what that monitor finds', () => {
  const endpoint = new EndpointRecord(watchedEndpoint());
  reportTo(endpoint, 'm', '+--');
  expect([endpoint.verdict, endpoint.monitors, endpoint.seenFrom('NRT', 'NEAS', 0)]).toEqual([
    'unhealthy',
    [],
    'healthy',
  ]);
});
