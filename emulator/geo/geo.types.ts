import type { Reason } from '../steering/steering.types.js';

/** Decimal degrees. */
export interface Place {
  readonly latitude: number;
  readonly longitude: number;
}

export interface DataCenter extends Place {
  /** IATA code, upper case, e.g. `NRT`. */
  readonly code: string;
  readonly city: string;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  /** Load-balancer region code, e.g. `NEAS`. */
  readonly region: string;
}

/** Where a client is known to stand, by something else than its address or what it says. */
export interface Standing {
  /** Code. */
  readonly dataCenter: string;
  /** Who says so, for people. */
  readonly why: string;
}

/** Where a request comes from: which data center it enters, and who sent it. */
export interface Vantage {
  readonly dataCenter: DataCenter;
  /** ISO 3166-1 alpha-2; absent when nothing said it. */
  readonly country?: string;
  readonly asn?: number;
  readonly clientIp: string;
  readonly clientPort: number;
  /** Why this data center: how it was chosen, in order. */
  readonly reasons: readonly string[];
  /** Code of the data center that it would have entered, had that been running. */
  readonly insteadOf?: string;
  /** Faults that had a part in this. */
  readonly faults?: readonly Reason[];
}
