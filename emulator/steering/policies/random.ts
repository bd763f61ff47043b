import { drawByWeight, ownWeight, share, sumOf } from '../weights.js';
import type { DrawingPolicy } from './pool-steering.js';

/** Probability `weight / sum of the available pools' weights` (docs/reference/load-balancing.md 3.4). */
export const random: DrawingPolicy = {
  policy: 'random',
  kind: 'draw',
  draw: (available, { rng }) => drawByWeight(available, rng),
  explain: (chosen, available) => share(chosen.weight, sumOf(available, ownWeight), available.length, 'pool', 'random'),
};
