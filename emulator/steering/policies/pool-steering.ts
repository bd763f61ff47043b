import type { SteeringPolicy } from '../../state/objects.js';
import type { SteeringContext } from '../context.js';
import type { CompiledPool } from '../snapshot.types.js';
import { off } from './off.js';

/** A steering policy: which of the available pools takes a request. One file each. */
export interface PoolSteering {
  /** The API's name. */
  readonly policy: SteeringPolicy;
  /**
   * Chooses among the pools that are available, at least one, in the load balancer's order. Whoever needs a whole
   * order takes the chosen one away and asks again (docs/reference/load-balancing.md 14.4).
   */
  choose(available: readonly CompiledPool[], context: SteeringContext): CompiledPool | undefined;
}

/** The policies there are. `""` means `geo` where any geographic map is used, else `off` (reference 1.1); there are no such maps yet. */
export const POOL_STEERING: ReadonlyMap<SteeringPolicy, PoolSteering> = new Map([
  [off.policy, off],
  ['', off],
]);
