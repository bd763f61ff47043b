import * as z from 'zod';
import { isHostnameOrWildcard } from './names.js';

/** docs/reference/api.md 2.5. */
export const virtualNetworkSchema = z.object({
  name: z.string().min(1).max(255).describe('Unique among the virtual networks.'),
  comment: z.string().max(256).default('').describe('Free text.'),
  is_default_network: z
    .boolean()
    .default(false)
    .describe('Routes and requests that name no virtual network use this one. Exactly one is.'),
  hosts: z
    .record(z.string(), z.string())
    .default({})
    .describe('Names and their IP addresses, for who comes in by the on-ramp, e.g. {db.internal: 10.0.0.5}.'),
});

/** docs/reference/api.md 2.5. */
export const routeSchema = z.object({
  network: z.string().describe('CIDR, e.g. 10.0.0.0/8, 10.1.2.3/32 or fd00::/64.'),
  tunnel_id: z.string(),
  virtual_network_id: z.string().exactOptional(),
  comment: z.string().max(256).default('').describe('Free text.'),
});

/** docs/reference/api.md 2.5. */
export const hostnameRouteSchema = z.object({
  hostname: z.string().refine(isHostnameOrWildcard, 'must be a host name, or one such as *.internal.example'),
  tunnel_id: z.string(),
  comment: z.string().max(256).default(''),
});
