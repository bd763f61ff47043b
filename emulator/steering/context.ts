import type { Rng } from '../../runtime/rng.js';
import type { Facts, Observations } from './steering.types.js';

/** What every decision may look at. The generator is the request's own. */
export interface SteeringContext<F extends Facts = Facts> {
  readonly facts: F;
  readonly observations: Observations;
  readonly rng: Rng;
}
