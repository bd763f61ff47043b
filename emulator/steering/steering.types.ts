import type { FixedResponse, LoadBalancer, Origin, Pool } from '../state/objects.js';

/** What every kind of traffic tells the engine. */
interface CommonFacts {
  /** Code, region, country and place of the data center that decides. */
  readonly dataCenter: string;
  readonly region: string;
  readonly dataCenterCountry: string;
  /** Decimal degrees. */
  readonly latitude: number;
  readonly longitude: number;
  /** The client's, ISO 3166-1 alpha-2; absent: nobody said. */
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
  /** As rules see it (docs/reference/load-balancing.md 8.2). */
  readonly httpVersion: 'HTTP/1.0' | 'HTTP/1.1' | 'HTTP/2' | 'HTTP/3';
}

/** A connection to the address of a private load balancer: no more is known of it than where it comes from. */
export interface PrivateFacts extends CommonFacts {
  readonly kind: 'private';
  /** The load balancer's, canonical. */
  readonly address: string;
}

/** A connection to a Spectrum application. */
export interface TcpFacts extends CommonFacts {
  readonly kind: 'tcp';
  /** Id of the application. */
  readonly application: string;
}

export type Facts = HttpFacts | PrivateFacts | TcpFacts;

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
  /** Requests that were sent to a pool, or to one of its endpoints, and have no response yet (3.4, 4). */
  outstanding(poolId: string, endpointName?: string): number;
  /** Exchanges that are open with a pool, or with one of its endpoints: until the last byte, both ways (3.4, 4). */
  openConnections(poolId: string, endpointName?: string): number;
  /** The session that a load balancer keeps under this key, unless it has expired (5.1). */
  headerSession(loadBalancerId: string, key: string): PinnedEndpoint | undefined;
}

/** Where a session goes. */
export interface PinnedEndpoint {
  readonly poolId: string;
  readonly endpointName: string;
}

/** One step of the decision, as data: explain, journal and tests read the same. */
export interface Reason {
  /** Where in the order of evaluation (reference 3.1): `load_balancer`, `dns_record`, `tunnel_hostname`, `pool_set`, `rule`, `session`, `candidates`, `pool`, `shed`, `fallback`, `endpoint`, `path`, `attempt`, `failover`, `vantage`, `fault`, ... */
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
 * What becomes of the session when an attempt was answered (docs/reference/load-balancing.md section 5).
 *
 * - `cookie`: `value` is the whole Set-Cookie header.
 * - `header`: keep the endpoint under the key, for `ttl` seconds without use from now.
 */
export type SessionAction =
  | { readonly kind: 'cookie'; readonly value: string }
  | {
      readonly kind: 'header';
      readonly loadBalancerId: string;
      readonly key: string;
      /** False: it goes on. */
      readonly begins: boolean;
      readonly pinned: PinnedEndpoint;
      readonly ttl: number;
    };

/** The attempts at a request, lazily. */
export interface AttemptsPlan {
  readonly kind: 'attempts';
  readonly loadBalancer?: LoadBalancer;
  /** Empty for a tunnel's own host name, which lies in no zone. */
  readonly zoneId: string;
  /** Grows as attempts are pulled. */
  readonly reasons: Reason[];
  /** The next endpoint to try, by what is observed now. The first call always has one. */
  next(): Attempt | undefined;
  /** An answer of this attempt is about to go to the client: what that does to the session. */
  answered?(attempt: Attempt): SessionAction | undefined;
  /** False: this request has a session that is not to leave its endpoint, whatever fails (5.2, `zero_downtime_failover: none`). */
  readonly mayFailOver: boolean;
}

/**
 * What to do with a request.
 *
 * - `attempts`: try them in order, at least one.
 * - `fixed_response`: a rule or pool set answers in place of any endpoint.
 * - `refused`: the edge answers itself, with one of the documented errors.
 * - `dns_only`: the load balancer or record is not proxied, so no data center answers HTTP for it.
 * - `unknown_host`: no load balancer, DNS record or tunnel hostname has this name.
 */
export type Plan =
  | AttemptsPlan
  | {
      readonly kind: 'fixed_response';
      readonly response: FixedResponse;
      readonly loadBalancer: LoadBalancer;
      readonly zoneId: string;
      readonly reasons: Reason[];
    }
  | {
      readonly kind: 'refused';
      readonly status: number;
      readonly code: number;
      readonly loadBalancer: LoadBalancer;
      readonly zoneId: string;
      readonly reasons: Reason[];
    }
  | {
      readonly kind: 'dns_only';
      readonly name: string;
      readonly what: 'load balancer' | 'DNS record';
      readonly reasons: Reason[];
    }
  | { readonly kind: 'unknown_host'; readonly reasons: Reason[] };
