import { leastBusyEndpoint } from './least-busy.js';

/** Weighted random with `weight / (open connections + 1)` (docs/reference/load-balancing.md 4). */
export const leastConnections = leastBusyEndpoint(
  'least_connections',
  'open connections',
  (observations, poolId, endpoint) => observations.openConnections(poolId, endpoint),
);
