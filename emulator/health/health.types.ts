import type { ProbeResult } from './probes/probe.types.js';

/** What probes say of an endpoint: seen from one data center, by a region, or altogether. `unknown`: not decided yet. */
export type Verdict = 'healthy' | 'unhealthy' | 'unknown';

/** docs/reference/load-balancing.md 2.5. */
export type PoolHealth = 'healthy' | 'degraded' | 'critical' | 'unknown';

/** One data center's part in what is known of an endpoint. */
export interface Vote {
  readonly dataCenter: string;
  readonly region: string;
  readonly verdict: Verdict;
  /** The latest probe; absent before the first. */
  readonly result?: ProbeResult;
}

/** An endpoint as its monitor sees it. */
export interface EndpointHealth {
  /** The decision of the whole network. */
  readonly verdict: Verdict;
  /** In the order in which the data centers are configured. */
  readonly votes: readonly Vote[];
  /** What each region decided; empty when every data center probes (`check_regions: null`). */
  readonly regions: ReadonlyMap<string, Verdict>;
}

/** What is known of pools and endpoints, for whoever shows it. */
export interface HealthView {
  /** undefined: nothing watches it. */
  endpoint(poolId: string, endpointName: string): EndpointHealth | undefined;
  /** undefined: the pool has no monitor. */
  pool(poolId: string): PoolHealth | undefined;
  /** One sentence for each endpoint whose monitor has no first result yet. */
  waiting(): string[];
}
