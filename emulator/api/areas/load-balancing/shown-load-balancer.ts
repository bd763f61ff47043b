import * as z from 'zod';
import type {
  FixedResponse,
  LoadBalancer,
  PoolSet,
  Rule,
  SessionAffinityAttributes,
} from '../../../state/load-balancer.types.js';
import type { AccountSnapshot } from '../../../state/state.types.js';
import type { Json } from '../../merge.js';
import { times } from '../../shown.js';

const pools = z.array(z.string());
const poolMap = z.record(z.string(), pools);

/** docs/reference/api.md 2.2. What rules and pool sets override is as it was sent. */
export const loadBalancerResult = z.object({
  id: z.string(),
  name: z.string(),
  zone_name: z.string().optional(),
  /** Ours: of private ones, where the on-ramp reaches them. */
  address: z.string().optional(),
  description: z.string(),
  enabled: z.boolean(),
  proxied: z.boolean(),
  ttl: z.number(),
  default_pools: pools,
  fallback_pool: z.string(),
  steering_policy: z.string().min(1),
  region_pools: poolMap,
  country_pools: poolMap,
  pop_pools: poolMap,
  random_steering: z.object({ default_weight: z.number(), pool_weights: z.record(z.string(), z.number()) }).nullable(),
  adaptive_routing: z.object({ failover_across_pools: z.boolean() }).nullable(),
  location_strategy: z.object({ mode: z.string(), prefer_ecs: z.string() }).nullable(),
  session_affinity: z.string(),
  session_affinity_ttl: z.number().optional(),
  session_affinity_attributes: z
    .object({
      samesite: z.string(),
      secure: z.string(),
      drain_duration: z.number(),
      zero_downtime_failover: z.string(),
      headers: z.array(z.string()).optional(),
      require_all_headers: z.boolean(),
    })
    .nullable(),
  rules: z.array(z.record(z.string(), z.unknown())),
  pool_sets: z.array(z.record(z.string(), z.unknown())).optional(),
  networks: z.array(z.string()).optional(),
  created_on: z.string(),
  modified_on: z.string(),
});

/** A load balancer as clients must get it back, so that they see no difference to what they wrote (docs/reference/api.md 4.2). */
export function shownLoadBalancer(loadBalancer: LoadBalancer, account: AccountSnapshot): Json {
  const { managed_by: _by, zone_id, networks, pool_sets, rules, ...rest } = loadBalancer;
  const zone = account.zones.get(zone_id)?.name;
  return {
    ...rest,
    ...times(loadBalancer),
    ...(zone === undefined ? {} : { zone_name: zone }),
    steering_policy: resolvedPolicy(loadBalancer),
    session_affinity_attributes: shownAttributes(loadBalancer.session_affinity_attributes),
    rules: rules.map(shownRule),
    ...(pool_sets.length === 0 ? {} : { pool_sets: pool_sets.map(shownRule) }),
    ...(networks.length === 0 ? {} : { networks }),
  };
}

function resolvedPolicy({ steering_policy, region_pools, country_pools, pop_pools }: LoadBalancer): string {
  if (steering_policy !== '') return steering_policy;
  const byPlace = [region_pools, country_pools, pop_pools].some((map) => Object.keys(map).length > 0);
  return byPlace ? 'geo' : 'off';
}

function shownAttributes(attributes: SessionAffinityAttributes | undefined): Json | null {
  if (!attributes) return null;
  const { headers, ...rest } = attributes;
  return { ...rest, ...(headers.length === 0 ? {} : { headers }) };
}

/** What does nothing is as if it was not given: an empty object is a difference to clients. */
function shownRule({ fixed_response, overrides, ...rest }: Rule | PoolSet): Json {
  return {
    ...rest,
    ...(overrides && Object.keys(overrides).length > 0 && { overrides }),
    ...(fixed_response && { fixed_response: shownResponse(fixed_response) }),
  };
}

/** Empty texts are those that were not given. */
function shownResponse({ location, message_body, ...response }: FixedResponse): Json {
  return { ...response, ...(location && { location }), ...(message_body && { message_body }) };
}
