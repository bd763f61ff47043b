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

/**
 * The state of a monitored pool (docs/reference/load-balancing.md 2.5). `unknown` as long as the endpoints without a
 * result can still make it one thing or another.
 */
export function poolHealth({ healthy, unknown, all }: Census, minimum: number): PoolHealth {
  if (healthy + unknown < minimum) return 'critical';
  if (healthy === all) return 'healthy';
  return healthy >= minimum && healthy + unknown < all ? 'degraded' : 'unknown';
}
