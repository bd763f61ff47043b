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
type Configuration = WrittenObjects['configurations'][number]['config'];
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
  const loadBalancers = groupedBy(objects.load_balancers, ({ zone_id }) => zone_id);
  const dnsRecords = groupedBy(objects.dns_records, ({ zone_id }) => zone_id);
  const routes = groupedBy(objects.routes, ({ tunnel_id }) => tunnel_id);
  const configurations = new Map(objects.configurations.map(({ id, config }) => [id, config]));
  const tunnelIds = new Set(objects.tunnels.map(({ id }) => id));
  const defaults = new Set(
    objects.virtual_networks.flatMap(({ id, is_default_network }) => (is_default_network ? [id] : [])),
  );
  return {
    account,
    data_centers,
    settings,
    clients,
    locations,
    access: accessForm(access, names),
    zones: objects.zones.map((zone) => ({
      ...zone,
      load_balancers: loadBalancers(zone.id).map((loadBalancer) => loadBalancerForm(loadBalancer, names)),
      dns_records: dnsRecords(zone.id).map(dnsRecordForm),
    })),
    pools: objects.pools.map((pool) => poolForm(pool, tunnelIds, names)),
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
    tunnels: objects.tunnels.map((tunnel) => ({
      ...tunnelForm(tunnel, configurations.get(tunnel.id)),
      routes: routes(tunnel.id).map((route) => routeForm(route, defaults, names)),
    })),
    virtual_networks: objects.virtual_networks.filter((network) => !isBuiltIn(network, account.id)),
    private_load_balancers: objects.load_balancers
      .filter(({ zone_id }) => zone_id === '')
      .map((loadBalancer) => loadBalancerForm(loadBalancer, names)),
    spectrum: objects.spectrum.map(({ load_balancer_id, ...application }) => ({
      ...application,
      load_balancer: names.loadBalancer(load_balancer_id),
    })),
    faults: objects.faults.map(({ id: _derived, ...fault }) => fault),
  };
}

/** Without a description there is the name's. */
function named(name: string, description: string | undefined): { name: string; description: string | undefined } {
  return { name, description: description === name ? undefined : description };
}

/** The objects of each owner, in their order; one look at each however many owners there are. */
function groupedBy<T>(objects: readonly T[], ownerOf: (object: T) => string): (owner: string) => readonly T[] {
  const groups = new Map<string, T[]>();
  for (const object of objects) {
    const owner = ownerOf(object);
    const group = groups.get(owner);
    if (group) group.push(object);
    else groups.set(owner, [object]);
  }
  return (owner) => groups.get(owner) ?? [];
}

/** Parts say the content already. */
function dnsRecordForm({ zone_id: _zone, content, ...record }: WrittenObjects['dns_records'][number]): object {
  return { ...record, content: record.data === undefined ? content : undefined };
}

function loadBalancerForm({ zone_id: _zone, ...loadBalancer }: LoadBalancer, names: ReferenceNames): object {
  const { default_pools, fallback_pool, session_affinity, session_affinity_attributes, session_affinity_ttl } =
    loadBalancer;
  const usualTtl = session_affinity ? SESSION_TTL[session_affinity as keyof typeof SESSION_TTL]?.default : undefined;
  const form = {
    ...loadBalancer,
    session_affinity_ttl: session_affinity_ttl === usualTtl ? undefined : session_affinity_ttl,
    session_affinity_attributes: unusualAttributes(session_affinity_attributes, session_affinity),
    rules: loadBalancer.rules?.map((rule) => ({ ...rule, terminates: rule.terminates && !rule.fixed_response })),
  };
  // Ids that the account does not have are written as they are: whoever reads the file says so.
  return {
    ...withPools(form, [], names.pool, () => undefined),
    fallback_pool: fallback_pool === default_pools.at(-1) ? undefined : names.pool(fallback_pool),
  };
}

type Attributes = NonNullable<LoadBalancer['session_affinity_attributes']>;

/** With affinity there are always attributes; without it only if some were sent, which empty ones say. */
function unusualAttributes(attributes: Attributes | undefined, affinity: string | undefined): object | undefined {
  if (attributes === undefined) return undefined;
  const unusual = Object.entries(attributes).filter(
    ([key, value]) => !isDeepStrictEqual(value, SESSION_DEFAULTS[key as keyof typeof SESSION_DEFAULTS]),
  );
  const isUsual = affinity !== undefined && affinity !== 'none' && affinity !== '';
  return unusual.length === 0 && isUsual ? undefined : Object.fromEntries(unusual);
}

function poolForm(
  { origins, monitor, monitor_group, ...pool }: Pool,
  tunnels: ReadonlySet<string>,
  names: ReferenceNames,
): object {
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

/** A file has only tunnels of cloudflared: what else they can be is for whoever writes the file to say. */
function tunnelForm(
  { config_src, tun_type: _type, mesh: _mesh, ...tunnel }: Tunnel,
  config: Configuration | undefined,
): object {
  const usual = config === undefined ? 'local' : 'cloudflare';
  return { ...tunnel, config_src: config_src === usual ? undefined : config_src, config };
}

function routeForm(
  { tunnel_id: _tunnel, virtual_network_id: id, ...route }: Route,
  defaults: ReadonlySet<string>,
  names: ReferenceNames,
): object {
  return { ...route, virtual_network: id === undefined || defaults.has(id) ? undefined : names.virtualNetwork(id) };
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
