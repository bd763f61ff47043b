import type { LoadBalancer } from '../state/objects.js';
import { POOL_STEERING } from './policies/pool-steering.js';
import type { CompiledLoadBalancer, CompiledPool } from './snapshot.types.js';
import type { Reason } from './steering.types.js';
import { steeringNotSupported, unsupportedSteering } from './unsupported.js';

/**
 * `matched` says how the load balancer was found. Pools that do not exist are left out: the state takes no such reference.
 *
 * @throws STEERING_NOT_SUPPORTED
 */
export function compileLoadBalancer(
  loadBalancer: LoadBalancer,
  pools: ReadonlyMap<string, CompiledPool>,
  matched: Reason,
): CompiledLoadBalancer {
  const steering = POOL_STEERING.get(loadBalancer.steering_policy);
  if (!steering) {
    const load_balancers = new Map([[loadBalancer.id, loadBalancer]]);
    throw steeringNotSupported({ problems: unsupportedSteering({ load_balancers, pools: new Map() }) });
  }

  const candidates = loadBalancer.default_pools.flatMap((id) => pools.get(id) ?? []);
  // Without a monitor health is not considered (docs/reference/load-balancing.md 2.5): everything is known beforehand.
  const settled = candidates.every((pool) => pool.unavailable !== undefined || !pool.monitored);
  const fallback = pools.get(loadBalancer.fallback_pool);
  const name = fallback?.pool.name ?? loadBalancer.fallback_pool;

  return {
    loadBalancer,
    steering,
    candidates,
    ...(settled ? { settled: candidates.filter((pool) => !pool.unavailable) } : {}),
    fallback: fallback && !fallback.unavailable ? fallback : undefined,
    opening: settled ? [matched, ...candidates.flatMap((pool) => pool.unavailable ?? [])] : [matched],
    reasons: {
      noneAvailable: Object.freeze({ step: 'pool', outcome: 'none', detail: 'none of the default pools is available' }),
      // docs/reference/load-balancing.md 2.7 and 14.10.
      fallbackRefused: Object.freeze({
        step: 'fallback',
        subject: name,
        outcome: 'refused',
        detail: `the fallback pool cannot take it: ${fallback?.unavailable?.detail ?? 'there is no such pool'}; answered 530 with error 1016`,
      }),
    },
  };
}
