import type { SteeringContext } from '../context.js';
import type { CompiledEndpoint } from '../snapshot.types.js';
import type { Observations } from '../steering.types.js';
import { pickByWeight, share, sumOf, weightUnderLoad } from '../weights.js';
import type { EndpointSteering } from './endpoint-steering.js';

/** What both `least_*` policies are: a draw by weight, where the weight shrinks with what the endpoint has in hand. */
export function leastBusyEndpoint(
  policy: EndpointSteering['policy'],
  what: string,
  busy: (observations: Observations, poolId: string, endpoint: string) => number,
): EndpointSteering {
  const busyOf = ({ observations }: SteeringContext, { attempt, origin }: CompiledEndpoint): number =>
    busy(observations, attempt.pool.id, origin.name);
  const weightOf =
    (context: SteeringContext) =>
    (endpoint: CompiledEndpoint): number =>
      weightUnderLoad(endpoint.weight, busyOf(context, endpoint));
  return {
    policy,
    choose: (eligible, context) => pickByWeight(eligible, weightOf(context), () => context.rng.next()),
    explain(chosen, eligible, context) {
      const weight = weightOf(context);
      const now = share(weight(chosen), sumOf(eligible, weight), eligible.length, 'endpoint', policy);
      return `${now}: weight ${chosen.weight} with ${busyOf(context, chosen)} ${what}`;
    },
  };
}
