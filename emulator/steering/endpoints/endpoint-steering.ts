import type { EndpointPolicy } from '../../state/objects.js';
import type { SteeringContext } from '../context.js';
import type { CompiledEndpoint } from '../snapshot.types.js';
import { hash } from './hash.js';
import { leastConnections } from './least-connections.js';
import { leastOutstandingRequests } from './least-outstanding-requests.js';
import { random } from './random.js';

/** An endpoint policy: which endpoint of the chosen pool takes a request. One file each. */
export interface EndpointSteering {
  /** The API's name. */
  readonly policy: EndpointPolicy;
  /** Chooses among the eligible endpoints: at least one, each with a weight above 0, in the pool's order. */
  choose(eligible: readonly CompiledEndpoint[], context: SteeringContext): CompiledEndpoint | undefined;
  /** How likely it was, for people: for the same endpoints that it was chosen from. */
  explain(chosen: CompiledEndpoint, eligible: readonly CompiledEndpoint[], context: SteeringContext): string;
}

/** The policies there are. */
export const ENDPOINT_STEERING: Readonly<Record<EndpointPolicy, EndpointSteering>> = {
  random,
  hash,
  least_outstanding_requests: leastOutstandingRequests,
  least_connections: leastConnections,
};
