import type { Clock, Ticket } from '../../../runtime/clock.js';
import type { Deadlines } from '../../../runtime/deadlines.js';
import type { Rng } from '../../../runtime/rng.js';
import type { DataCenter } from '../../geo/geo.types.js';
import type { Reach } from '../../reach/reach.js';
import type { Monitor, Origin, Pool } from '../../state/objects.js';
import type { FailureReason } from '../failure-reasons.js';
import type { Ping } from '../ping-program.js';

/** What is probed, by what, from where. */
export interface ProbeSubject {
  readonly pool: Pick<Pool, 'id' | 'name'>;
  readonly origin: Origin;
  readonly monitor: Monitor;
  readonly from: DataCenter;
}

/** How a check went. */
export type ProbeResult =
  | {
      readonly passed: true;
      readonly responseCode?: number;
      readonly detail: string;
      /**
       * Milliseconds of model time until the answer: what passed on the clock, and the modelled round trip of the way
       * (docs/reference/load-balancing.md 14.36).
       */
      readonly roundTripMs: number;
    }
  | {
      readonly passed: false;
      readonly reason: FailureReason;
      readonly responseCode?: number;
      /** One sentence for people. */
      readonly detail: string;
    };

/** One attempt of a check. */
export interface AttemptResult {
  readonly result: ProbeResult;
  /** It failed because it took too long: only then another attempt is made. */
  readonly timedOut: boolean;
}

/** What probing needs of the edge. */
export interface ProbeDeps {
  readonly reach: Pick<Reach, 'resolve' | 'open'>;
  readonly deadlines: Deadlines;
  /** Measures round trips. */
  readonly clock: Pick<Clock, 'now'>;
  readonly ping: Ping;
  readonly tunnelName: (id: string) => string | undefined;
  /** Whether a host name is served by this very edge: such an endpoint cannot be probed. */
  readonly isProxied: (host: string) => boolean;
}

export interface ProbeContext extends ProbeDeps {
  /** This check's own. */
  readonly rng: Rng;
  /** Ends with the code of the probing data center. */
  readonly ray: string;
  /** Of the work on the clock that waits for it. */
  readonly ticket?: Ticket;
  /** Aborted when nobody wants to know any more; what is returned then is of no use. */
  readonly signal: AbortSignal;
}

/** One attempt of a kind of probe, over within the monitor's timeout. */
export type ProbeAttempt = (subject: ProbeSubject, context: ProbeContext) => Promise<AttemptResult>;
