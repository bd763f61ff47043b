import * as z from 'zod';
import { instantSchema } from './schemas.js';

const verdictSchema = z.enum(['healthy', 'unhealthy', 'unknown']);

const opinionSchema = z.object({
  state: verdictSchema.describe('The decision of all probing data centers.'),
  passing: z.array(z.string()).describe('Data centers that find it healthy.'),
  waiting: z.array(z.string()).describe('Data centers that have not decided yet.'),
  failing: z
    .array(z.object({ failure_reason: z.string(), detail: z.string(), data_centers: z.array(z.string()) }))
    .describe('Data centers that find it unhealthy, by what went wrong with their latest probe.'),
  regions: z.record(z.string(), verdictSchema).optional().describe('With check_regions: what each region decided.'),
});

const endpointHealthSchema = z.object({
  ...opinionSchema.shape,
  monitors: z
    .array(
      z.object({
        monitor: z.string().describe('Its description.'),
        part: z.enum(['must_be_healthy', 'voting', 'monitoring_only']),
        ...opinionSchema.shape,
      }),
    )
    .optional()
    .describe('With a monitor group: what each of its running monitors finds.'),
});

const endpointSchema = z.object({
  name: z.string(),
  address: z.string(),
  port: z.int().describe("0: the protocol's default port."),
  weight: z.number(),
  enabled: z.boolean(),
  tunnel: z.string().optional(),
  virtual_network: z.string().optional(),
  host: z.string().optional().describe('Host override towards the origin.'),
  health: endpointHealthSchema.optional().describe('Absent when no monitor watches it.'),
});

const lostConnectionSchema = z.object({
  id: z.string(),
  connector_id: z.string(),
  index: z.int().describe("Which of the connector's connections."),
  data_center: z.string().describe('Where it ends.'),
  opened_at: instantSchema,
  version: z.string(),
  config_version: z.int().describe('Version of the pushed configuration that the connector acknowledged; 0: none yet.'),
  origin_ip: z.string(),
});

const connectionSchema = lostConnectionSchema.extend({
  accepting: z.boolean().describe('False once the connector said that it is leaving.'),
  in_flight: z.int().describe('Requests, upgrades and dials now open.'),
});

const tunnelSchema = z.object({
  id: z.string(),
  name: z.string(),
  status: z
    .enum(['inactive', 'healthy', 'degraded', 'down'])
    .describe('inactive: never connected; degraded: a connector lacks one of its four connections.'),
  conns_active_at: instantSchema.nullable().describe('Since when it is connected; null: it is not.'),
  conns_inactive_at: instantSchema.nullable().describe('Since when it is not connected; null: it is.'),
  config_src: z.enum(['local', 'cloudflare']),
  config_version: z.int().optional(),
  ingress: z.array(z.object({ hostname: z.string().optional(), path: z.string().optional(), service: z.string() })),
  networks: z.array(z.string()).describe('CIDRs that are routed to it.'),
  connections: z.array(connectionSchema),
  pending_reconnects: z
    .array(lostConnectionSchema)
    .describe('Broke less than five minutes of model time ago, and expected back.'),
});

const accessViewSchema = z
  .object({
    users: z.array(z.object({ email: z.string(), groups: z.array(z.string()), data_center: z.string().optional() })),
    policies: z.array(
      z.object({
        name: z.string(),
        action: z.enum(['allow', 'block']),
        users: z.array(z.string()).optional(),
        groups: z.array(z.string()).optional(),
        destinations: z.array(z.string()).optional(),
        ports: z.array(z.union([z.int(), z.string()])).optional(),
        virtual_networks: z.array(z.string()).optional(),
      }),
    ),
  })
  .describe('Who comes in by the on-ramp, and what they may reach; without passwords.');

