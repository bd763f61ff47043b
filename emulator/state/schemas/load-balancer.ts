import * as z from 'zod';
import { description, isHostnameOrWildcard } from './names.js';
import {
  adaptiveRouting,
  locationStrategy,
  poolMaps,
  randomSteering,
  STEERING_POLICY,
  steeringPolicy,
  ttl,
} from './pool-selection.js';
import { poolSetSchema } from './pool-set.js';
import { ruleSchema } from './rule.js';
import {
  SESSION_AFFINITY,
  sessionAffinity,
  sessionAffinityAttributes,
  sessionAffinityTtl,
} from './session-affinity.js';

/** docs/reference/load-balancing.md 1.1, api.md 2.2. */
export const loadBalancerSchema = z.object({
  zone_id: z.string(),
  address: z
    .string()
    .exactOptional()
    .describe(
      'The IP address of a private load balancer: private (RFC 1918, fc00::/7) or of 100.64.0.0/10. Default: one of 100.112.0.0/16, which follows from the name.',
    ),
  name: z
    .string()
    .refine(isHostnameOrWildcard, 'must be a host name such as app.example.com or *.example.com')
    .describe('The host name it answers for: inside its zone, the zone itself, or a wildcard such as *.example.com.'),
  description: description.default('').describe('Free text.'),
  enabled: z
    .boolean()
    .default(true)
    .describe('false: it answers nothing, and a DNS record of the same name takes over.'),
  proxied: z
    .boolean()
    .default(false)
    .describe('true: the edge answers HTTP for the name. false: DNS-only, so HTTP requests get a page that says so.'),
  ttl: ttl.default(30).describe('Seconds that DNS answers may be kept; for DNS-only load balancers.'),
  default_pools: z.array(z.string()).min(1).describe('Pools in the order of failover.'),
  fallback_pool: z.string().describe('The pool of last resort, used when no other is available.'),
  steering_policy: steeringPolicy.default('').describe(STEERING_POLICY),
  region_pools: poolMaps.region_pools.default({}),
  country_pools: poolMaps.country_pools.default({}),
  pop_pools: poolMaps.pop_pools.default({}),
  random_steering: randomSteering
    .nullable()
    .default(null)
    .describe('Weights of the pools, for random, least_outstanding_requests and least_connections; null: all 1.'),
  adaptive_routing: adaptiveRouting
    .nullable()
    .default(null)
    .describe('What happens when an endpoint cannot be reached; null: its defaults.'),
  location_strategy: locationStrategy
    .nullable()
    .default(null)
    .describe('Where DNS queries come from, for DNS-only load balancers; null: its defaults.'),
  session_affinity: sessionAffinity.default('none').describe(SESSION_AFFINITY),
  session_affinity_ttl: sessionAffinityTtl.exactOptional(),
  session_affinity_attributes: sessionAffinityAttributes.exactOptional().describe('Options of session affinity.'),
  rules: z.array(ruleSchema).default([]).describe('Custom rules: what is different for requests of some kind.'),
  pool_sets: z
    .array(poolSetSchema)
    .default([])
    .describe('Pools by place, each set with its own steering policy; the first one that fits is used.'),
  networks: z.array(z.string()).default([]).describe('Networks it is available on. Kept, without effect.'),
});
