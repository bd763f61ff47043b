import { isIP } from 'node:net';
import * as z from 'zod';
import { DEFAULT_DATA_CENTER_CODES } from '../geo/data-centers.js';
import { parseListenAddress } from '../state/listen-address.js';
import { accessSchema } from '../state/schemas/access.js';
import { tunnelConfigurationSchema } from '../state/schemas/configuration.js';
import { dnsRecordSchema } from '../state/schemas/dns-record.js';
import { faultSchema } from '../state/schemas/fault.js';
import { loadBalancerSchema } from '../state/schemas/load-balancer.js';
import { monitorSchema } from '../state/schemas/monitor.js';
import { monitorGroupMemberSchema } from '../state/schemas/monitor-group.js';
import { description, hex32, uuid } from '../state/schemas/names.js';
import { clientRuleSchema, dataCentersSchema, locationRuleSchema } from '../state/schemas/places.js';
import { originSchema, poolSchema } from '../state/schemas/pool.js';
import { routeSchema, virtualNetworkSchema } from '../state/schemas/private-network.js';
import { accountSchema, settingsSchema } from '../state/schemas/settings.js';
import { spectrumSchema } from '../state/schemas/spectrum.js';
import { tunnelSchema } from '../state/schemas/tunnel.js';
import { zoneSchema } from '../state/schemas/zone.js';
import { DEFAULT_CLOUDFLARED, DEFAULT_LISTEN } from './listen.js';

/*
 * The form of colocal.yaml: the API's objects, except that they nest, refer to each other by name and may leave
 * their id out. The JSON Schema is made from this too, so every field says what it is for.
 */

const derivedId = 'Otherwise derived from the account, the kind and the name, so the same after a restart.';
const hexId = hex32.exactOptional().describe(`32 hexadecimal digits. ${derivedId}`);
const uuidId = uuid.exactOptional().describe(`A UUID. ${derivedId}`);

const { zone_id: _zoneOfLoadBalancer, address: privateAddress, ...loadBalancerFields } = loadBalancerSchema.shape;
export const fileLoadBalancerSchema = z.object({
  id: hexId,
  ...loadBalancerFields,
  default_pools: z.array(z.string()).min(1).describe('Names (or ids) of pools, in the order of failover.'),
  fallback_pool: z
    .string()
    .exactOptional()
    .describe('Name (or id) of the pool of last resort. Default: the last of default_pools.'),
});

export const filePrivateLoadBalancerSchema = z.object({
  ...fileLoadBalancerSchema.shape,
  name: loadBalancerFields.name.describe('Unique, in the form of a host name. No DNS has it.'),
  address: privateAddress,
});

const { zone_id: _zoneOfRecord, ...dnsRecordFields } = dnsRecordSchema.shape;
export const fileDnsRecordSchema = z.object({ id: hexId, ...dnsRecordFields });

export const fileZoneSchema = z.object({
  id: hexId,
  ...zoneSchema.shape,
  load_balancers: z.array(fileLoadBalancerSchema).default([]).describe('Load balancers of the zone.'),
  dns_records: z.array(fileDnsRecordSchema).default([]).describe('DNS records of the zone.'),
});

const { name: originName, address: originAddress, ...originFields } = originSchema.shape;
const fileOriginSchema = z.object({
  name: originName,
  address: originAddress
    .exactOptional()
    .describe('An IP address, a host name, or <tunnel UUID>.cfargotunnel.com. Once in a pool. Or give tunnel.'),
  tunnel: z
    .string()
    .exactOptional()
    .describe('Name (or id) of a tunnel, in place of an address: its ingress rules pick the service by the Host.'),
  ...originFields,
  virtual_network: z
    .string()
    .exactOptional()
    .describe('Name of the virtual network in which a private address is reached through a tunnel.'),
});

export const filePoolSchema = z.object({
  id: hexId,
  ...poolSchema.shape,
  origins: z.array(fileOriginSchema).min(1).describe('The endpoints.'),
  monitor: z.string().exactOptional().describe('Name (or id) of the monitor that watches the endpoints.'),
  monitor_group: z
    .string()
    .exactOptional()
    .describe('Name (or id) of the monitor group that watches the endpoints, in place of a monitor.'),
});

export const fileMonitorSchema = z.object({
  id: hexId,
  name: z.string().min(1).describe('For references in this file; becomes the description when there is none.'),
  ...monitorSchema.shape,
  description: description.exactOptional().describe('Free text. Default: the name.'),
});

