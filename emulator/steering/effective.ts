import type {
  AdaptiveRouting,
  LoadBalancer,
  PoolMap,
  PoolSetOverrides,
  RandomSteering,
  RuleOverrides,
  SessionAffinity,
  SessionAffinityAttributes,
  SteeringPolicy,
} from '../state/objects.js';
import { withSessionOverrides } from '../state/session-defaults.js';

/**
 * What decides about a request: the load balancer's own fields, with what a pool set and rules put in their place
 * (docs/reference/load-balancing.md 3.1 steps 2 and 3, section 15).
 */
export interface EffectiveSettings {
  /** A flat list that stands in place of all lists and maps below. */
  readonly pools?: readonly string[];
  /** A pool set's or rule's, in place of `random_steering`. */
  readonly pool_weights?: Readonly<Record<string, number>>;
  readonly pool_default_weight?: number;
  readonly default_pools: readonly string[];
  readonly region_pools: PoolMap;
  readonly country_pools: PoolMap;
  readonly pop_pools: PoolMap;
  readonly fallback_pool: string;
  readonly steering_policy: SteeringPolicy;
  readonly random_steering: RandomSteering | null;
  readonly adaptive_routing: AdaptiveRouting | null;
  readonly session_affinity: SessionAffinity;
  readonly session_affinity_ttl?: number;
  readonly session_affinity_attributes?: Partial<SessionAffinityAttributes>;
}

export function effectiveOf(loadBalancer: LoadBalancer): EffectiveSettings {
  return loadBalancer;
}

/** A pool set that matched: its flat list, weights, policy and fallback pool; the rest is the load balancer's (3.3). */
export function withPoolSet(base: EffectiveSettings, set: PoolSetOverrides): EffectiveSettings {
  return {
    ...base,
    pools: set.pools ?? [],
    pool_weights: set.pool_weights ?? {},
    pool_default_weight: set.pool_default_weight ?? 1,
    steering_policy: set.steering_policy ?? 'off',
    fallback_pool: set.fallback_pool ?? base.fallback_pool,
  };
}

/**
 * A rule that matched: each top-level key that it has takes the place of what was there (14.31), also of what a pool
 * set gave (14.16). `random_steering` ends the weights of flat lists, which it excludes (8.1); for sessions see
 * {@link withSessionOverrides}.
 */
export function withOverrides(base: EffectiveSettings, overrides: RuleOverrides): EffectiveSettings {
  const { session_affinity: _affinity, session_affinity_ttl: _ttl, session_affinity_attributes: _of, ...rest } = base;
  const { pool_weights, pool_default_weight, ...others } = rest;
  return {
    ...(overrides.random_steering ? others : rest),
    ...overrides,
    ...withSessionOverrides(base, overrides),
  };
}

/** Where the weight of a pool comes from: a pool set has always its own, a rule's `pools` only when it says so. */
export function weightIn(settings: EffectiveSettings): (poolId: string) => number {
  const { pool_weights, pool_default_weight, random_steering } = settings;
  const hasOwn = pool_weights !== undefined || pool_default_weight !== undefined;
  const weights = hasOwn ? pool_weights : random_steering?.pool_weights;
  const otherwise = (hasOwn ? pool_default_weight : random_steering?.default_weight) ?? 1;
  return (poolId) => weights?.[poolId] ?? otherwise;
}

/** The policy that `""` stands for: `geo` if any of the maps is used, else `off` (1.1). A flat list has only its order. */
export function resolvedPolicy(settings: EffectiveSettings): Exclude<SteeringPolicy, ''> {
  if (settings.steering_policy !== '') return settings.steering_policy;
  const { pools, region_pools, country_pools, pop_pools } = settings;
  const hasMap = [region_pools, country_pools, pop_pools].some((map) => Object.keys(map).length > 0);
  return pools === undefined && hasMap ? 'geo' : 'off';
}
