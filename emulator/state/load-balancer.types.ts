import type { Managed } from './objects.js';

/*
 * A load balancer as it stands in the state (docs/reference/load-balancing.md 1.1, 3.3, 5.2, 8.1; api.md 2.2).
 * Field names are the API's; pools are referred to by id.
 */

export type SteeringPolicy =
  | 'off'
  | 'geo'
  | 'random'
  | 'dynamic_latency'
  | 'proximity'
  | 'least_outstanding_requests'
  | 'least_connections'
  | '';

export type SessionAffinity = 'none' | 'cookie' | 'ip_cookie' | 'header';
export type ZeroDowntimeFailover = 'none' | 'temporary' | 'sticky';

export interface SessionAffinityAttributes {
  readonly samesite: 'Auto' | 'Lax' | 'None' | 'Strict';
  readonly secure: 'Auto' | 'Always' | 'Never';
  /** Seconds for which a disabled endpoint keeps its sessions. */
  readonly drain_duration: number;
  readonly zero_downtime_failover: ZeroDowntimeFailover;
  /** Header names, or `cookie` (all), or `cookie:<a>,<b>`; for `header` only. */
  readonly headers: readonly string[];
  readonly require_all_headers: boolean;
}

export interface RandomSteering {
  readonly default_weight: number;
  /** By pool id. */
  readonly pool_weights: Readonly<Record<string, number>>;
}

export interface AdaptiveRouting {
  readonly failover_across_pools: boolean;
}

export interface LocationStrategy {
  readonly mode: 'pop' | 'resolver_ip';
  readonly prefer_ecs: 'always' | 'never' | 'proximity' | 'geo';
}

/** Pool ids by region, country or data center, each in the order of failover. */
export type PoolMap = Readonly<Record<string, readonly string[]>>;

export interface LoadBalancer extends Managed {
  /** Empty: it is the account's own, a private one. No host name leads to it. */
  readonly zone_id: string;
  readonly name: string;
  /** Canonical. The account's own have one, others never: it is where the on-ramp reaches them. */
  readonly address?: string;
  readonly description: string;
  readonly enabled: boolean;
  readonly proxied: boolean;
  readonly ttl: number;
  readonly default_pools: readonly string[];
  readonly fallback_pool: string;
  readonly steering_policy: SteeringPolicy;
  readonly region_pools: PoolMap;
  readonly country_pools: PoolMap;
  readonly pop_pools: PoolMap;
  readonly random_steering: RandomSteering | null;
  readonly adaptive_routing: AdaptiveRouting | null;
  readonly location_strategy: LocationStrategy | null;
  readonly session_affinity: SessionAffinity;
  /** Seconds. Absent without affinity. */
  readonly session_affinity_ttl?: number;
  /** Without affinity only when they were given. */
  readonly session_affinity_attributes?: SessionAffinityAttributes;
  readonly rules: readonly Rule[];
  readonly pool_sets: readonly PoolSet[];
  readonly networks: readonly string[];
}

export interface FixedResponse {
  readonly status_code: number;
  readonly content_type: string;
  readonly message_body: string;
  /** Sent as it is given; empty: none. */
  readonly location: string;
}

/** docs/reference/load-balancing.md 8.1. Each key that is there takes the place of the load balancer's. */
export interface RuleOverrides {
  readonly default_pools?: readonly string[];
  readonly fallback_pool?: string;
  readonly region_pools?: PoolMap;
  readonly country_pools?: PoolMap;
  readonly pop_pools?: PoolMap;
  /** Takes the place of every list and map of pools; with its own weights. */
  readonly pools?: readonly string[];
  readonly pool_weights?: Readonly<Record<string, number>>;
  readonly pool_default_weight?: number;
  readonly steering_policy?: SteeringPolicy;
  readonly random_steering?: RandomSteering;
  readonly adaptive_routing?: AdaptiveRouting;
  readonly location_strategy?: LocationStrategy;
  readonly session_affinity?: SessionAffinity;
  readonly session_affinity_ttl?: number;
  readonly session_affinity_attributes?: Partial<SessionAffinityAttributes>;
  readonly ttl?: number;
}

export interface Rule {
  readonly name: string;
  /** Empty: always true. */
  readonly condition: string;
  readonly priority: number;
  readonly disabled: boolean;
  readonly terminates: boolean;
  readonly fixed_response?: FixedResponse;
  readonly overrides?: RuleOverrides;
}

export interface PoolSetTopology {
  readonly pops?: readonly string[];
  readonly countries?: readonly string[];
  readonly regions?: readonly string[];
}

/** docs/reference/load-balancing.md 3.3. */
export interface PoolSet {
  readonly name: string;
  readonly disabled: boolean;
  /** Absent, or `default: true`: every request. */
  readonly match?: { readonly default?: boolean; readonly topology?: PoolSetTopology };
  readonly overrides?: PoolSetOverrides;
  readonly fixed_response?: FixedResponse;
}

export interface PoolSetOverrides {
  readonly pools?: readonly string[];
  readonly pool_weights?: Readonly<Record<string, number>>;
  readonly pool_default_weight?: number;
  readonly fallback_pool?: string;
  readonly steering_policy?: Exclude<SteeringPolicy, 'geo' | ''>;
}
