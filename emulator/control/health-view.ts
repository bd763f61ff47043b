import type { EndpointHealth, Verdict } from '../health/health.types.js';
import type { StateView } from './state-view.schema.js';

type HealthOfEndpoint = NonNullable<StateView['pools'][number]['endpoints'][number]['health']>;

/** An endpoint's health with the data centers grouped by what they say: there may be many of them. */
export function viewHealth({ verdict, votes, regions }: EndpointHealth): HealthOfEndpoint {
  const of = (wanted: Verdict): string[] =>
    votes.filter((vote) => vote.verdict === wanted).map((vote) => vote.dataCenter);
  const failing = new Map<string, HealthOfEndpoint['failing'][number]>();
  for (const { dataCenter, verdict: vote, result } of votes) {
    if (vote !== 'unhealthy') continue;
    // The latest probe may have passed already, with too few in a row to change the verdict.
    const [failure_reason, detail] =
      result?.passed === false ? [result.reason, result.detail] : ['No failures', 'passes again, not yet often enough'];
    const known = failing.get(failure_reason);
    if (known) known.data_centers.push(dataCenter);
    else failing.set(failure_reason, { failure_reason, detail, data_centers: [dataCenter] });
  }
  return {
    state: verdict,
    passing: of('healthy'),
    waiting: of('unknown'),
    failing: [...failing.values()],
    ...(regions.size === 0 ? {} : { regions: Object.fromEntries(regions) }),
  };
}
