import type { Verdict } from './health.types.js';

/** What is asked of one data center. */
export interface Voter {
  readonly region: string;
  readonly verdict: Verdict;
}

/**
 * The decision of more than half. An exact half is none, so it is unhealthy (docs/reference/load-balancing.md 14.1).
 * Decided as soon as those that have not voted cannot change it, so that the order of the votes never matters.
 */
export function majority(verdicts: Iterable<Verdict>): Verdict {
  let healthy = 0;
  let unknown = 0;
  let all = 0;
  for (const verdict of verdicts) {
    all++;
    if (verdict === 'healthy') healthy++;
    else if (verdict === 'unknown') unknown++;
  }
  if (healthy * 2 > all) return 'healthy';
  return (healthy + unknown) * 2 > all || all === 0 ? 'unknown' : 'unhealthy';
}

/**
 * From data centers to a decision for the whole network (docs/reference/load-balancing.md 2.3): the majority of the
 * regions, each the majority of its data centers; without regions, the majority of all data centers.
 */
export function decide(
  voters: Iterable<Voter>,
  byRegion: boolean,
): { readonly verdict: Verdict; readonly regions: ReadonlyMap<string, Verdict> } {
  if (!byRegion) return { verdict: majority(verdictsOf(voters)), regions: NO_REGIONS };
  const groups = new Map<string, Voter[]>();
  for (const voter of voters) {
    const group = groups.get(voter.region);
    if (group) group.push(voter);
    else groups.set(voter.region, [voter]);
  }
  const regions = new Map([...groups].map(([region, group]) => [region, majority(verdictsOf(group))]));
  return { verdict: majority(regions.values()), regions };
}

const NO_REGIONS: ReadonlyMap<string, Verdict> = new Map();

function* verdictsOf(voters: Iterable<Voter>): Generator<Verdict> {
  for (const { verdict } of voters) yield verdict;
}
