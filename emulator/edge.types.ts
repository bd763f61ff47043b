import type { Clock } from '../runtime/clock.js';
import type { Deadlines } from '../runtime/deadlines.js';
import type { Detour } from '../runtime/detour.js';
import type { LoadedConfig, OpenAddress } from './config/index.js';
import type { EdgeModelMaker } from './edge-model.js';
import type { AskedRequest } from './explained-request.js';
import type { FaultControl } from './faults/faults.js';
import type { ClientResponse } from './forward/exchange.js';
import type { HealthView } from './health/health.types.js';
import type { Events, Journal, RequestTrace } from './observe/journal.types.js';
import type { Log } from './observe/log.js';
import type { AccountState } from './state/state.types.js';
import type { Connection } from './tunnel/connection.js';
import type { Homes } from './tunnel/homes.js';

export interface EdgeOptions {
  readonly config: LoadedConfig;
  readonly log: Log;
  readonly deadlines?: Deadlines;
  /** Follow edits of the configuration's file. */
  readonly watch?: boolean;
  /** The folder that keeps the account (docs/state.md). Without one nothing is written. */
  readonly state?: string;
  /** Where dials to origins outside tunnels really lead. */
  readonly detour?: Detour;
  /** Lets all that takes time take it on the clock. */
  readonly model?: EdgeModelMaker;
  /** How long one `advance` of a manual clock waits for what is late, in real milliseconds. */
  readonly patience?: number;
}

/** A running edge. */
export interface Edge {
  /** Where it listens now, as clients would write it. */
  readonly addresses: readonly OpenAddress[];
  /** Every random choice comes from it: the same seed and requests give the same routes. */
  readonly seed: number | string;
  /** The configuration's warnings. */
  readonly warnings: readonly string[];
  readonly state: AccountState;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly events: Events;
  readonly faults: FaultControl;
  readonly health: HealthView;
  connections(): Iterable<Connection>;
  /** Where connections end, and whether some are about to end elsewhere. */
  readonly homes: Pick<Homes, 'assign' | 'isMoving'>;
  /** Carries out a request of somebody in this process. Throws EXPLAIN_INVALID, or what ingress answers 400 or 503 with. */
  handle(asked: AskedRequest, response: ClientResponse): void;
  caPem(): Promise<string>;
  /**
   * Sends a request of the journal once more, and resolves with what became of it.
   *
   * @throws RAY_UNKNOWN, NOT_REPLAYABLE
   */
  replay(ray: string, stop?: AbortSignal): Promise<RequestTrace>;
  /**
   * Returns the file's objects to the file, removes the API's, lets faults and health begin anew, and forgets the
   * journal. On a running clock it resolves when health has its first results, or no more time is left for them.
   */
  reset(): Promise<void>;
  /** Takes nothing new, lets what is open finish for a while, then ends it. Idempotent. */
  close(): Promise<void>;
  /** Resolves once it is closed. */
  readonly closed: Promise<void>;
}