const { monitor_id: _monitorOfMember, ...memberFields } = monitorGroupMemberSchema.shape;
export const fileMonitorGroupSchema = z.object({
  id: hexId,
  name: z.string().min(1).describe('For references in this file; becomes the description when there is none.'),
  description: description.exactOptional().describe('Free text. Default: the name.'),
  members: z
    .array(
      z.object({
        monitor: z.string().describe('Name (or id) of the monitor.'),
        enabled: memberFields.enabled.default(true).describe(memberFields.enabled.description ?? ''),
        monitoring_only: memberFields.monitoring_only
          .default(false)
          .describe(memberFields.monitoring_only.description ?? ''),
        must_be_healthy: memberFields.must_be_healthy
          .default(false)
          .describe(memberFields.must_be_healthy.description ?? ''),
      }),
    )
    .min(1)
    .describe('The monitors, each with its part.'),
});

const { tunnel_id: _tunnelOfRoute, ...routeFields } = routeSchema.shape;
const fileRouteSchema = z.object({
  id: uuidId,
  ...routeFields,
  virtual_network_id: routeFields.virtual_network_id.describe('Id of the virtual network; or give virtual_network.'),
  virtual_network: z
    .string()
    .exactOptional()
    .describe('Name of the virtual network. Default: the default virtual network.'),
});

const { config_src: _configSource, tun_type: _type, mesh: _mesh, ...tunnelFields } = tunnelSchema.shape;
export const fileTunnelSchema = z.object({
  id: uuidId,
  ...tunnelFields,
  config_src: tunnelSchema.shape.config_src
    .unwrap()
    .exactOptional()
    .describe(
      'Where its connectors have their configuration from: local, their own, or cloudflare, the edge. Default: cloudflare with config, local without.',
    ),
  config: tunnelConfigurationSchema
    .exactOptional()
    .describe('What its connectors are told. Without it they use their own configuration.'),
  routes: z.array(fileRouteSchema).default([]).describe('Private networks that are reached through the tunnel.'),
});

export const fileVirtualNetworkSchema = z.object({ id: uuidId, ...virtualNetworkSchema.shape });

const {
  name: spectrumName,
  listen: spectrumListen,
  load_balancer_id: _balancer,
  ...spectrumFields
} = spectrumSchema.shape;
export const fileSpectrumSchema = z.object({
  id: hexId,
  name: spectrumName,
  listen: spectrumListen,
  load_balancer: z.string().describe('Name (or id) of a load balancer of a zone: it decides where connections go.'),
  ...spectrumFields,
});

function listenAddress(name: keyof typeof DEFAULT_LISTEN, what: string) {
  const error = `must be HOST:PORT such as "${DEFAULT_LISTEN[name]}" or "[::1]:${DEFAULT_LISTEN[name].split(':')[1]}", or off`;
  return z
    .string({ error })
    .refine((text) => text === 'off' || parseListenAddress(text) !== undefined, { error })
    .default(DEFAULT_LISTEN[name])
    .describe(`${what} HOST:PORT, or off. Port 0: any free one.`);
}

const CLOUDFLARED_ADDRESS = `must be HOST:PORT such as "${DEFAULT_CLOUDFLARED[0]}", or an address with its data_center`;
const cloudflaredAddress = z
  .string({ error: CLOUDFLARED_ADDRESS })
  .refine((text) => parseListenAddress(text) !== undefined, { error: CLOUDFLARED_ADDRESS });

const cloudflaredListen = z
  .union(
    [
      z.literal('off'),
      z
        .array(
          z.union(
            [
              cloudflaredAddress,
              z.object({
                address: cloudflaredAddress.describe('HOST:PORT. Port 0: any free one.'),
                data_center: z
                  .string()
                  .exactOptional()
                  .describe(
                    'Code of the data center in which what dials this address ends. Default: one that is near.',
                  ),
              }),
            ],
            { error: CLOUDFLARED_ADDRESS },
          ),
        )
        .min(1),
    ],
    { error: 'must be off, or a list of addresses, each HOST:PORT or with its data_center' },
  )
  .default([...DEFAULT_CLOUDFLARED])
  .describe('cloudflared dials in here, by TLS: off, or a list of HOST:PORT, or of address and data_center.');

const DNS_ADDRESS = 'must be HOST:PORT such as "127.0.0.1:5353", or off, or an address with its answers';
const dnsListenAddress = z
  .string({ error: DNS_ADDRESS })
  .refine((text) => parseListenAddress(text) !== undefined, { error: DNS_ADDRESS });

