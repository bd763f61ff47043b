import type * as z from 'zod';
import type { Kind } from '../state.types.js';
import { configurationSchema } from './configuration.js';
import { dnsRecordSchema } from './dns-record.js';
import { faultSchema } from './fault.js';
import { loadBalancerSchema } from './load-balancer.js';
import { monitorSchema } from './monitor.js';
import { monitorGroupSchema } from './monitor-group.js';
import { poolSchema } from './pool.js';
import { hostnameRouteSchema, routeSchema, virtualNetworkSchema } from './private-network.js';
import { spectrumSchema } from './spectrum.js';
import { tunnelSchema } from './tunnel.js';
import { zoneSchema } from './zone.js';

/**
 * What may be written of each kind: types, defaults and bounds. Rules that need more than one field are in
 * ../validate. No transforms, so that the same schemas serve the API, the file and its JSON Schema.
 */
export const SCHEMAS = {
  zones: zoneSchema,
  load_balancers: loadBalancerSchema,
  dns_records: dnsRecordSchema,
  pools: poolSchema,
  monitors: monitorSchema,
  monitor_groups: monitorGroupSchema,
  tunnels: tunnelSchema,
  configurations: configurationSchema,
  virtual_networks: virtualNetworkSchema,
  routes: routeSchema,
  hostname_routes: hostnameRouteSchema,
  spectrum: spectrumSchema,
  faults: faultSchema,
} as const satisfies Record<Kind, z.ZodType>;

export type Schemas = typeof SCHEMAS;
