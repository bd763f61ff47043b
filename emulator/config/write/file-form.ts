import { isDeepStrictEqual } from 'node:util';
import { DEFAULT_METHODS } from '../../state/kinds.js';
import { SESSION_DEFAULTS, SESSION_TTL } from '../../state/session-defaults.js';
import { defaultNetworkId } from '../../state/state.js';
import { tunnelHostname, tunnelIdOf } from '../../state/tunnel-hostname.js';
import { withPools } from '../load-balancer-names.js';
import { type ReferenceNames, referenceNames } from './reference-names.js';
import type { WrittenAccount, WrittenObjects } from './write.types.js';

/*
 * The account as the sections of colocal.yaml: the inverse of ../desired.ts. Objects stand inside those that they
 * belong to, and names in place of ids. Defaults are still there, except those that depend on other fields.
 */

type LoadBalancer = WrittenObjects['load_balancers'][number];
type Pool = WrittenObjects['pools'][number];
type Origin = Pool['origins'][number];
type Tunnel = WrittenObjects['tunnels'][number];
type Route = WrittenObjects['routes'][number];

export function fileForm({
  account,
  settings,
  data_centers,
  clients,
  locations,
  access,
  objects,
}: WrittenAccount): object {
  const names = referenceNames(objects);
  return {
    account,
    data_centers,
    settings,
    clients,
    locations,
    access: accessForm(access, names),
    zones: objects.zones.map((zone) => zoneForm(zone, objects, names)),
    pools: objects.pools.map((pool) => poolForm(pool, objects, names)),
    monitors: objects.monitors.map((monitor) => ({
      ...monitor,
      ...named(names.monitor(monitor.id), monitor.description),
      method: monitor.method === DEFAULT_METHODS[monitor.type ?? 'http'] ? undefined : monitor.method,
    })),
    monitor_groups: objects.monitor_groups.map((group) => ({
      ...group,
      ...named(names.monitorGroup(group.id), group.description),
      members: group.members.map(({ monitor_id, ...part }) => ({ monitor: names.monitor(monitor_id), ...part })),
    })),
    tunnels: objects.tunnels.map((tunnel) => tunnelForm(tunnel, objects, names)),
    virtual_networks: objects.virtual_networks.filter((network) => !isBuiltIn(network, account.id)),
    private_load_balancers: objects.load_balancers
      .filter(({ zone_id }) => zone_id === '')
      .map((loadBalancer) => loadBalancerForm(loadBalancer, names)),
    faults: objects.faults.map(({ id: _derived, ...fault }) => fault),
  };
}

/** Without a description there is the name's. */
function named(name: string, description: string | undefined): { name: string; description: string | undefined } {
  return { name, description: description === name ? undefined : description };
}

function zoneForm(zone: WrittenObjects['zones'][number], objects: WrittenObjects, names: ReferenceNames): object {
  return {
    ...zone,
    load_balancers: objects.load_balancers
      .filter(({ zone_id }) => zone_id === zone.id)
      .map((loadBalancer) => loadBalancerForm(loadBalancer, names)),
    dns_records: objects.dns_records
      .filter(({ zone_id }) => zone_id === zone.id)
      .map(({ zone_id: _zone, ...record }) => record),
  };
}

function loadBalancerForm({ zone_id: _zone, ...loadBalancer }: LoadBalancer, names: ReferenceNames): object {
  const { default_pools, fallback_pool, session_affinity, session_affinity_attributes, session_affinity_ttl } =
    loadBalancer;
  const usualTtl = session_affinity ? SESSION_TTL[session_affinity as keyof typeof SESSION_TTL]?.default : undefined;
  const form = {
    ...loadBalancer,
    session_affinity_ttl: session_affinity_ttl === usualTtl ? undefined : session_affinity_ttl,
    session_affinity_attributes: unusualAttributes(session_affinity_attributes),
    rules: loadBalancer.rules?.map((rule) => ({ ...rule, terminates: rule.terminates && !rule.fixed_response })),
  };
  // Ids that the account does not have are written as they are: whoever reads the file says so.
  return {
    ...withPools(form, [], names.pool, () => undefined),
    fallback_pool: fallback_pool === default_pools.at(-1) ? undefined : names.pool(fallback_pool),
  };
}

type Attributes = NonNullable<LoadBalancer['session_affinity_attributes']>;

function unusualAttributes(attributes: Attributes | undefined): object | undefined {
  const unusual = Object.entries(attributes ?? {}).filter(
    ([key, value]) => !isDeepStrictEqual(value, SESSION_DEFAULTS[key as keyof typeof SESSION_DEFAULTS]),
  );
  return unusual.length === 0 ? undefined : Object.fromEntries(unusual);
}

function poolForm(
  { origins, monitor, monitor_group, ...pool }: Pool,
  objects: WrittenObjects,
  names: ReferenceNames,
): object {
  const tunnels = new Set(objects.tunnels.map(({ id }) => id));
  return {
    ...pool,
    origins: origins.map((origin) => originForm(origin, tunnels, names)),
    monitor: monitor === undefined ? undefined : names.monitor(monitor),
    monitor_group: monitor_group === undefined ? undefined : names.monitorGroup(monitor_group),
  };
}

function originForm(
  { address, virtual_network_id, ...origin }: Origin,
  tunnels: ReadonlySet<string>,
  names: ReferenceNames,
): object {
  const tunnelId = tunnelIdOf(address);
  const isTunnel = tunnelId !== undefined && tunnels.has(tunnelId) && address === tunnelHostname(tunnelId);
  return {
    ...origin,
    ...(isTunnel ? { tunnel: names.tunnel(tunnelId) } : { address }),
    virtual_network: virtual_network_id === undefined ? undefined : names.virtualNetwork(virtual_network_id),
  };
}

function tunnelForm({ config_src, ...tunnel }: Tunnel, objects: WrittenObjects, names: ReferenceNames): object {
  const config = objects.configurations.find(({ id }) => id === tunnel.id)?.config;
  const usual = config === undefined ? 'local' : 'cloudflare';
  return {
    ...tunnel,
    config_src: config_src === usual ? undefined : config_src,
    config,
    routes: objects.routes
      .filter(({ tunnel_id }) => tunnel_id === tunnel.id)
      .map((route) => routeForm(route, objects, names)),
  };
}

function routeForm(
  { tunnel_id: _tunnel, virtual_network_id: id, ...route }: Route,
  { virtual_networks }: WrittenObjects,
  names: ReferenceNames,
): object {
  const isDefault = virtual_networks.some((network) => network.id === id && network.is_default_network);
  return { ...route, virtual_network: id === undefined || isDefault ? undefined : names.virtualNetwork(id) };
}

function accessForm({ users, policies }: WrittenAccount['access'], names: ReferenceNames): object {
  return {
    users,
    policies: policies.map(({ virtual_networks, ...policy }) => ({
      ...policy,
      virtual_networks: virtual_networks?.map(names.virtualNetwork),
    })),
  };
}

/** Every account starts with it (docs/reference/api.md 2.5). */
function isBuiltIn(network: WrittenObjects['virtual_networks'][number], accountId: string): boolean {
  const { id, name, comment = '', hosts = {}, is_default_network } = network;
  const isUnchanged = comment === '' && Object.keys(hosts).length === 0 && is_default_network === true;
  return id === defaultNetworkId(accountId) && name === 'default' && isUnchanged;
}
