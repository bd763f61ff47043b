import * as z from 'zod';
import { description, isHostnameOrWildcard } from './names.js';

/** docs/reference/load-balancing.md 1.1, api.md 2.2. */
export const loadBalancerSchema = z.object({
  zone_id: z.string(),
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
  // Bounds: a DNS TTL; 0 would forbid every cache, above a day no resolver keeps it.
  ttl: z
    .int()
    .min(1)
    .max(86_400)
    .default(30)
    .describe('Seconds that DNS answers may be kept; for DNS-only load balancers.'),
  default_pools: z.array(z.string()).min(1).describe('Pools in the order of failover.'),
  fallback_pool: z.string().describe('The pool of last resort, used when no other is available.'),
  steering_policy: z
    .enum([
      'off',
      'geo',
      'random',
      'dynamic_latency',
      'proximity',
      'least_outstanding_requests',
      'least_connections',
      '',
    ])
    .default('')
    .describe('How a pool is chosen. off (and the empty default): the first available one of default_pools.'),
});
