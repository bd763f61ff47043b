import { describe, expect, test } from 'vitest';
import { createGeography } from '../geo/geography.js';
import type { Monitor, Pool } from '../state/objects.js';
import { Board, EndpointRecord } from './board.js';
import type { ProbeResult } from './probes/probe.types.js';
import type { Watched } from './watches.js';

const PASSED: ProbeResult = { passed: true, responseCode: 200, detail: 'answered 200' };
const FAILED: ProbeResult = { passed: false, reason: 'TCP connection failed', detail: 'connect ECONNREFUSED' };

interface Given {
  readonly codes?: readonly string[];
  readonly regions?: readonly string[] | null;
  readonly monitor?: Partial<Monitor>;
}

/** An endpoint `a` of a pool `p`; only what records look at. */
function watched({ codes = ['NRT', 'KIX', 'LHR'], regions = null, monitor = {} }: Given = {}): Watched {
  const origin = { name: 'a', address: '127.0.0.1', enabled: true, weight: 1, port: 0, flatten_cname: true };
  return {
    pool: { id: 'p', name: 'p', origins: [origin], check_regions: regions } as unknown as Pool,
    origin,
    monitor: { id: 'm', consecutive_up: 0, consecutive_down: 0, ...monitor } as Monitor,
    dataCenters: createGeography(codes).configured,
  };
}

/** Reports one result per data center: `+` passed, `-` failed, a blank none. */
function report(record: EndpointRecord, results: string): void {
  for (const [index, { code }] of record.watched.dataCenters.entries()) {
    const result = results[index];
    if (result === '+' || result === '-') record.report(code, result === '+' ? PASSED : FAILED, 'unhealthy');
  }
}

describe('a record', () => {
  test('is seen from a data center as that one sees it, and as the network does where it has no verdict', () => {
    const record = new EndpointRecord(watched());
    report(record, '++-');
    expect(['NRT', 'LHR', 'SYD'].map((code) => record.seenFrom(code))).toEqual(['healthy', 'unhealthy', 'healthy']);
  });

  test('is seen alike from everywhere with check_regions', () => {
    const record = new EndpointRecord(watched({ codes: ['NRT', 'KIX', 'HKG'], regions: ['NEAS'] }));
    report(record, '-++');
    expect(['NRT', 'KIX', 'SYD'].map((code) => record.seenFrom(code))).toEqual(['healthy', 'healthy', 'healthy']);
  });

  test('gives no vote to a data center that does not run, which begins anew when it is back', () => {
    const record = new EndpointRecord(watched({ codes: ['NRT', 'KIX'], regions: ['NEAS'] }));
    report(record, '+-');
    expect(record.verdict).toBe('unhealthy');
    record.silence('KIX');
    expect(record.verdict).toBe('healthy');
    expect(record.votes).toMatchObject([{ verdict: 'healthy' }, { dataCenter: 'KIX', verdict: 'unknown' }]);
    expect(record.awaitsFirstResult).toBe(false);
    record.report('KIX', FAILED, 'unhealthy');
    expect(record.verdict).toBe('unhealthy');
  });

  test('keeps its verdict when settings change, and counts rows of results anew', () => {
    const record = new EndpointRecord(watched({ codes: ['NRT'], monitor: { consecutive_down: 2 } }));
    report(record, '+');
    report(record, '-');
    record.update(watched({ codes: ['NRT'], monitor: { consecutive_down: 2 } }));
    expect(record.verdict).toBe('healthy');
    report(record, '-');
    expect(record.verdict).toBe('healthy');
    report(record, '-');
    expect(record.verdict).toBe('unhealthy');
  });

  test('follows the data centers that probe', () => {
    const record = new EndpointRecord(watched());
    report(record, '+--');
    expect(record.verdict).toBe('unhealthy');
    record.update(watched({ codes: ['NRT'] }));
    expect([record.verdict, record.votes.length]).toEqual(['healthy', 1]);
    record.update(watched({ codes: ['NRT', 'SYD'] }));
    expect(record.awaitsFirstResult).toBe(true);
  });

  test('awaits its first result until it is decided or everybody was asked', () => {
    const record = new EndpointRecord(watched());
    expect(record.awaitsFirstResult).toBe(true);
    report(record, '+');
    expect(record.awaitsFirstResult).toBe(true);
    report(record, '++');
    expect(record.awaitsFirstResult).toBe(false);
    const patient = new EndpointRecord(watched({ monitor: { consecutive_up: 3 } }));
    report(patient, '+++');
    expect([patient.verdict, patient.awaitsFirstResult]).toEqual(['unknown', false]);
  });
});

describe('the board', () => {
  test('says which records are new or changed, and begins anew with another monitor', () => {
    const board = new Board();
    const first = watched();
    const [record] = board.replace([first]);
    if (!record) throw new Error('the first is new');
    report(record, '+++');
    expect(board.replace([first])).toEqual([]);
    expect(board.replace([watched()])).toEqual([record]);
    expect(record.verdict).toBe('healthy');
    const [another] = board.replace([watched({ monitor: { id: 'other' } })]);
    expect(another).not.toBe(record);
    expect(board.find('p', 'a')?.verdict).toBe('unknown');
    expect(board.replace([])).toEqual([]);
    expect([...board.all()]).toEqual([]);
  });
});