/** What `GET state` answers. References are by name. */
export const stateViewSchema = z.object({
  version: z.string(),
  revision: z.int().describe('Counts transactions.'),
  account: z.object({ id: z.string(), name: z.string() }),
  clock: z.object({ mode: z.enum(['real', 'scaled', 'manual']), now: instantSchema }),
  listeners: z.array(z.object({ name: z.string(), address: z.string() })),
  data_centers: z.array(
    z.object({
      code: z.string(),
      default: z.boolean(),
      running: z.boolean().describe('False while a fault has it down.'),
      connections: z.int(),
    }),
  ),
  faults: z
    .array(
      z.object({
        name: z.string(),
        type: z.string(),
        match: z.record(z.string(), z.unknown()).describe('What it touches; empty: all that its type can.'),
        enabled: z.boolean(),
        active: z.boolean().describe('Whether it breaks something now.'),
      }),
    )
    .describe('What is broken on purpose, now or at other times; GET faults has all of it.'),
  settings: z.object({
    vantage: z.boolean(),
    route_header: z.boolean(),
    initial_health: z.enum(['down', 'healthy']),
    duplicate_addresses: z.enum(['refuse', 'allow']),
    minimum_monitor_interval: z.int().describe('Seconds.'),
    simulate_latency: z.boolean(),
    record: z.object({ headers: z.boolean(), bodies: z.int().describe('Bytes of each.') }),
    timeouts: z.object({ connect: z.number(), response: z.number(), idle: z.number() }).describe('Seconds.'),
  }),
  zones: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      settings: z.object({ ssl: z.enum(['off', 'flexible', 'full', 'strict']), always_use_https: z.boolean() }),
    }),
  ),
  load_balancers: z.array(
    z.object({
      id: z.string(),
      zone: z.string().describe('Empty: it is a private one.'),
      name: z.string(),
      address: z.string().optional().describe('Of a private one: where the on-ramp reaches it.'),
      enabled: z.boolean(),
      proxied: z.boolean(),
      steering_policy: z.string(),
      default_pools: z.array(z.string()),
      fallback_pool: z.string(),
      health: z
        .enum(['healthy', 'degraded', 'critical', 'unknown'])
        .optional()
        .describe('Absent when none of its pools has a monitor.'),
    }),
  ),
  spectrum: z
    .array(
      z.object({
        id: z.string(),
        name: z.string(),
        listen: z.string().describe('As it was asked for; listeners has the address that is open.'),
        load_balancer: z.string(),
        dns: z.object({ name: z.string() }).optional(),
        tls: z.enum(['off', 'flexible']),
        proxy_protocol: z.enum(['off', 'v1', 'v2']),
      }),
    )
    .describe('Spectrum applications: TCP that is load balanced.'),
  dns_records: z.array(
    z.object({
      id: z.string(),
      zone: z.string(),
      name: z.string(),
      type: z.string(),
      content: z.string(),
      proxied: z.boolean(),
    }),
  ),
  pools: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      enabled: z.boolean(),
      endpoint_policy: z.string(),
      minimum_origins: z.int(),
      monitor: z.string().optional().describe('Description of the monitor.'),
      monitor_group: z.string().optional().describe('Description of the monitor group.'),
      check_regions: z.array(z.string()).nullable().describe('null: every data center probes.'),
      health_sources: z.array(z.string()).nullable().describe('null: acts as local, global.'),
      round_trips: z
        .record(z.string(), z.number())
        .describe('Average round trip of the probes, milliseconds: by region with check_regions, else by data center.'),
      health: z
        .enum(['healthy', 'degraded', 'critical', 'unknown'])
        .optional()
        .describe('Absent when the pool has no monitor.'),
      endpoints: z.array(endpointSchema),
    }),
  ),
  monitor_groups: z.array(
    z.object({
      id: z.string(),
      description: z.string(),
      members: z.array(
        z.object({
          monitor: z.string().describe('Description of the monitor.'),
          enabled: z.boolean(),
          monitoring_only: z.boolean(),
          must_be_healthy: z.boolean(),
        }),
      ),
    }),
  ),
  tunnels: z.array(tunnelSchema),
  access: accessViewSchema,
  virtual_networks: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      is_default_network: z.boolean(),
      hosts: z.record(z.string(), z.string()),
    }),
  ),
  routes: z.array(
    z.object({
      id: z.string(),
      network: z.string(),
      virtual_network: z.string(),
      tunnel: z.string(),
      comment: z.string(),
    }),
  ),
});

export type StateView = z.infer<typeof stateViewSchema>;
