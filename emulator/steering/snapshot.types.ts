import type { FixedResponse, LoadBalancer, Origin, Pool } from '../state/objects.js';
import type { CandidateLists } from './candidate-lists.js';
import type { EndpointSteering } from './endpoints/endpoint-steering.js';
import type { Expression } from './expression/index.js';
import type { PoolSteering } from './policies/pool-steering.js';
import type { CompiledAffinity } from './session/affinity.js';
import type { Attempt, Endpoint, Facts, Reason } from './steering.types.js';

/**
 * The account as the engine reads it: compiled once per transaction, immutable. Whatever does not depend on
 * the request is in it already, down to the reasons: a request mostly picks objects out of it.
 */
export interface SteeringSnapshot {
  /** `AccountSnapshot.revision` of what it was compiled from. */
  readonly revision: number;
  /** What a host name stands for; undefined: nothing here has this name. `host` is in lower case, without port. */
  find(host: string): HostTarget | undefined;
  /** The private load balancer that has the address, in its usual form; undefined: none has. */
  findPrivate(address: string): CompiledLoadBalancer | undefined;
  /** The load balancer behind a Spectrum application, by its id; undefined: there is no such application. */
  findTcp(applicationId: string): CompiledLoadBalancer | undefined;
  /** The names that are answered for, in the order of the account; without wildcards and tunnels' own. */
  readonly names: readonly string[];
}

/** What a name stands for. */
export type HostTarget =
  | { readonly kind: 'load_balancer'; readonly target: CompiledLoadBalancer }
  | { readonly kind: 'dns_record'; readonly target: CompiledRecords; readonly reasons: readonly Reason[] }
  | {
      readonly kind: 'dns_only';
      readonly name: string;
      readonly what: 'load balancer' | 'DNS record';
      readonly reasons: readonly Reason[];
    }
  | { readonly kind: 'tunnel_hostname'; readonly attempt: Attempt; readonly reasons: readonly Reason[] }
  /** The name is taken by a load balancer that is disabled, and no DNS record stands in for it. */
  | { readonly kind: 'disabled'; readonly reasons: readonly Reason[] };

export interface CompiledLoadBalancer {
  readonly loadBalancer: LoadBalancer;
  /** How every decision of this load balancer begins. */
  readonly opening: readonly Reason[];
  readonly poolSets: readonly CompiledPoolSet[];
  /** Why none of the pool sets counts; undefined: there are none. */
  readonly noPoolSet: Reason | undefined;
  /** By priority. */
  readonly rules: readonly CompiledRule[];
  /** What is in force with a pool set and rules that matched; worked out once for each combination. */
  settingsFor(poolSet: CompiledPoolSet | undefined, rules: readonly CompiledRule[]): CompiledSettings;
}

export interface CompiledPoolSet {
  readonly index: number;
  readonly matches: (facts: Facts) => boolean;
  readonly fixedResponse?: FixedResponse;
  readonly reason: Reason;
  /** About all that come before it, when it is the first that matches; undefined: it is the first of all. */
  readonly before: Reason | undefined;
}

/** What decides about a request once pool sets and rules have had their say. */
export interface CompiledSettings {
  readonly steering: PoolSteering;
  readonly lists: CandidateLists;
  /** undefined when it cannot be used: disabled, or no endpoint of it may be chosen. */
  readonly fallback: CompiledPool | undefined;
  readonly fallbackRefused: Reason;
  /** `adaptive_routing.failover_across_pools`. */
  readonly failsOverAcrossPools: boolean;
  readonly affinity: CompiledAffinity | undefined;
}

export interface CompiledRule {
  readonly index: number;
  readonly disabled: boolean;
  /** Absent: always true. */
  readonly condition?: Expression;
  readonly terminates: boolean;
  readonly fixedResponse?: FixedResponse;
  readonly reason: Reason;
  /** Disabled, or its condition is false. */
  readonly skipped: Reason;
}

/** A pool among which a policy chooses, with its weight there. */
export interface Candidate {
  readonly pool: CompiledPool;
  readonly weight: number;
}

export interface CompiledPool {
  readonly pool: Pool;
  readonly steering: EndpointSteering;
  /** Enabled endpoints with a weight above 0, in order: those that may be chosen. */
  readonly endpoints: readonly CompiledEndpoint[];
  /** All of them: sessions may be kept by endpoints that get nothing new. */
  readonly all: readonly CompiledEndpoint[];
  /** Names of the enabled endpoints, also of those that weigh 0: they count for `minimum_origins`. */
  readonly counted: readonly string[];
  /** Whether a monitor decides about its health. */
  readonly monitored: boolean;
  /** Why the pool cannot be used whatever its health: disabled, or nothing in it may be chosen. */
  readonly unavailable?: Reason;
  /** Why origins are not among `endpoints`. */
  readonly excluded: readonly Reason[];
  readonly reasons: {
    /** The policy takes it, because it comes first. */
    readonly first: Reason;
    readonly fallback: Reason;
    readonly critical: Reason;
    readonly noneHealthy: Reason;
    readonly noneEligible: Reason;
  };
}

/** An attempt at an endpoint of a pool. */
export type PoolAttempt = Attempt & { readonly pool: Pool; readonly origin: Origin };

/** An endpoint with what it needs to be chosen, tried and explained. */
export interface CompiledEndpoint {
  readonly origin: Origin;
  readonly weight: number;
  /** The same endpoint as an attempt, when its pool was chosen and when it is the fallback pool. */
  readonly attempt: PoolAttempt;
  readonly fallbackAttempt: PoolAttempt;
  readonly reasons: {
    readonly chosen: Reason;
    readonly unhealthy: Reason;
    readonly tried: Reason;
  };
}

/** The proxied DNS records of one name: several share the traffic evenly. */
export interface CompiledRecords {
  readonly zoneId: string;
  readonly records: readonly CompiledRecord[];
}

export interface CompiledRecord {
  readonly endpoint: Endpoint;
  readonly attempt: Attempt;
  /** The origin gets the request's own host name, which a wildcard record does not know beforehand. */
  readonly hostOfRequest: boolean;
  readonly reasons: { readonly chosen: Reason; readonly tried: Reason };
}
