import { leastBusyEndpoint } from './least-busy.js';

/** Weighted random with `weight / (outstanding requests + 1)` (docs/reference/load-balancing.md 4). */
export const leastOutstandingRequests = leastBusyEndpoint(
  'least_outstanding_requests',
  'outstanding requests',
  (observations, poolId, endpoint) => observations.outstanding(poolId, endpoint),
);
