import type { SteeringContext } from './context.js';
import type { CompiledPool } from './snapshot.types.js';
import type { Reason } from './steering.types.js';

/**
 * Why a pool cannot take a request from this data center; undefined: it can. Available is what is enabled, has an
 * endpoint that may be chosen, and is not critical (docs/reference/load-balancing.md 2.5, 3.1). Disabled endpoints count
 * as not healthy, those of weight 0 count like others (14.12).
 */
export function whyUnavailable(pool: CompiledPool, context: SteeringContext): Reason | undefined {
  if (pool.unavailable) return pool.unavailable;
  if (!pool.monitored) return undefined;

  let missing = pool.pool.minimum_origins;
  for (const name of pool.counted) {
    // Asked for every pool that a policy looks at, so no more than it takes.
    if (missing <= 0) break;
    if (!isUnhealthy(pool, name, context)) missing--;
  }
  if (missing > 0) return pool.reasons.critical;
  if (!pool.endpoints.every((endpoint) => isUnhealthy(pool, endpoint.origin.name, context))) return undefined;
  const { noneHealthy, noneEligible } = pool.reasons;
  return pool.counted.every((name) => isUnhealthy(pool, name, context)) ? noneHealthy : noneEligible;
}

/** Health is not considered where no monitor decides about it (docs/reference/load-balancing.md 2.5). */
export function isUnhealthy(pool: CompiledPool, endpoint: string, { observations, facts }: SteeringContext): boolean {
  return pool.monitored && observations.healthOf(pool.pool.id, endpoint, facts.dataCenter) === 'unhealthy';
}
