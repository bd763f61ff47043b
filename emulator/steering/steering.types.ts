import type { LoadBalancer, Origin, Pool } from '../state/objects.js';

/** What every kind of traffic tells the engine. */
interface CommonFacts {
  /** Code and region of the data center that decides. */
  readonly dataCenter: string;
  readonly region: string;
  readonly country?: string;
  readonly asn?: number;
  readonly clientIp: string;
  readonly clientPort: number;
  /** Model time, milliseconds since the epoch. */
  readonly now: number;
}

export interface HttpFacts extends CommonFacts {
  readonly kind: 'http';
  /** Lower case, without port. */
  readonly host: string;
  readonly method: string;
  readonly scheme: 'http' | 'https';
  /** Path and query as received. */
  readonly path: string;
  /** Flat name, value list as received. */
  readonly headers: readonly string[];
}

export type Facts = HttpFacts;

/** What is live, read while deciding. */
export interface Observations {
  /** undefined: no monitor watches it, so its health is not considered (docs/reference/load-balancing.md 2.5). */
  healthOf(poolId: string, endpointName: string, dataCenter: string): 'healthy' | 'unhealthy' | undefined;
  /**
   * Milliseconds of model time: the average round trip of the probes to the pool's healthy endpoints, made from the
   * data center, or with `check_regions` from the region (docs/reference/load-balancing.md 3.4, 14.5). undefined:
   * nothing was measured there.
   */
  roundTripOf(poolId: string, dataCenter: string, region: string): number | undefined;
}

/** One step of the decision, as data: explain, journal and tests read the same. */
export interface Reason {
  /** Where in the order of evaluation (reference 3.1): `load_balancer`, `dns_record`, `tunnel_hostname`, `pool`, `fallback`, `endpoint`, `path`, `attempt`, `failover`, `vantage`, `fault`, ... */
  readonly step: string;
  /** What it is about: a name or id. */
  readonly subject?: string;
  /** What was decided, e.g. `matched`, `skipped`, `chosen`, `failed`. */
  readonly outcome: string;
  /** One sentence for people. */
  readonly detail: string;
}

/** An endpoint of a pool, or the one a DNS record or tunnel hostname stands for. */
export interface Endpoint {
  readonly name: string;
  /** Name of its pool; absent for those of DNS records and tunnel hostnames. */
  readonly pool?: string;
  readonly address: string;
  /** 0: the protocol's default port. */
  readonly port: number;
  readonly virtualNetworkId?: string;
  /** Host override towards the origin. */
  readonly host?: string;
}

export interface Attempt {
  readonly endpoint: Endpoint;
  /** Absent for DNS records and tunnel hostnames. */
  readonly pool?: Pool;
  readonly origin?: Origin;
  /** True when the pool was taken as the fallback pool. */
  readonly fallback: boolean;
}

/**
 * What to do with a request. `reasons` grows as attempts are pulled.
 *
 * - `attempts`: try them in order, at least one; `next` reads the observations when it is called. `zoneId` is empty
 *   for a tunnel's own host name, which lies in no zone.
 * - `refused`: the edge answers itself, with one of the documented errors.
 * - `dns_only`: the load balancer or record is not proxied, so no data center answers HTTP for it.
 * - `unknown_host`: no load balancer, DNS record or tunnel hostname has this name.
 */
export type Plan =
  | {
      readonly kind: 'attempts';
      readonly loadBalancer?: LoadBalancer;
      readonly zoneId: string;
      next(): Attempt | undefined;
      readonly reasons: Reason[];
    }
  | {
      readonly kind: 'refused';
      readonly status: number;
      readonly code: number;
      readonly loadBalancer?: LoadBalancer;
      readonly reasons: Reason[];
    }
  | {
      readonly kind: 'dns_only';
      readonly name: string;
      readonly what: 'load balancer' | 'DNS record';
      readonly reasons: Reason[];
    }
  | { readonly kind: 'unknown_host'; readonly reasons: Reason[] };
