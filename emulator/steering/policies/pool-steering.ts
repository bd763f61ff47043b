import type { SteeringPolicy } from '../../state/objects.js';
import type { SteeringContext } from '../context.js';
import type { Candidate } from '../snapshot.types.js';
import { dynamicLatency } from './dynamic-latency.js';
import { geo } from './geo.js';
import { leastConnections } from './least-connections.js';
import { leastOutstandingRequests } from './least-outstanding-requests.js';
import { off } from './off.js';
import { proximity } from './proximity.js';
import { random } from './random.js';

/**
 * A steering policy: which of the candidate pools takes a request. One file each.
 *
 * `walk` is a policy that knows an order, in which the first available pool is taken; availability is asked only as
 * far as the walk goes. `draw` is one that chooses among those that are available, at least one; whoever needs
 * another takes the chosen one away and draws again (docs/reference/load-balancing.md 14.4).
 */
export type PoolSteering = WalkingPolicy | DrawingPolicy;

interface Policy {
  /** The API's name. */
  readonly policy: Exclude<SteeringPolicy, ''>;
}

export interface WalkingPolicy extends Policy {
  readonly kind: 'walk';
  walk(candidates: readonly Candidate[], context: SteeringContext): readonly Candidate[];
  /**
   * Why it comes where it comes in the order, for people. undefined: nothing beyond that order was written down.
   *
   * @param among what it was chosen from, for people: `available pools`, or `remaining pools` after another was given
   */
  explain?(chosen: Candidate, context: SteeringContext, among: string): string;
}

export interface DrawingPolicy extends Policy {
  readonly kind: 'draw';
  draw(available: readonly Candidate[], context: SteeringContext): Candidate | undefined;
  /** How likely it was, for people: for the same pools that were drawn from. */
  explain(chosen: Candidate, available: readonly Candidate[], context: SteeringContext): string;
}

/** The policies there are. */
export const POOL_STEERING: Readonly<Record<Exclude<SteeringPolicy, ''>, PoolSteering>> = {
  off,
  geo,
  random,
  dynamic_latency: dynamicLatency,
  proximity,
  least_outstanding_requests: leastOutstandingRequests,
  least_connections: leastConnections,
};
