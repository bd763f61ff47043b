import { describe, expect, test } from 'vitest';
import { DATA_CENTERS } from '../geo/data-centers.js';
import { FAILED, report, watched } from './health.fixture.js';
import type { Verdict } from './health.types.js';
import { MonitorRecord } from './monitor-record.js';
import type { ProbeResult } from './probes/probe.types.js';

const seen = (record: MonitorRecord, code: string, now = 0): Verdict =>
  record.seenFrom(code, DATA_CENTERS.get(code)?.region ?? '', now);

describe('a record', () => {
  test('is seen from a data center as that one sees it, and as the network does where it has no verdict', () => {
    const record = new MonitorRecord(watched());
    report(record, '++-');
    expect(['NRT', 'LHR', 'SYD'].map((code) => seen(record, code))).toEqual(['healthy', 'unhealthy', 'healthy']);
  });

  test('is seen alike from everywhere with check_regions', () => {
    const record = new MonitorRecord(watched({ codes: ['NRT', 'KIX', 'HKG'], regions: ['NEAS'] }));
    report(record, '-++');
    expect(['NRT', 'KIX', 'SYD'].map((code) => seen(record, code))).toEqual(['healthy', 'healthy', 'healthy']);
  });

  test('gives no vote to a data center that does not run, which begins anew when it is back', () => {
    const record = new MonitorRecord(watched({ codes: ['NRT', 'KIX'], regions: ['NEAS'] }));
    report(record, '+-');
    expect(record.verdict).toBe('unhealthy');
    record.silence('KIX');
    expect(record.verdict).toBe('healthy');
    expect(record.votes).toMatchObject([{ verdict: 'healthy' }, { dataCenter: 'KIX', verdict: 'unknown' }]);
    expect(record.awaitsFirstResult).toBe(false);
    record.report('KIX', FAILED, 'unhealthy', 0, false);
    expect(record.verdict).toBe('unhealthy');
  });

  test('keeps its verdict when settings change, and counts rows of results anew', () => {
    const record = new MonitorRecord(watched({ codes: ['NRT'], monitor: { consecutive_down: 2 } }));
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
    const record = new MonitorRecord(watched());
    report(record, '+--');
    expect(record.verdict).toBe('unhealthy');
    record.update(watched({ codes: ['NRT'] }));
    expect([record.verdict, record.votes.length]).toEqual(['healthy', 1]);
    record.update(watched({ codes: ['NRT', 'SYD'] }));
    expect(record.awaitsFirstResult).toBe(true);
  });

  test('awaits its first result until it is decided or everybody was asked', () => {
    const record = new MonitorRecord(watched());
    expect(record.awaitsFirstResult).toBe(true);
    report(record, '+');
    expect(record.awaitsFirstResult).toBe(true);
    report(record, '++');
    expect(record.awaitsFirstResult).toBe(false);
    const patient = new MonitorRecord(watched({ monitor: { consecutive_up: 3 } }));
    report(patient, '+++');
    expect([patient.verdict, patient.awaitsFirstResult]).toEqual(['unknown', false]);
  });
});

describe('with health_sources [regional, global]', () => {
  const codes = ['NRT', 'KIX', 'HKG', 'LHR', 'FRA', 'CDG', 'SJC', 'SEA', 'DFW'];
  const regional = () =>
    new MonitorRecord(watched({ codes, regions: ['NEAS', 'WEU', 'WNAM'], sources: ['regional', 'global'] }));

  test('each region goes by its own decision, whatever the others say', () => {
    const record = regional();
    report(record, '+++--++++');
    expect(record.verdict).toBe('healthy');
    expect(['NRT', 'LHR', 'CDG', 'SJC'].map((code) => seen(record, code))).toEqual([
      'healthy',
      'unhealthy',
      'unhealthy',
      'healthy',
    ]);
    report(record, '---      ');
    expect(record.verdict).toBe('unhealthy');
    expect(['NRT', 'LHR', 'SJC'].map((code) => seen(record, code))).toEqual(['unhealthy', 'unhealthy', 'healthy']);
  });

  test('data centers of a region that does not probe go by the global one', () => {
    const record = regional();
    report(record, '+++---+++');
    expect(['SYD', 'GRU'].map((code) => seen(record, code))).toEqual(['healthy', 'healthy']);
  });

  test('so do those of a region without a result, and of one whose data centers do not run', () => {
    const record = regional();
    report(record, '+++   +++');
    expect(seen(record, 'LHR')).toBe('healthy');
    report(record, '+++---+++');
    expect(seen(record, 'LHR')).toBe('unhealthy');
    for (const code of ['LHR', 'FRA', 'CDG']) record.silence(code);
    expect(seen(record, 'LHR')).toBe('healthy');
  });

  test('so do those of a region whose results are older than three intervals', () => {
    const record = regional();
    report(record, '+++---+++', 1_000);
    expect(seen(record, 'LHR', 181_000)).toBe('unhealthy');
    expect(seen(record, 'LHR', 181_001)).toBe('healthy');
    report(record, '   -     ', 200_000);
    expect(seen(record, 'LHR', 380_000)).toBe('unhealthy');
  });

  test('without it the same regions decide together', () => {
    const record = new MonitorRecord(watched({ codes, regions: ['NEAS', 'WEU', 'WNAM'] }));
    report(record, '+++---+++');
    expect(['NRT', 'LHR'].map((code) => seen(record, code))).toEqual(['healthy', 'healthy']);
  });
});

describe('round trips', () => {
  test('are averages by data center, of checks that passed', () => {
    const record = new MonitorRecord(watched());
    report(record, '+ -', 0, 10);
    report(record, '+ -', 0, 20);
    expect(['NRT', 'KIX', 'LHR'].map((code) => record.roundTrips.of(code))).toEqual([12, undefined, undefined]);
  });

  test('are averages by region with check_regions', () => {
    const given = { codes: ['NRT', 'KIX', 'LHR'], regions: ['NEAS', 'WEU'] };
    const record = new MonitorRecord(watched(given));
    report(record, '+  ', 0, 10);
    report(record, ' ++', 0, 20);
    expect(['NEAS', 'WEU', 'NRT'].map((key) => record.roundTrips.of(key))).toEqual([12, 20, undefined]);
    record.update(watched(given));
    expect(record.roundTrips.of('WEU')).toBe(20);
  });

  test.each([
    ['its address', { origin: { address: '127.0.0.2' } }],
    ['its port', { origin: { port: 8080 } }],
    ['its Host', { origin: { header: { Host: ['app.example.com'] } } }],
    ['its virtual network', { origin: { virtual_network_id: 'v' } }],
    ['the port of the monitor', { monitor: { port: 8080 } }],
  ] as const)('begin anew when %s is another', (_what, changed) => {
    const record = new MonitorRecord(watched());
    report(record, '+++');
    record.update(watched({ origin: { weight: 0.5 } }));
    expect(record.roundTrips.of('LHR')).toBe(8);
    record.update(watched(changed));
    expect(record.roundTrips.of('LHR')).toBeUndefined();
  });

  test('from the crowd at the start count only until the first of a turn', () => {
    const record = new MonitorRecord(watched({ codes: ['NRT', 'KIX'] }));
    const passed = (roundTripMs: number): ProbeResult => ({ passed: true, detail: '', roundTripMs });
    record.report('NRT', passed(308), 'unhealthy', 0, true);
    record.report('KIX', passed(308), 'unhealthy', 0, true);
    record.report('NRT', passed(2), 'unhealthy', 15_000, false);
    expect(['NRT', 'KIX'].map((code) => record.roundTrips.of(code))).toEqual([2, 308]);
  });
});
