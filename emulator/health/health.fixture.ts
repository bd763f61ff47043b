import { createGeography } from '../geo/geography.js';
import type { Monitor, MonitorGroup, Pool } from '../state/objects.js';
import type { EndpointRecord } from './endpoint-record.js';
import type { Part } from './health.types.js';
import type { MonitorRecord } from './monitor-record.js';
import type { ProbeResult } from './probes/probe.types.js';
import type { Watched, WatchedEndpoint } from './watches.js';

export const FAILED: ProbeResult = {
  passed: false,
  reason: 'TCP connection failed',
  detail: 'connect ECONNREFUSED',
};

export interface Given {
  readonly codes?: readonly string[];
  readonly regions?: readonly string[] | null;
  readonly sources?: Pool['health_sources'];
  readonly monitor?: Partial<Monitor>;
  readonly part?: Part;
  readonly origin?: Partial<Pool['origins'][number]>;
}

const ORIGIN = { name: 'a', address: '127.0.0.1', enabled: true, weight: 1, port: 0, flatten_cname: true };

/** An endpoint `a` of a pool `p`, watched every minute; only what records look at. */
export function watched(given: Given = {}): Watched {
  const { codes = ['NRT', 'KIX', 'LHR'], regions = null, sources = null, monitor = {} } = given;
  const { part = 'must_be_healthy' } = given;
  const origin = { ...ORIGIN, ...given.origin };
  return {
    pool: {
      id: 'p',
      name: 'p',
      origins: [origin],
      check_regions: regions,
      health_sources: sources,
    } as unknown as Pool,
    origin,
    monitor: {
      id: 'm',
      description: 'm',
      type: 'http',
      interval: 60,
      consecutive_up: 0,
      consecutive_down: 0,
      ...monitor,
    } as Monitor,
    part,
    dataCenters: createGeography(codes).configured,
  };
}

/** The same endpoint with all that watch it: a monitor, or a group of several, with their parts. */
export function watchedEndpoint(
  parts: Readonly<Record<string, Part>> = { m: 'must_be_healthy' },
  given: Given = {},
  group = false,
): WatchedEndpoint {
  const { pool, origin } = watched(given);
  const monitors = Object.entries(parts).map(([id, part]) => ({
    ...watched({ ...given, monitor: { id, description: id, ...given.monitor }, part }),
    pool,
    origin,
  }));
  return { pool, origin, ...(group ? { group: { description: 'g' } as MonitorGroup } : {}), monitors };
}

/** Reports one result per data center: `+` passed, `-` failed, a blank none. */
export function report(record: MonitorRecord, results: string, now = 0, roundTripMs = 8): void {
  for (const [index, { code }] of record.watched.dataCenters.entries()) {
    const result = results[index];
    const passed: ProbeResult = { passed: true, responseCode: 200, detail: 'answered 200', roundTripMs };
    if (result === '+' || result === '-')
      record.report(code, result === '+' ? passed : FAILED, 'unhealthy', now, false);
  }
}

/** Reports to one monitor of an endpoint. */
export function reportTo(endpoint: EndpointRecord, monitor: string, results: string, roundTripMs = 8): void {
  const record = endpoint.records.find((each) => each.watched.monitor.id === monitor);
  if (!record) throw new Error(`no monitor ${monitor} watches the endpoint`);
  report(record, results, 0, roundTripMs);
  endpoint.decide();
}
