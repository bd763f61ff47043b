import type { PoolSteering } from './policies/pool-steering.js';
import { random } from './policies/random.js';

/**
 * What a policy is for the first request of an `ip_cookie` session, which must go where the client's address says and
 * nothing else: policies that look at what pools have in hand become draws by their weights alone
 * (docs/reference/load-balancing.md 5.1).
 */
export function stableSteering(steering: PoolSteering): PoolSteering {
  return steering.kind === 'draw' ? random : steering;
}
