import * as z from 'zod';
import { fixedResponse } from './fixed-response.js';
import { listPolicy, poolWeight, poolWeights } from './pool-selection.js';

/**
 * docs/reference/load-balancing.md 3.3. What has a code of its own there (sizes, empty matches, nothing to do) is
 * refused by ../validate/pool-sets.ts.
 */
export const poolSetSchema = z.object({
  name: z.string().max(200).default('').describe('At most 200 characters.'),
  disabled: z.boolean().default(false).describe('true: skipped.'),
  match: z
    .object({
      default: z.boolean().exactOptional().describe('true: every request. Not together with topology.'),
      topology: z
        .object({
          pops: z.array(z.string()).exactOptional().describe('Codes of the data center that got the request.'),
          countries: z.array(z.string()).exactOptional().describe('Countries that the request comes from.'),
          regions: z.array(z.string()).exactOptional().describe('Regions of the data center that got the request.'),
        })
        .exactOptional()
        .describe('By place: one entry of each list that is given must fit.'),
    })
    .exactOptional()
    .describe('Which requests it is for. Absent: every request. The first set that fits is used.'),
  overrides: z
    .object({
      pools: z.array(z.string()).exactOptional().describe('The only pools, in the order of failover.'),
      pool_weights: poolWeights.exactOptional().describe('Weights, 0 to 1, by pool.'),
      pool_default_weight: poolWeight.exactOptional().describe('Weight of pools that pool_weights does not name; 1.'),
      fallback_pool: z.string().exactOptional().describe('The pool of last resort. Absent: that of the load balancer.'),
      steering_policy: listPolicy
        .exactOptional()
        .describe('How one of pools is chosen. off when absent: the first available one.'),
    })
    .exactOptional()
    .describe('Where the requests go.'),
  fixed_response: fixedResponse.exactOptional().describe('The answer, without asking any endpoint; in place of pools.'),
});
