import type { Part, Verdict } from './health.types.js';

/** What one monitor says of an endpoint, and what that counts. */
export interface MonitorVote {
  readonly part: Part;
  readonly verdict: Verdict;
}

/**
 * What monitors decide together about an endpoint (docs/reference/load-balancing.md 2.6, 14.13): a failing critical one
 * makes it unhealthy; else more than half of the voting ones do. Passing critical ones do not vote. Without voters it is
 * healthy. `unknown` as long as those without a result could change that, so that the order of the results never matters.
 */
export function groupVerdict(votes: Iterable<MonitorVote>): Verdict {
  let voting = 0;
  let unhealthy = 0;
  let open = 0;
  let criticalOpen = false;
  for (const { part, verdict } of votes) {
    if (part === 'monitoring_only') continue;
    if (part === 'must_be_healthy') {
      if (verdict === 'unhealthy') return 'unhealthy';
      criticalOpen ||= verdict === 'unknown';
      continue;
    }
    voting++;
    if (verdict === 'unhealthy') unhealthy++;
    else if (verdict === 'unknown') open++;
  }
  if (unhealthy * 2 > voting) return 'unhealthy';
  return criticalOpen || (unhealthy + open) * 2 > voting ? 'unknown' : 'healthy';
}
