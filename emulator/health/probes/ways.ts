import type { DialPhase } from '../../reach/dial.js';
import type { Leg, Path } from '../../reach/path.js';
import type { Opened } from '../../reach/reach.js';
import type { Endpoint } from '../../steering/steering.types.js';
import type { Connection, Failure } from '../../tunnel/connection.js';
import { reasonOf } from '../failure-reasons.js';
import type { AttemptResult, ProbeContext, ProbeSubject } from './probe.types.js';

export interface WaysOptions {
  readonly secure: boolean;
  /** 0: the protocol's default. */
  readonly port: number;
  /** Empty: none is sent. */
  readonly serverName: string;
  readonly onPhase: (phase: DialPhase) => void;
}

/**
 * The ways from a data center to an endpoint, one after the other: a tunnel's connection that breaks makes room for
 * the next one inside the same attempt (docs/reference/load-balancing.md 14.28).
 */
export class Ways {
  private readonly path: Path;
  private readonly tried: Connection[] = [];
  private current: Opened | undefined;
  private last: Failure | undefined;

  constructor(
    private readonly subject: ProbeSubject,
    private readonly context: ProbeContext,
    private readonly options: WaysOptions,
  ) {
    this.path = context.reach.resolve(endpointOf(subject, options.port), subject.from, options.secure);
  }

  get kind(): Path['kind'] {
    return this.path.kind;
  }

  /** The next way; undefined when there is none (left), and {@link failure} says why. */
  next(): Opened | undefined {
    const { path, options, context, subject } = this;
    if (path.kind === 'none') {
      this.last = { kind: path.failure, detail: path.reason.detail, unsent: true };
      return undefined;
    }
    this.current = context.reach.open(path, {
      from: subject.from,
      tried: this.tried,
      rng: context.rng,
      serverName: options.serverName,
      verify: !subject.monitor.allow_insecure,
      single: options.onPhase,
      ...(context.ticket && { ticket: context.ticket }),
    });
    if (!this.current && !this.last && path.kind !== 'public') {
      const tunnel = context.tunnelName(path.tunnelId) ?? path.tunnelId;
      this.last = { kind: 'no_connector', detail: `no connector of tunnel ${tunnel} is connected`, unsent: true };
    }
    return this.current;
  }

  /** The current way failed. True when that was the tunnel's connection, so that another may do better. */
  failed(failure: Failure): boolean {
    this.last = failure;
    const connection = this.current?.connection;
    if (!connection || (failure.kind !== 'lost' && failure.kind !== 'no_connector')) return false;
    this.tried.push(connection);
    return true;
  }

  /** Milliseconds: the modelled round trip of the present way. */
  get roundTripMs(): number {
    return this.current ? roundTripOf(this.current.legs) : 0;
  }

  get failure(): Failure {
    return this.last ?? { kind: 'unspecified', detail: 'there is no way to the endpoint', unsent: true };
  }
}

/** Milliseconds: all legs of a way together. */
export function roundTripOf(legs: readonly Leg[]): number {
  return legs.reduce((sum, leg) => sum + leg.roundTripMs, 0);
}

/** The monitor's port, else the endpoint's, else the default of the protocol. */
export function endpointOf({ pool, origin }: Pick<ProbeSubject, 'pool' | 'origin'>, port: number): Endpoint {
  return {
    name: origin.name,
    pool: pool.name,
    address: origin.address,
    port,
    ...(origin.virtual_network_id === undefined ? {} : { virtualNetworkId: origin.virtual_network_id }),
  };
}

/** What a failed connection makes of an attempt. */
export function failedAttempt(failure: Failure): AttemptResult {
  return {
    result: { passed: false, reason: reasonOf(failure), detail: failure.detail },
    timedOut: failure.kind === 'timeout' || failure.kind === 'response_timeout',
  };
}
