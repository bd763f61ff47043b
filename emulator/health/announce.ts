import type { Events } from '../observe/journal.types.js';
import type { Pool } from '../state/objects.js';
import type { EndpointHealth, PoolHealth, Verdict, Vote } from './health.types.js';
import type { Census } from './pool-health.js';
import type { Watched } from './watches.js';

/** The event of every change of an endpoint's or a pool's state; nothing else is told (docs/reference/load-balancing.md 2.1). */
export const HEALTH_CHANGED = 'health.changed';

export function announceEndpoint(
  events: Pick<Events, 'emit'>,
  { pool, origin }: Watched,
  from: Verdict,
  health: EndpointHealth,
): void {
  const { verdict, votes, regions } = health;
  events.emit(
    HEALTH_CHANGED,
    `endpoint ${origin.name} of pool ${pool.name} is ${verdict} (was ${from}): ${whoDecided(health)}`,
    {
      kind: 'endpoint',
      pool: pool.name,
      endpoint: origin.name,
      from,
      to: verdict,
      ...(regions.size === 0 ? {} : { regions: Object.fromEntries(regions) }),
      votes: votes.map(({ dataCenter, region, verdict: vote, result }) => ({
        data_center: dataCenter,
        region,
        verdict: vote,
        ...(result && !result.passed ? { failure_reason: result.reason, detail: result.detail } : {}),
      })),
    },
  );
}

/** Which data centers, or regions, made the decision, and why those fail that do. */
function whoDecided({ verdict, votes, regions }: EndpointHealth): string {
  if (verdict === 'unknown') return 'too few have a result yet';
  const says = verdict === 'healthy' ? 'pass' : 'fail';
  const what = regions.size === 0 ? 'data center' : 'region';
  const voters = regions.size === 0 ? votes.map((vote) => [vote.dataCenter, vote.verdict] as const) : [...regions];
  const deciders = voters.filter(([, each]) => each === verdict).map(([name]) => name);
  const decision = `${deciders.length} of ${voters.length} ${what}${voters.length === 1 ? '' : 's'} ${says} (${some(deciders)})`;
  const failures = verdict === 'healthy' ? [] : reasonsOf(votes);
  return [decision, ...failures].join('; ');
}

/** E.g. `Response code mismatch error: answered 503, expected 2xx`, the most frequent first. */
function reasonsOf(votes: readonly Vote[]): string[] {
  const reasons = new Map<string, { detail: string; count: number }>();
  for (const { verdict, result } of votes) {
    if (verdict !== 'unhealthy' || !result || result.passed) continue;
    const known = reasons.get(result.reason);
    if (known) known.count++;
    else reasons.set(result.reason, { detail: result.detail, count: 1 });
  }
  return [...reasons].sort(([, a], [, b]) => b.count - a.count).map(([reason, { detail }]) => `${reason}: ${detail}`);
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
    `pool ${pool.name} is ${to} (was ${from}): ${healthy} of ${all} endpoint${all === 1 ? '' : 's'} healthy, at least ${pool.minimum_origins} needed${others}`,
    { kind: 'pool', pool: pool.name, from, to, healthy, endpoints: all, minimum_origins: pool.minimum_origins },
  );
}

/** Enough names to recognise, on one line. */
const SHOWN = 6;

function some(names: readonly string[]): string {
  if (names.length <= SHOWN) return names.join(', ');
  return `${names.slice(0, SHOWN - 1).join(', ')} and ${names.length - SHOWN + 1} more`;
}
