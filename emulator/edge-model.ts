import type { Clock } from '../runtime/clock.js';
import type { Deadlines } from '../runtime/deadlines.js';
import type { ReachHook } from './reach/reach.js';
import type { AccountSnapshot } from './state/state.types.js';
import type { Connection } from './tunnel/connection.js';

/**
 * What an edge has in place of real time and of `simulate_latency`, where all that takes time shall take it on the clock,
 * as in scenarios.
 */
export interface EdgeModel {
  /** How long clients and monitors wait for answers. Connectors and listeners keep to real time. */
  readonly deadlines: Deadlines;
  /** What takes its time on the way to endpoints; undefined: nothing does. */
  ways(account: AccountSnapshot): ReachHook | undefined;
  /** A tunnel's connection is closed. */
  connectionGone(connection: Connection): void;
}

/** Made with the clock of the edge. */
export type EdgeModelMaker = (clock: Clock) => EdgeModel;
