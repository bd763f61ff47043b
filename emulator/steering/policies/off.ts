import type { WalkingPolicy } from './pool-steering.js';

/** Failover order: the first available pool of the list (docs/reference/load-balancing.md 3.4). */
export const off: WalkingPolicy = {
  policy: 'off',
  kind: 'walk',
  walk: (candidates) => candidates,
};
