import { leastBusyPool } from './least-busy.js';

/** Weighted random with `weight / (outstanding requests + 1)` (docs/reference/load-balancing.md 3.4). */
export const leastOutstandingRequests = leastBusyPool(
  'least_outstanding_requests',
  'outstanding requests',
  (observations, poolId) => observations.outstanding(poolId),
);
