import type { LoadBalancerHealth, PoolHealth } from './health.types.js';

/** One of a load balancer's pools: its state, undefined without a monitor. Disabled ones get no traffic. */
export interface PoolState {
  readonly enabled: boolean;
  readonly health: PoolHealth | undefined;
}

/**
 * The state of a load balancer (docs/reference/load-balancing.md 2.5): `critical` when none of its pools can take
 * traffic, so that it is on the fallback pool; `degraded` when not all are healthy. Pools without a monitor are always
 * used, so they count as healthy. undefined: none has a monitor.
 */
export function loadBalancerHealth(pools: readonly PoolState[]): LoadBalancerHealth | undefined {
  if (pools.every(({ health }) => health === undefined)) return undefined;
  const isDown = ({ enabled, health }: PoolState): boolean => !enabled || health === 'critical';
  if (pools.every(isDown)) return 'critical';
  if (pools.some((pool) => !isDown(pool) && pool.health === 'unknown')) return 'unknown';
  return pools.some((pool) => isDown(pool) || pool.health === 'degraded') ? 'degraded' : 'healthy';
}
