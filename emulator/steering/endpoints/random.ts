import { drawByWeight, ownWeight, share, sumOf } from '../weights.js';
import type { EndpointSteering } from './endpoint-steering.js';

/** Probability `weight / sum of the eligible weights` (docs/reference/load-balancing.md 4). */
export const random: EndpointSteering = {
  policy: 'random',
  choose: (eligible, { rng }) => drawByWeight(eligible, rng),
  explain: (chosen, eligible) =>
    share(chosen.weight, sumOf(eligible, ownWeight), eligible.length, 'endpoint', 'random'),
};
