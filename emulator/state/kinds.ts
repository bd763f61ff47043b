import type * as z from 'zod';
import { randomSecret } from '../../runtime/ids.js';
import { parseIp, parseNetwork } from './addresses.js';
import { completeLoadBalancer } from './complete-load-balancer.js';
import { completePool } from './complete-pool.js';
import { contentOf } from './dns-content.js';
import type { Managed, MonitorType } from './objects.js';
import type { Schemas } from './schemas/index.js';
import { isInZone } from './schemas/names.js';
import type { Collections, Kind, ObjectOf, Writable } from './state.types.js';

type Parsed<K extends Kind> = z.output<Schemas[K]>;
type Body<K extends Kind> = Omit<ObjectOf<K>, keyof Managed>;

/**
 * What a fixed default cannot say: defaults that depend on other fields or objects, and the one spelling in which
 * names, addresses and networks are kept. What it cannot read it leaves as it is, for validation to name.
 */
type Complete = {
  readonly [K in Kind]: (
    parsed: Parsed<K>,
    context: {
      readonly given: Writable<K>;
      readonly before: ObjectOf<K> | undefined;
      readonly account: Collections;
      /** Model time. */
      readonly now: number;
    },
  ) => Body<K>;
};

export const COMPLETE: Complete = {
  zones: (zone) => ({ ...zone, name: zone.name.toLowerCase() }),
  load_balancers: completeLoadBalancer,
  dns_records: (record, { account }) => ({
    ...record,
    name: fullName(record.name.toLowerCase(), account.zones.get(record.zone_id)?.name),
    content: contentOf(record),
    // docs/reference/api.md section 3 (DNS): proxied records have the automatic TTL.
    ttl: record.proxied ? 1 : record.ttl,
  }),
  pools: (pool, { before, now }) => completePool(pool, before, now),
  // docs/reference/api.md 2.2: an empty method counts as unset.
  monitors: (monitor) => ({ ...monitor, method: monitor.method || DEFAULT_METHODS[monitor.type] }),
  monitor_groups: (group) => group,
  tunnels: (tunnel, { before }) => ({
    ...tunnel,
    // docs/reference/api.md 2.4: the server invents a missing secret, and keeps it.
    tunnel_secret: tunnel.tunnel_secret ?? before?.tunnel_secret ?? randomSecret(),
  }),
  configurations: (configuration, { given, before }) => ({
    // docs/reference/api.md 5.3: kept as it was given, unknown keys and all.
    config: given.config,
    version: configuration.version ?? (before?.version ?? 0) + 1,
  }),
  virtual_networks: (network) => ({
    ...network,
    hosts: Object.fromEntries(
      Object.entries(network.hosts).map(([name, ip]) => [name.toLowerCase(), parseIp(ip)?.toString() ?? ip]),
    ),
  }),
  routes: (route, { account }) => {
    const network = parseNetwork(route.network);
    return {
      ...route,
      network: 'problem' in network ? route.network : network.text,
      virtual_network_id: route.virtual_network_id ?? defaultNetwork(account)?.id ?? '',
    };
  },
  hostname_routes: (route) => ({ ...route, hostname: route.hostname.toLowerCase() }),
  spectrum: ({ dns, ...application }) => ({ ...application, ...(dns && { dns: { name: dns.name.toLowerCase() } }) }),
  faults: (fault) => fault,
};

/** docs/reference/load-balancing.md 1.4; the types that it names none for have none. */
export const DEFAULT_METHODS: Readonly<Record<MonitorType, string>> = {
  http: 'GET',
  https: 'GET',
  tcp: 'connection_established',
  udp_icmp: '',
  icmp_ping: '',
  smtp: '',
};

/** docs/reference/api.md 2.7: a short name or `@` is completed with the zone. */
export function fullName(name: string, zone: string | undefined): string {
  if (zone === undefined || isInZone(name, zone)) return name;
  return name === '@' ? zone : `${name}.${zone}`;
}

export function defaultNetwork(account: Collections): ObjectOf<'virtual_networks'> | undefined {
  for (const network of account.virtual_networks.values()) if (network.is_default_network) return network;
  return undefined;
}