const dnsListen = z
  .union(
    [
      z.literal('off'),
      dnsListenAddress,
      z.object({
        address: dnsListenAddress.describe('HOST:PORT, by UDP and TCP. Port 0: any free one.'),
        answers: z
          .array(
            z
              .string()
              .refine((text) => isIP(text) !== 0, { error: 'must be an IPv4 or IPv6 address such as "172.30.0.2"' }),
          )
          .default([])
          .describe('IP addresses of the edge, which its names have. Default: those at which whoever asks reaches it.'),
      }),
    ],
    { error: DNS_ADDRESS },
  )
  .default('off')
  .describe(
    'Answers DNS, for what cloudflared looks up and for the names of the zones: off, HOST:PORT, or address and answers.',
  );

/** Every key at the top of the file. */
export const fileSchema = z.object({
  account: z
    .object({
      id: accountSchema.shape.id
        .exactOptional()
        .describe('32 hexadecimal digits. Otherwise derived from the name. Cannot change while the edge runs.'),
      name: accountSchema.shape.name.default('local').describe('Name of the account.'),
      api_token: accountSchema.shape.api_token
        .exactOptional()
        .describe('Token of the API: 40 to 80 letters, digits, "-" and "_". Otherwise random.'),
    })
    .prefault({})
    .describe('The account.'),
  data_centers: dataCentersSchema
    .default([...DEFAULT_DATA_CENTER_CODES])
    .describe('Codes of the data centers of the edge. The first is where requests enter that say nothing else.'),
  listen: z
    .object({
      http: listenAddress('http', 'Clients, http.'),
      https: listenAddress('https', 'Clients, https.'),
      connectors: listenAddress('connectors', 'Connectors dial in here.'),
      api: listenAddress('api', 'Control API and metrics.'),
      on_ramp: listenAddress('on_ramp', 'SOCKS5 and HTTP CONNECT into the private networks.'),
      cloudflared: cloudflaredListen,
      dns: dnsListen,
    })
    .prefault({})
    .describe('Where the edge listens. Changes need a restart.'),
  settings: settingsSchema.prefault({}).describe('Settings of the edge.'),
  clients: z
    .array(clientRuleSchema)
    .default([])
    .describe(
      'Where clients come from that do not say it themselves; the first network that covers the address decides.',
    ),
  locations: z
    .array(locationRuleSchema)
    .default([])
    .describe('Where endpoints outside tunnels stand; the first match decides.'),
  zones: z.array(fileZoneSchema).default([]).describe('Domains, with their load balancers and DNS records.'),
  pools: z.array(filePoolSchema).default([]).describe('Pools of endpoints.'),
  monitors: z.array(fileMonitorSchema).default([]).describe('Monitors, which probe endpoints.'),
  monitor_groups: z
    .array(fileMonitorGroupSchema)
    .default([])
    .describe('Groups of monitors that decide together about the endpoints of a pool.'),
  tunnels: z.array(fileTunnelSchema).default([]).describe('Tunnels, through which connectors make origins reachable.'),
  virtual_networks: z
    .array(fileVirtualNetworkSchema)
    .default([])
    .describe(
      'Virtual networks: the same private addresses can exist once in each. There is always one, called default.',
    ),
  private_load_balancers: z
    .array(filePrivateLoadBalancerSchema)
    .default([])
    .describe('Load balancers of the account itself: reached by their addresses, from the on-ramp.'),
  spectrum: z
    .array(fileSpectrumSchema)
    .default([])
    .describe('Spectrum applications: TCP that comes in at an address of its own, and is load balanced.'),
  access: accessSchema
    .prefault({})
    .describe('The people of the organisation, and what they may reach in the private networks.'),
  faults: z.array(faultSchema).default([]).describe('What is broken on purpose, and when.'),
  clock: z
    .object({
      mode: z
        .enum(['real', 'scaled', 'manual'])
        .default('real')
        .describe('real; scaled: time passes faster or slower; manual: it passes when the API says so.'),
      scale: z.number().positive().max(100_000).exactOptional().describe('Model seconds per real second, for scaled.'),
    })
    .prefault({})
    .describe('Model time: schedules, TTLs, timestamps. Changes need a restart.'),
  seed: z
    .union([z.int(), z.string().min(1)], { error: 'must be an integer or text' })
    .optional()
    .describe('Seed of every random choice. Otherwise a new one in each run. Changes need a restart.'),
});

/** What {@link configFromObject} takes: colocal.yaml as an object. */
export type ConfigInput = z.input<typeof fileSchema>;

export type ConfigFile = z.output<typeof fileSchema>;
