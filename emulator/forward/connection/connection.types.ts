import type { Duplex } from 'node:stream';
import type { Deadlines } from '../../../runtime/deadlines.js';
import type { Journal } from '../../observe/journal.types.js';
import type { Metrics } from '../../observe/metrics.js';
import type { Reach } from '../../reach/reach.js';
import type { Attempt, Reason } from '../../steering/steering.types.js';
import type { FailureKind } from '../../tunnel/connection.js';
import type { EdgeError, EdgeErrorName } from '../edge-errors.js';
import type { FailedAttempts } from '../failed-attempts.js';
import type { InHand } from '../live-load.js';

/** Somebody who waits for a connection. */
export interface ConnectionClient {
  /** Nobody reads it from `accepted` on. */
  readonly socket: Duplex;
  /** Breaks the connection off, so that the client hears of a reset, and not of an end. */
  reset(): void;
  /** Tells the client that the connection stands. `ray` has the data center behind it. */
  accepted(ray: string): void;
  /** Tells the client that there will be none, and closes. */
  refused(refusal: ConnectionRefusal): void;
}

/** Why there is no connection: what failed, or what decided so before anything was tried. */
export type RefusalCause = FailureKind | 'policy' | 'no_route' | 'unknown_network' | 'bad_port';

export interface ConnectionRefusal {
  readonly cause: RefusalCause;
  readonly error: EdgeError;
  /** One sentence about this very case. */
  readonly detail: string;
  readonly ray: string;
}

/** What an attempt at a connection came to nothing by. */
export interface ConnectionFailure {
  readonly error: EdgeErrorName;
  readonly attempt: Attempt;
}

/** The attempts at a connection, lazily. */
export interface ConnectionPlan {
  /** Name of the load balancer that decides. */
  readonly loadBalancer?: string;
  /** Grows as attempts are pulled. */
  readonly reasons: Reason[];
  /** The next endpoint to try, after the one before it has failed like that; undefined when there is none left. */
  next(failed?: ConnectionFailure): Attempt | undefined;
}

/** What a connection has beyond a plan. */
export interface ConnectionExtras {
  /** What the endpoint is told before any byte of the client. */
  readonly greeting?: Buffer;
  /** Counts an attempt, and the connection that comes of it, at its endpoint. */
  readonly count?: (attempt: Attempt) => InHand | undefined;
}

/** What is needed to carry connections out. */
export interface ConnectionDeps {
  readonly tunnelName: (id: string) => string | undefined;
  readonly reach: Pick<Reach, 'isFull' | 'open' | 'preview' | 'resolve' | 'whyNone'>;
  /** Seconds in which nothing may move. */
  readonly idleTimeout: () => number;
  readonly journal: Journal;
  readonly metrics: Pick<Metrics, 'attempt'>;
  readonly deadlines: Deadlines;
  /** Model time, milliseconds since the epoch. */
  readonly now: () => number;
  readonly failedAttempts: Pick<FailedAttempts, 'note'>;
}
