import type { ProbeResult } from './probes/probe.types.js';

/** What probes say of an endpoint: seen from one data center, by a region, or altogether. `unknown`: not decided yet. */
export type Verdict = 'healthy' | 'unhealthy' | 'unknown';

/** docs/reference/load-balancing.md 2.5. */
export type PoolHealth = 'healthy' | 'degraded' | 'critical' | 'unknown';

/** docs/reference/load-balancing.md 2.5. */
export type LoadBalancerHealth = PoolHealth;

/** What a monitor counts among those that watch an endpoint (docs/reference/load-balancing.md 2.6). A pool's only monitor must be healthy. */
export type Part = 'must_be_healthy' | 'voting' | 'monitoring_only';

/** One data center's part in what is known of an endpoint. */
export interface Vote {
  readonly dataCenter: string;
  readonly region: string;
  readonly verdict: Verdict;
  /** The latest probe; absent before the first. */
  readonly result?: ProbeResult;
}

/** What is thought of an endpoint, and by whom. */
export interface Opinion {
  /** The decision of the whole network. */
  readonly verdict: Verdict;
  /** In the order in which the data centers are configured. */
  readonly votes: readonly Vote[];
  /** What each region decided; empty when every data center probes (`check_regions: null`). */
  readonly regions: ReadonlyMap<string, Verdict>;
}

/** What one monitor of a group thinks. */
export interface MonitorOpinion extends Opinion {
  /** Its description, for people. */
  readonly monitor: string;
  readonly part: Part;
}

/** An endpoint as those see it that watch it. */
export interface EndpointHealth extends Opinion {
  /** What each running monitor of the pool's group thinks; empty when a single monitor watches. */
  readonly monitors: readonly MonitorOpinion[];
}

/** What is known of pools and endpoints, for whoever shows it. */
export interface HealthView {
  /** undefined: nothing watches it. */
  endpoint(poolId: string, endpointName: string): EndpointHealth | undefined;
  /** undefined: the pool has no monitor. */
  pool(poolId: string): PoolHealth | undefined;
  /** undefined: none of its pools has a monitor. */
  loadBalancer(loadBalancerId: string): LoadBalancerHealth | undefined;
  /** Average round trips to a pool, milliseconds, by region with `check_regions`, else by data center. */
  roundTrips(poolId: string): ReadonlyMap<string, number>;
  /** One sentence for each endpoint whose monitor has no first result yet. */
  waiting(): string[];
}
