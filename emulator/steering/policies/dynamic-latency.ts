import type { SteeringContext } from '../context.js';
import type { Candidate } from '../snapshot.types.js';
import type { WalkingPolicy } from './pool-steering.js';

/**
 * Ascending round trip of the probes as this region or data center has measured them; pools without a measurement come
 * after those with one, in list order (docs/reference/load-balancing.md 3.4, 14.5).
 */
export const dynamicLatency: WalkingPolicy = {
  policy: 'dynamic_latency',
  kind: 'walk',
  walk(candidates, context) {
    const measured = candidates.map((candidate) => ({ candidate, roundTrip: roundTripOf(candidate, context) }));
    if (measured.every(({ roundTrip }) => roundTrip === undefined)) return candidates;
    return measured
      .sort((a, b) => (a.roundTrip ?? Number.POSITIVE_INFINITY) - (b.roundTrip ?? Number.POSITIVE_INFINITY) || 0)
      .map(({ candidate }) => candidate);
  },
  explain(chosen, context, among) {
    const roundTrip = roundTripOf(chosen, context);
    if (roundTrip === undefined) return 'no round trip is known here yet, so the order of the list counts';
    return `lowest round trip of the ${among}: ${Math.round(roundTrip * 10) / 10} ms on average`;
  },
};

function roundTripOf({ pool }: Candidate, { facts, observations }: SteeringContext): number | undefined {
  return observations.roundTripOf(pool.pool.id, facts.dataCenter, facts.region);
}
