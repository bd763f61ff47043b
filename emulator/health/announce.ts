import type { Events } from '../observe/journal.types.js';
import type { Pool } from '../state/objects.js';
import type { EndpointRecord } from './endpoint-record.js';
import type { EndpointHealth, MonitorOpinion, Opinion, PoolHealth, Verdict, Vote } from './health.types.js';
import type { MonitorRecord } from './monitor-record.js';
import { type Census, neededBy } from './pool-health.js';
import { titleOf } from './watches.js';

/** The event of every change of an endpoint's or a pool's state; nothing else is told (docs/reference/load-balancing.md 2.1). */
export const HEALTH_CHANGED = 'health.changed';

export function announceEndpoint(events: Pick<Events, 'emit'>, endpoint: EndpointRecord, from: Verdict): void {
  const { watched, verdict, votes, regions, monitors } = endpoint;
  const { pool, origin, group } = watched;
  const why = group ? whoDecidedTogether(endpoint) : whoDecided(endpoint);
  events.emit(HEALTH_CHANGED, `endpoint ${origin.name} of pool ${pool.name} is ${verdict} (was ${from}): ${why}`, {
    kind: 'endpoint',
    pool: pool.name,
    endpoint: origin.name,
    from,
    to: verdict,
    ...(group === undefined
      ? {}
      : {
          monitor_group: group.description,
          monitors: monitors.map(({ monitor, part, verdict: says }) => ({ monitor, part, verdict: says })),
        }),
    ...(regions.size === 0 ? {} : { regions: Object.fromEntries(regions) }),
    votes: votes.map(voteData),
  });
}

/** Each monitor of a group is told of by itself too, the more so where it only monitors. */
export function announceMonitor(events: Pick<Events, 'emit'>, record: MonitorRecord, from: Verdict): void {
  const { watched, verdict, votes, regions } = record;
  const { pool, origin, part } = watched;
  const monitor = titleOf(watched.monitor);
  const aside = part === 'monitoring_only' ? ', and decides nothing' : '';
  events.emit(
    HEALTH_CHANGED,
    `monitor ${monitor} finds endpoint ${origin.name} of pool ${pool.name} ${verdict} (was ${from})${aside}: ${whoDecided(record)}`,
    {
      kind: 'monitor',
      monitor,
      part,
      pool: pool.name,
      endpoint: origin.name,
      from,
      to: verdict,
      ...(regions.size === 0 ? {} : { regions: Object.fromEntries(regions) }),
      votes: votes.map(voteData),
    },
  );
}

function voteData({ dataCenter, region, verdict, result }: Vote): object {
  return {
    data_center: dataCenter,
    region,
    verdict,
    ...(result && !result.passed ? { failure_reason: result.reason, detail: result.detail } : {}),
  };
}

/** Which monitors of a group made the decision, and why those fail that do. */
function whoDecidedTogether({ verdict, monitors }: EndpointHealth): string {
  if (verdict === 'unknown') return 'too few monitors have decided yet';
  const critical = monitors.filter(({ part }) => part === 'must_be_healthy');
  const fallen = critical.find((each) => each.verdict === 'unhealthy');
  if (fallen) return `${fallen.monitor} must be healthy, and fails: ${whoDecided(fallen)}`;
  const voters = monitors.filter(({ part }) => part === 'voting');
  const failing = voters.filter((each) => each.verdict === 'unhealthy');
  const others = critical.length === 0 ? '' : `, and all pass that must be healthy (${namesOf(critical)})`;
  const names = failing.length === 0 ? '' : ` (${namesOf(failing)})`;
  const ballot = `${failing.length} of ${count(voters.length, 'voting monitor')} ${fails(failing.length)}${names}`;
  if (verdict === 'healthy') return `${ballot}${others}`;
  return [ballot, ...failing.map((each) => `${each.monitor}: ${whoDecided(each)}`)].join('; ');
}

function namesOf(monitors: readonly MonitorOpinion[]): string {
  return some(monitors.map(({ monitor }) => monitor));
}

/** Which data centers, or regions, made the decision, and why those fail that do. */
function whoDecided({ verdict, votes, regions }: Opinion): string {
  if (verdict === 'unknown') return 'too few have a result yet';
  const what = regions.size === 0 ? 'data center' : 'region';
  const voters = regions.size === 0 ? votes.map((vote) => [vote.dataCenter, vote.verdict] as const) : [...regions];
  const deciders = voters.filter(([, each]) => each === verdict).map(([name]) => name);
  const says = verdict === 'healthy' ? passes(deciders.length) : fails(deciders.length);
  const decision = `${deciders.length} of ${count(voters.length, what)} ${says} (${some(deciders)})`;
  const failures = verdict === 'healthy' ? [] : reasonsOf(votes);
  return [decision, ...failures].join('; ');
}

/** E.g. `Response code mismatch error: answered 503, expected 2xx`, the most frequent first. */
function reasonsOf(votes: readonly Vote[]): string[] {
  const reasons = new Map<string, { detail: string; times: number }>();
  for (const { verdict, result } of votes) {
    if (verdict !== 'unhealthy' || !result || result.passed) continue;
    const known = reasons.get(result.reason);
    if (known) known.times++;
    else reasons.set(result.reason, { detail: result.detail, times: 1 });
  }
  return [...reasons].sort(([, a], [, b]) => b.times - a.times).map(([reason, { detail }]) => `${reason}: ${detail}`);
}

export function announcePool(
  events: Pick<Events, 'emit'>,
  pool: Pool,
  from: PoolHealth,
  to: PoolHealth,
  { healthy, all }: Census,
  notHealthy: readonly string[],
): void {
  const others = notHealthy.length === 0 ? '' : `; not healthy: ${some(notHealthy)}`;
  events.emit(
    HEALTH_CHANGED,
    `pool ${pool.name} is ${to} (was ${from}): ${healthy} of ${count(all, 'endpoint')} healthy, at least ${neededBy(pool)} needed${others}`,
    { kind: 'pool', pool: pool.name, from, to, healthy, endpoints: all, minimum_origins: pool.minimum_origins },
  );
}

/** Enough names to recognise, on one line. */
const SHOWN = 6;

function some(names: readonly string[]): string {
  if (names.length <= SHOWN) return names.join(', ');
  return `${names.slice(0, SHOWN - 1).join(', ')} and ${names.length - SHOWN + 1} more`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function passes(number: number): string {
  return number === 1 ? 'passes' : 'pass';
}

function fails(number: number): string {
  return number === 1 ? 'fails' : 'fail';
}
