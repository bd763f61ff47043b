import type { Clock } from '../runtime/clock.js';
import type { Deadlines } from '../runtime/deadlines.js';
import type { ReachHook } from './reach/reach.js';
import type { Connection } from './tunnel/connection.js';

/** What an edge has in place of real time, where all that takes time shall take it on the clock, as in scenarios. */
export interface EdgeModel {
  /** How long clients and monitors wait for answers. Connectors and listeners keep to real time. */
  readonly deadlines: Deadlines;
  /** What ways to endpoints go through beyond faults and distances. */
  readonly innermost: ReachHook;
  /** What they go through before them. */
  readonly outermost: ReachHook;
  /** A tunnel's connection is closed. */
  connectionGone(connection: Connection): void;
}

/** Made with the clock of the edge. */
export type EdgeModelMaker = (clock: Clock) => EdgeModel;
