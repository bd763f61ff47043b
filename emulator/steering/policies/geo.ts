import type { WalkingPolicy } from './pool-steering.js';

/**
 * Failover order inside the list of the request's data center, country or region (docs/reference/load-balancing.md 3.2,
 * 3.4). Which list that is, is decided before: see ../candidate-lists.ts.
 */
export const geo: WalkingPolicy = {
  policy: 'geo',
  kind: 'walk',
  walk: (candidates) => candidates,
};
