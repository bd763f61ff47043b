import * as z from 'zod';
import { description, isHostname, port } from './names.js';

/** The 13 regions (docs/reference/load-balancing.md section 12). */
export const REGION_CODES = [
  'WNAM',
  'ENAM',
  'WEU',
  'EEU',
  'NSAM',
  'SSAM',
  'OC',
  'ME',
  'NAF',
  'SAF',
  'SAS',
  'SEAS',
  'NEAS',
] as const;

/** docs/reference/load-balancing.md 1.3. */
export const originSchema = z.object({
  name: z.string().min(1).max(255).describe('Label, unique in the pool.'),
  address: z.string().min(1).describe('An IP address, a host name, or <tunnel UUID>.cfargotunnel.com. Once in a pool.'),
  enabled: z.boolean().default(true).describe('false: no new traffic and no probes, in this pool only.'),
  weight: z.number().min(0).max(1).default(1).describe('Share of the traffic relative to the others; 0: none.'),
  port: port.default(0).describe('Port at the endpoint; 0: the default of the protocol.'),
  virtual_network_id: z
    .string()
    .exactOptional()
    .describe('Id of the virtual network in which a private address is reached through a tunnel.'),
  header: z
    .object({
      Host: z
        .array(z.string().refine(isHostname, 'must be a host name'))
        .max(1)
        .describe('The Host that the endpoint gets; at most one.'),
    })
    .exactOptional()
    .describe('Request headers to override; only Host.'),
  flatten_cname: z.boolean().default(true).describe('For DNS-only load balancers with host names as endpoints.'),
});

const percent = z.number().min(0).max(100).default(0);

/** docs/reference/load-balancing.md section 7; empty texts mean the only sensible policies, and are kept as they are (api.md 2.2). */
const loadShedding = z.object({
  default_percent: percent.describe('Percent of the requests without a session that go elsewhere.'),
  default_policy: z
    .enum(['random', 'hash', ''])
    .default('')
    .describe('Which ones. random, or empty: any. hash: always those of the same client addresses.'),
  session_percent: percent.describe('Percent of the sessions that end and go elsewhere.'),
  session_policy: z.enum(['hash', '']).default('').describe('Which ones. hash, or empty: those of the same addresses.'),
});

const notified = z.object({
  disable: z.boolean().default(false).describe('true: no notifications.'),
  healthy: z.boolean().nullable().default(null).describe('Only of changes to healthy, or to unhealthy; null: both.'),
});

/** docs/reference/load-balancing.md 1.2, api.md 2.2. */
export const poolSchema = z.object({
  name: z
    .string()
    .regex(/^[-_a-zA-Z0-9]+$/, 'may contain only letters, digits, "-" and "_"')
    .describe('Unique in the account: letters, digits, "-" and "_".'),
  description: description.default('').describe('Free text.'),
  enabled: z.boolean().default(true).describe('false: no traffic and no probes; load balancers move to the next pool.'),
  minimum_origins: z.int().min(0).default(1).describe('With fewer healthy endpoints than this the pool is unhealthy.'),
  origins: z.array(originSchema).min(1).describe('The endpoints.'),
  monitor: z.string().exactOptional().describe('The monitor that watches the endpoints.'),
  monitor_group: z
    .string()
    .exactOptional()
    .describe('The monitor group that watches the endpoints, in place of a monitor.'),
  check_regions: z
    .array(z.enum([...REGION_CODES, 'ALL_REGIONS']))
    .min(1)
    .nullable()
    .default(null)
    .describe('Regions from which the endpoints are probed; null: from every data center.'),
  health_sources: z
    .tuple([z.literal('regional'), z.literal('global')], { error: 'must be null or [regional, global]' })
    .nullable()
    .default(null)
    .describe(
      'Whose decision a data center goes by. null: its own where every data center probes, else the global one. [regional, global]: that of its region; needs check_regions.',
    ),
  latitude: z.number().min(-90).max(90).exactOptional().describe('Where the pool stands; together with longitude.'),
  longitude: z.number().min(-180).max(180).exactOptional().describe('Where the pool stands; together with latitude.'),
  origin_steering: z
    .object({
      policy: z
        .enum(['random', 'hash', 'least_outstanding_requests', 'least_connections'])
        .default('random')
        .describe(
          'How an endpoint is chosen. random: by weight. hash: the same one for the same client address. least_outstanding_requests, least_connections: by weight and load.',
        ),
    })
    .nullable()
    .default(null)
    .describe('How an endpoint of the pool is chosen; null: random.'),
  load_shedding: loadShedding
    .nullable()
    .default(null)
    .describe('What part of the traffic goes elsewhere, to the next pools; null: none.'),
  notification_email: z.string().max(1024).default('').describe('Kept, without effect: nobody is notified.'),
  notification_filter: z
    .object({
      pool: notified.exactOptional().describe('About the pool.'),
      origin: notified.exactOptional().describe('About its endpoints.'),
    })
    .nullable()
    .default(null)
    .describe('Kept, without effect: nobody is notified.'),
  networks: z.array(z.string()).default([]).describe('Networks it is available on. Kept, without effect.'),
});
