import type { Clock } from '../../runtime/clock.js';
import type { Rng } from '../../runtime/rng.js';
import type { VantageResolver } from '../geo/vantage.js';
import type { OpenPath } from '../reach/path.js';
import type { Opened, OpenOptions, ReachHook } from '../reach/reach.js';
import type { Fault, FaultType } from '../state/objects.js';
import type { AccountSnapshot } from '../state/state.types.js';
import type { Link, LinkHook } from '../tunnel/homes.js';

/**
 * Where faults get into the edge. Each hook passes on what it is given; without faults it is the plain function.
 *
 *     client --[ingress]--> data center --> [reach] --> origin
 *                                              |
 *                             connector --[link]--> tunnel
 */
export interface FaultHooks {
  /** Whether a data center runs. */
  readonly running: (code: string) => boolean;
  readonly ingress: (resolver: VantageResolver) => VantageResolver;
  readonly link: LinkHook;
  readonly reach: ReachHook;
}

/** A fault from its beginning to its end. */
export interface ActiveFault<F extends Fault = Fault> {
  readonly fault: F;
  /** For what is not drawn from a request's own generator. */
  readonly rng: Rng;
  /** What was drawn for connections: one that was spared stays so while the fault lasts. */
  readonly links: Map<string, boolean>;
}

/** What a fault's file works with. */
export interface FaultContext {
  readonly account: AccountSnapshot;
  readonly clock: Clock;
}

/** A path that is being opened. */
export interface Opening {
  readonly opened: Opened;
  readonly path: OpenPath;
  readonly options: OpenOptions;
}

/** What one type of fault does. Each type uses the hooks that it needs. */
export interface FaultDefinition<F extends Fault> {
  /** What one draw of `probability` decides: the whole fault, when it begins, or each time it could strike. */
  readonly drawn: 'once' | 'each';
  /** ingress: the data center that does not run. */
  down?(fault: F): string;
  /** link: whether it cuts this connection, or keeps it from registering. */
  cuts?(fault: F, context: FaultContext): (link: Link) => boolean;
  /** reach: what it does to the way to an origin. */
  origin?(fault: F, context: FaultContext): OriginFault;
}

export interface OriginFault {
  /** `all`: nothing else matters any more. `origin`: what is behind it is not asked. `nothing`: it only gets in the way. */
  readonly replaces: 'all' | 'origin' | 'nothing';
  /** One sentence, for the reasons of the request. */
  readonly detail: string;
  readonly matches: (opening: Opening) => boolean;
  readonly strike: (opened: Opened) => Opened;
}

export type FaultOf<T extends FaultType> = Extract<Fault, { readonly type: T }>;
