import type { PoolSteering } from './pool-steering.js';

/** Failover order: the first available pool of the list (docs/reference/load-balancing.md 3.4). */
export const off: PoolSteering = {
  policy: 'off',
  choose: (available) => available[0],
};
