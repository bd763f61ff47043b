import * as z from 'zod';

/** Pools by place, each list in the order of failover (docs/reference/load-balancing.md 3.2). */
export const poolMap = z.record(z.string(), z.array(z.string()).min(1));

/** docs/reference/load-balancing.md 1.1: no bounds are published for pools; those of endpoints are used. */
export const poolWeight = z.number().min(0).max(1);
export const poolWeights = z.record(z.string(), poolWeight);

export const steeringPolicy = z.enum([
  'off',
  'geo',
  'random',
  'dynamic_latency',
  'proximity',
  'least_outstanding_requests',
  'least_connections',
  '',
]);

/** What chooses among the pools of one list; `geo` chooses the list. */
export const listPolicy = steeringPolicy.exclude(['geo', '']);

const POLICIES = [
  'off: the first available one of default_pools',
  'geo: by data center, country or region',
  'random: by weight',
  'dynamic_latency: the fastest by its probes',
  'proximity: the nearest',
  'least_outstanding_requests, least_connections: by weight and load',
].join('. ');
export const STEERING_POLICY = `How a pool is chosen. ${POLICIES}. Empty: geo with any of region_pools, country_pools and pop_pools, otherwise off.`;

/** docs/reference/load-balancing.md 1.1, 3.4. */
export const randomSteering = z.object({
  default_weight: poolWeight.default(1).describe('Weight, 0 to 1, of pools that pool_weights does not name.'),
  pool_weights: poolWeights.default({}).describe('Weights, 0 to 1, by pool; relative to each other.'),
});

/** docs/reference/load-balancing.md section 6. */
export const adaptiveRouting = z.object({
  failover_across_pools: z
    .boolean()
    .default(false)
    .describe('When an endpoint cannot be reached and its pool has no other: try the next pool.'),
});

/** docs/reference/load-balancing.md 3.5. */
export const locationStrategy = z.object({
  mode: z
    .enum(['pop', 'resolver_ip'])
    .default('pop')
    .describe('Where a DNS query comes from. pop: the data center. resolver_ip: the address of the resolver.'),
  prefer_ecs: z
    .enum(['always', 'never', 'proximity', 'geo'])
    .default('proximity')
    .describe('When the subnet in the query (EDNS client subnet) decides instead.'),
});

/** The keys that a rule can put in place of the load balancer's own. */
export const poolMaps = {
  region_pools: poolMap.describe('For geo: pools by region code (WNAM, ENAM, WEU, ...), in the order of failover.'),
  country_pools: poolMap.describe('For geo: pools by country code (JP, DE, ...); before region_pools.'),
  pop_pools: poolMap.describe('For geo: pools by code of the data center (NRT, FRA, ...); before country_pools.'),
};

// Bounds: a DNS TTL; 0 would forbid every cache, above a day no resolver keeps it.
export const ttl = z.int().min(1).max(86_400);
