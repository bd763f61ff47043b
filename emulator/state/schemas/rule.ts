import * as z from 'zod';
import { fixedResponse } from './fixed-response.js';
import {
  adaptiveRouting,
  locationStrategy,
  poolMaps,
  poolWeight,
  poolWeights,
  randomSteering,
  STEERING_POLICY,
  steeringPolicy,
  ttl,
} from './pool-selection.js';
import {
  SESSION_AFFINITY,
  sessionAffinity,
  sessionAffinityAttributes,
  sessionAffinityTtl,
} from './session-affinity.js';

const pools = z.array(z.string()).min(1);

/** docs/reference/load-balancing.md 8.1. Without defaults: each key that is given takes the place of the load balancer's. */
const ruleOverridesSchema = z.object({
  default_pools: pools.exactOptional().describe('Pools in the order of failover.'),
  fallback_pool: z.string().exactOptional().describe('The pool of last resort.'),
  region_pools: poolMaps.region_pools.exactOptional(),
  country_pools: poolMaps.country_pools.exactOptional(),
  pop_pools: poolMaps.pop_pools.exactOptional(),
  pools: pools.exactOptional().describe('The only pools, in place of default_pools and of every pool by place.'),
  pool_weights: poolWeights.exactOptional().describe('Weights, 0 to 1, by pool; not together with random_steering.'),
  pool_default_weight: poolWeight
    .exactOptional()
    .describe('Weight of pools that pool_weights does not name; not together with random_steering.'),
  steering_policy: steeringPolicy.exactOptional().describe(STEERING_POLICY),
  random_steering: randomSteering.exactOptional().describe('Weights of the pools.'),
  adaptive_routing: adaptiveRouting.exactOptional().describe('What happens when an endpoint cannot be reached.'),
  location_strategy: locationStrategy.exactOptional().describe('Where DNS queries come from.'),
  session_affinity: sessionAffinity.exactOptional().describe(SESSION_AFFINITY),
  session_affinity_ttl: sessionAffinityTtl.exactOptional(),
  session_affinity_attributes: sessionAffinityAttributes.exactOptional().describe('Options of session affinity.'),
  ttl: ttl.exactOptional().describe('Seconds that DNS answers may be kept.'),
});

/** docs/reference/load-balancing.md 8.1, api.md 2.2. */
export const ruleSchema = z.object({
  name: z.string().max(200).default('').describe('At most 200 characters.'),
  // The length that rules of the rules language may have.
  condition: z
    .string()
    .max(4096)
    .default('')
    .describe('Expression of the rules language, e.g. http.request.uri.path contains "/blog". Empty: always true.'),
  priority: z
    .int()
    .min(0)
    .default(0)
    .describe('Lower ones come first; equal ones in the order of the list. 0 for all when no rule has one.'),
  disabled: z.boolean().default(false).describe('true: skipped.'),
  terminates: z
    .boolean()
    .default(false)
    .describe('true: when the condition holds, no later rule is looked at. Always so with fixed_response.'),
  fixed_response: fixedResponse.exactOptional().describe('The answer, without asking any endpoint.'),
  overrides: ruleOverridesSchema.exactOptional().describe('What takes the place of the load balancer’s own fields.'),
});
