import type { SteeringContext } from '../context.js';
import type { Candidate } from '../snapshot.types.js';
import type { Observations } from '../steering.types.js';
import { pickByWeight, share, sumOf, weightUnderLoad } from '../weights.js';
import type { DrawingPolicy } from './pool-steering.js';

/** What both `least_*` policies are: a draw by weight, where the weight shrinks with what the pool has in hand. */
export function leastBusyPool(
  policy: DrawingPolicy['policy'],
  what: string,
  busy: (observations: Observations, poolId: string) => number,
): DrawingPolicy {
  const weightOf =
    ({ observations }: SteeringContext) =>
    ({ pool, weight }: Candidate): number =>
      weightUnderLoad(weight, busy(observations, pool.pool.id));
  return {
    policy,
    kind: 'draw',
    draw: (available, context) => pickByWeight(available, weightOf(context), () => context.rng.next()),
    explain(chosen, available, context) {
      const weight = weightOf(context);
      const now = share(weight(chosen), sumOf(available, weight), available.length, 'pool', policy);
      return `${now}: weight ${chosen.weight} with ${busy(context.observations, chosen.pool.pool.id)} ${what}`;
    },
  };
}
