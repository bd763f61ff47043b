import { leastBusyPool } from './least-busy.js';

/** Weighted random with `weight / (open connections + 1)` (docs/reference/load-balancing.md 3.4). */
export const leastConnections = leastBusyPool('least_connections', 'open connections', (observations, poolId) =>
  observations.openConnections(poolId),
);
