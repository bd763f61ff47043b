import type { Clock } from '../../runtime/clock.js';
import type { Deadlines } from '../../runtime/deadlines.js';
import type { Rng } from '../../runtime/rng.js';
import type { VantageResolver } from '../geo/vantage.js';
import type { ProbeHook, Probing } from '../health/probe-hook.js';
import type { OpenPath } from '../reach/path.js';
import type { Opened, OpenOptions, ReachHook, ReplicaHook } from '../reach/reach.js';
import type { Fault, FaultType } from '../state/fault.types.js';
import type { AccountSnapshot } from '../state/state.types.js';
import type { Link, LinkHook } from '../tunnel/homes.js';

/**
 * Where faults get into the edge. Each hook passes on what it is given; without faults it is the plain function.
 *
 *     client --[ingress]--> data center --[replicas]--> tunnel --[reach]--> origin
 *                                ^                        ^
 *                 monitor --[probe]                     [link]-- connector
 */
export interface FaultHooks {
  /** Whether a data center runs. */
  readonly running: (code: string) => boolean;
  readonly ingress: (resolver: VantageResolver) => VantageResolver;
  readonly link: LinkHook;
  /** Absent: nothing stands between data centers and tunnels. */
  readonly replicas: ReplicaHook | undefined;
  readonly reach: ReachHook;
  readonly probe: ProbeHook;
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
  readonly deadlines: Deadlines;
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
  /** link: whether it keeps this connection from registering; one that stands goes on. */
  refuses?(fault: F, context: FaultContext): (link: Link) => boolean;
  /** replicas: which data centers cannot get to connections that end in others. */
  parts?(fault: F, context: FaultContext): Partition;
  /** reach: what it does to the way to an origin. */
  way?(fault: F, context: FaultContext): WayFaultEffect;
  /** probe: whether it fails this probe. */
  probe?(fault: F, context: FaultContext): (probing: Probing) => boolean;
}

export interface Partition {
  /** Whether one data center cannot get to another, by their codes. */
  readonly between: (from: string, to: string) => boolean;
  /** Ids of the tunnels that this is about; undefined: all. */
  readonly tunnels: ReadonlySet<string> | undefined;
}

export interface WayFaultEffect {
  /**
   * `all`: no answer comes, so nothing else about the origin matters. `origin`: the origin is not asked. `nothing`: it
   * only gets in the way of what comes. `link`: the same, also where nothing comes but a failure.
   */
  readonly replaces: 'all' | 'origin' | 'nothing' | 'link';
  /** One sentence, for the reasons of the request. */
  readonly detail: string;
  /** Beyond the fault's `match`: ways that it has a meaning for. */
  readonly concerns?: (opening: Opening) => boolean;
  /** What `match.data_center` is about; default `ingress`. */
  readonly dataCenter?: 'ingress' | 'egress';
  readonly strike: (opened: Opened, opening: Opening) => Opened;
}

export type FaultOf<T extends FaultType> = Extract<Fault, { readonly type: T }>;
