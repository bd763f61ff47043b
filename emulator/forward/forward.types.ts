import type { Deadlines } from '../../runtime/deadlines.js';
import type { AttemptTrace, Journal } from '../observe/journal.types.js';
import type { Metrics } from '../observe/metrics.js';
import type { OpenPath } from '../reach/path.js';
import type { Opened, OpenOptions, Reach } from '../reach/reach.js';
import type { RecordSettings, Zone } from '../state/objects.js';
import type { SteeringSnapshot } from '../steering/snapshot.types.js';
import type { Attempt, Observations } from '../steering/steering.types.js';
import type { Connection, RequestHead } from '../tunnel/connection.js';
import type { ErrorPages } from './exchange.js';
import type { FailedAttempts } from './failed-attempts.js';
import type { HeaderSessions } from './header-sessions.js';
import type { LiveLoad } from './live-load.js';

/** What carrying out requests needs of the rest of the edge. */
export interface ForwardDeps {
  readonly snapshot: () => SteeringSnapshot;
  readonly zone: (id: string) => Zone | undefined;
  readonly tunnelName: (id: string) => string | undefined;
  readonly settings: () => ForwardSettings;
  readonly health: Pick<Observations, 'healthOf' | 'roundTripOf'>;
  readonly reach: Pick<Reach, 'isFull' | 'open' | 'preview' | 'resolve' | 'whyNone'>;
  readonly journal: Journal;
  readonly metrics: Metrics;
  readonly deadlines: Deadlines;
  /** Model time, milliseconds since the epoch. */
  readonly now: () => number;
  readonly pages: ErrorPages;
  readonly failedAttempts: Pick<FailedAttempts, 'note'>;
}

/** What one request is carried out with. */
export interface RunDeps extends ForwardDeps {
  readonly observations: Observations;
  readonly live: LiveLoad;
  readonly sessions: HeaderSessions;
}

export interface ForwardSettings {
  readonly routeHeader: boolean;
  /** What the journal keeps of requests and responses. */
  readonly record: RecordSettings;
  /** Seconds until a response head must be there once the request is out. */
  readonly responseTimeout: number;
  /** Seconds in which nothing may move once the response head is there. */
  readonly idleTimeout: number;
}

/** An attempt as it is being made: which way it took, and which ways it tried before. */
export interface CurrentAttempt {
  readonly attempt: Attempt;
  readonly path: OpenPath;
  readonly head: RequestHead;
  readonly trace: AttemptTrace;
  readonly options: OpenOptions;
  readonly tried: Connection[];
  opened: Opened | undefined;
}
