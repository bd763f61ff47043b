import { defineError } from '../../runtime/errors.js';
import type { AccountSnapshot, Problem } from '../state/state.types.js';
import { ENDPOINT_STEERING } from './endpoints/endpoint-steering.js';
import { POOL_STEERING } from './policies/pool-steering.js';

/** The account asks for steering that this version does not do. Doing something else in its place would be worse than refusing. */
export const steeringNotSupported = defineError<{ problems: readonly Problem[] }>('STEERING_NOT_SUPPORTED', {
  status: 400,
  message: (d) => d.problems.map((problem) => problem.message).join('; '),
  fix: () => 'choose one of the supported policies named above',
});

/** The names to write in a list of what is supported; `""` is said in words. */
function listed(names: Iterable<string>): string {
  return [...names].map((name) => (name === '' ? 'none (which means off)' : `"${name}"`)).join(', ');
}

/**
 * What in the account asks for steering that is not built. Paths start with the collection and the object's id,
 * e.g. `['load_balancers', id, 'steering_policy']`; code `unsupported`.
 */
export function unsupportedSteering(account: Pick<AccountSnapshot, 'load_balancers' | 'pools'>): Problem[] {
  const problems: Problem[] = [];
  for (const lb of account.load_balancers.values()) {
    if (POOL_STEERING.has(lb.steering_policy)) continue;
    problems.push({
      path: ['load_balancers', lb.id, 'steering_policy'],
      code: 'unsupported',
      message: `load balancer ${lb.name} uses steering_policy "${lb.steering_policy}", which this version does not support; supported: ${listed(POOL_STEERING.keys())}`,
    });
  }
  for (const pool of account.pools.values()) {
    if (ENDPOINT_STEERING.has(pool.origin_steering.policy)) continue;
    problems.push({
      path: ['pools', pool.id, 'origin_steering', 'policy'],
      code: 'unsupported',
      message: `pool ${pool.name} uses origin_steering.policy "${pool.origin_steering.policy}", which this version does not support; supported: ${listed(ENDPOINT_STEERING.keys())}`,
    });
  }
  return problems;
}
