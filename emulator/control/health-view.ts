import type { EndpointHealth, Opinion, Verdict } from '../health/health.types.js';
import type { StateView } from './state-view.schema.js';

type HealthOfEndpoint = NonNullable<StateView['pools'][number]['endpoints'][number]['health']>;

/** An endpoint's health with the data centers grouped by what they say: there may be many of them. */
export function viewHealth(health: EndpointHealth): HealthOfEndpoint {
  const monitors = health.monitors.map((each) => ({ monitor: each.monitor, part: each.part, ...viewOpinion(each) }));
  return { ...viewOpinion(health), ...(monitors.length === 0 ? {} : { monitors }) };
}

function viewOpinion({ verdict, votes, regions }: Opinion): Omit<HealthOfEndpoint, 'monitors'> {
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
