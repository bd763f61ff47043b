import type { Pool } from '../state/objects.js';
import type { PoolHealth, Verdict } from './health.types.js';

/** How many of a pool's endpoints are what. */
export interface Census {
  readonly healthy: number;
  readonly unknown: number;
  /** Disabled endpoints included: they count as not healthy (docs/reference/load-balancing.md 14.12). */
  readonly all: number;
}

export function census(pool: Pool, verdictOf: (endpointName: string) => Verdict): Census {
  let healthy = 0;
  let unknown = 0;
  for (const { name, enabled } of pool.origins) {
    const verdict = enabled ? verdictOf(name) : 'unhealthy';
    if (verdict === 'healthy') healthy++;
    else if (verdict === 'unknown') unknown++;
  }
  return { healthy, unknown, all: pool.origins.length };
}

/** How many healthy endpoints a pool needs to get traffic. With `minimum_origins: 0` one all the same: else there is nothing to choose. */
export function neededBy({ minimum_origins }: Pick<Pool, 'minimum_origins'>): number {
  return Math.max(1, minimum_origins);
}

/**
 * The state of a monitored pool (docs/reference/load-balancing.md 2.5). `unknown` as long as the endpoints without a
 * result can still make it one thing or another.
 *
 * @param needed from {@link neededBy}
 */
export function poolHealth({ healthy, unknown, all }: Census, needed: number): PoolHealth {
  if (healthy + unknown < needed) return 'critical';
  if (healthy === all) return 'healthy';
  return healthy >= needed && healthy + unknown < all ? 'degraded' : 'unknown';
}
