import { didYouMean } from '../../runtime/did-you-mean.js';
import { derivedHex32 } from '../../runtime/ids.js';
import { DATA_CENTERS } from '../geo/data-centers.js';
import { dataCenterOfCity } from '../geo/suggest.js';
import { parseAddress } from '../state/addresses.js';
import type { Access } from '../state/objects.js';
import { defaultNetworkId } from '../state/state.js';
import type { Desired, DesiredObject, Kind, Problem, Writable } from '../state/state.types.js';
import { tunnelHostname } from '../state/tunnel-hostname.js';
import { dnsOnlyWarnings } from './dns-only-warnings.js';
import { ingressWarnings } from './ingress-warnings.js';
import { loadBalancerIndex } from './load-balancer-index.js';
import { withPoolIds } from './load-balancer-names.js';
import { monitorWarnings } from './monitor-warnings.js';
import { derivedId, indexOf, type NameIndex, type Report } from './name-index.js';
import { placeWarnings } from './place-warnings.js';
import { planWarnings } from './plan-warnings.js';
import type { ConfigFile } from './schema.js';
import type { Sections } from './sections.js';
import { sessionWarnings } from './session-warnings.js';
import { formatPath } from './source.js';
import { steeringWarnings } from './steering-warnings.js';

type Path = Problem['path'];
type Pool = ConfigFile['pools'][number];
type Origin = Pool['origins'][number];
type MonitorGroup = ConfigFile['monitor_groups'][number];
type Tunnel = ConfigFile['tunnels'][number];
type Zone = ConfigFile['zones'][number];
type SpectrumApplication = ConfigFile['spectrum'][number];
type PrivateLoadBalancer = ConfigFile['private_load_balancers'][number];

interface Context {
  readonly accountId: string;
  readonly report: Report;
  readonly warn: Report;
  readonly pools: NameIndex;
  readonly monitors: NameIndex;
  readonly monitorGroups: NameIndex;
  readonly tunnels: NameIndex;
  readonly networks: NameIndex;
  readonly loadBalancers: NameIndex;
  add<K extends Kind>(kind: K, at: Path, names: readonly string[], object: Writable<K>): string;
}

/** What is allowed, and probably not meant. */
const WARNINGS = [
  dnsOnlyWarnings,
  ingressWarnings,
  monitorWarnings,
  steeringWarnings,
  sessionWarnings,
  placeWarnings,
  planWarnings,
];

/** Turns names into ids: the file's sections as the objects that the account shall have. */
export function buildDesired(sections: Sections, report: Report, warn: Report): Desired {
  const accountId = sections.account.id ?? derivedHex32('account', sections.account.name);
  const objects: DesiredObject[] = [];
  const places = new Map<string, Path>();
  const networks = indexOf('virtual_networks', 'virtual network', sections.virtual_networks, accountId, report);
  networks.add('default', defaultNetworkId(accountId));

  const context: Context = {
    accountId,
    report,
    warn,
    pools: indexOf('pools', 'pool', sections.pools, accountId, report),
    monitors: indexOf('monitors', 'monitor', sections.monitors, accountId, report),
    monitorGroups: indexOf('monitor_groups', 'monitor group', sections.monitor_groups, accountId, report),
    tunnels: indexOf('tunnels', 'tunnel', sections.tunnels, accountId, report),
    networks,
    loadBalancers: loadBalancerIndex(sections, accountId, report),
    add(kind, at, names, object) {
      const id = object.id ?? derivedId(accountId, kind, ...names);
      const first = places.get(`${kind}/${id}`);
      if (first) report({ path: at, code: 'not_unique', message: twice(kind, object.id, names, first) });
      else {
        places.set(`${kind}/${id}`, at);
        objects.push({ kind, id, object, at } as DesiredObject);
      }
      return id;
    },
  };

  for (const { value, at } of sections.zones) if (value) addZone(value, at, context);
  for (const { value, at } of sections.monitors) {
    if (!value) continue;
    const { name, ...monitor } = value;
    context.add('monitors', at, [name], { ...monitor, description: monitor.description ?? name });
  }
  for (const { value, at } of sections.monitor_groups) if (value) addMonitorGroup(value, at, context);
  for (const { value, at } of sections.virtual_networks)
    if (value) context.add('virtual_networks', at, [value.name], value);
  checkOneDefault(sections.virtual_networks, report);
  for (const { value, at } of sections.tunnels) if (value) addTunnel(value, at, context);
  for (const { value, at } of sections.pools) if (value) addPool(value, at, context);
  for (const { value, at } of sections.private_load_balancers) if (value) addPrivateLoadBalancer(value, at, context);
  for (const { value, at } of sections.spectrum) if (value) addSpectrum(value, at, context);
  for (const { value, at } of sections.faults) if (value) context.add('faults', at, [value.name], value);
  for (const warnings of WARNINGS) for (const problem of warnings(sections)) warn(problem);
  checkCodes(sections, report);

  const { name, api_token } = sections.account;
  return {
    account: { id: accountId, name, ...(api_token === undefined ? {} : { api_token }) },
    settings: sections.settings,
    data_centers: sections.data_centers,
    clients: sections.clients.flatMap(({ value }) => (value ? [value] : [])),
    locations: sections.locations.flatMap(({ value }) => (value ? [value] : [])),
    access: accessOf(sections.access, networks),
    objects,
  };
}

/** Policies name virtual networks by name. */
function accessOf({ users, policies }: ConfigFile['access'], networks: NameIndex): Access {
  return {
    users,
    policies: policies.map(({ virtual_networks, ...policy }, index) => ({
      ...policy,
      ...(virtual_networks === undefined
        ? {}
        : {
            virtual_networks: virtual_networks.map((name, place) =>
              networks.resolve(name, ['access', 'policies', index, 'virtual_networks', place]),
            ),
          }),
    })),
  };
}

/** Why an id is taken: it was given twice, or derived from the same names. */
function twice(kind: Kind, givenId: string | undefined, names: readonly string[], first: Path): string {
  const there = formatPath(first);
  if (givenId !== undefined) return `has the id of ${there}; ids are unique`;
  switch (kind) {
    case 'routes':
      return `has the network of ${there}: ${names.at(-1)}; a network stands once in a virtual network`;
    case 'dns_records':
      return `is the same record as ${there}`;
    default:
      return `has the name of ${there}: ${names.at(-1)}; names are unique`;
  }
}

function addZone({ load_balancers, dns_records, ...zone }: Zone, at: Path, context: Context): void {
  const zoneId = context.add('zones', at, [zone.name], zone);
  for (const [index, loadBalancer] of load_balancers.entries()) {
    const where = [...at, 'load_balancers', index];
    context.add('load_balancers', where, [zone.name, loadBalancer.name], {
      ...withPoolIds(loadBalancer, where, context.pools, context.report),
      ...(loadBalancer.id === undefined ? {} : { id: loadBalancer.id }),
      zone_id: zoneId,
    });
  }
  for (const [index, record] of dns_records.entries()) {
    const names = [zone.name, record.type, record.name, record.content ?? JSON.stringify(record.data ?? '')];
    context.add('dns_records', [...at, 'dns_records', index], names, { ...record, zone_id: zoneId });
  }
}

/** They have no zone. */
function addPrivateLoadBalancer(loadBalancer: PrivateLoadBalancer, at: Path, context: Context): void {
  const { id, address } = loadBalancer;
  context.add('load_balancers', at, [loadBalancer.name], {
    ...withPoolIds(loadBalancer, at, context.pools, context.report),
    ...(id === undefined ? {} : { id }),
    ...(address === undefined ? {} : { address }),
    zone_id: '',
  });
}

/** Names of load balancers are host names, which are the same in any case. */
function addSpectrum({ load_balancer, ...application }: SpectrumApplication, at: Path, context: Context): void {
  context.add('spectrum', at, [application.name], {
    ...application,
    load_balancer_id: context.loadBalancers.resolve(load_balancer.toLowerCase(), [...at, 'load_balancer']),
  });
}

function addTunnel({ config, routes, ...tunnel }: Tunnel, at: Path, context: Context): void {
  const id = context.add('tunnels', at, [tunnel.name], {
    ...tunnel,
    config_src: tunnel.config_src ?? (config ? 'cloudflare' : 'local'),
  });
  if (config) context.add('configurations', at, [tunnel.name], { id, config });
  if (tunnel.tunnel_secret === undefined) {
    context.warn({
      path: at,
      code: 'random_secret',
      message: `has no tunnel_secret: the tunnel ${tunnel.name} gets a random one, so its token will not survive a restart`,
    });
  }
  for (const [index, { virtual_network, ...route }] of routes.entries()) {
    const where = [...at, 'routes', index];
    if (virtual_network !== undefined && route.virtual_network_id !== undefined) {
      context.report({ path: where, code: 'conflict', message: ONE_NETWORK });
    }
    const network =
      virtual_network === undefined
        ? route.virtual_network_id
        : context.networks.resolve(virtual_network, [...where, 'virtual_network']);
    context.add('routes', where, [network ?? '', route.network], {
      ...route,
      tunnel_id: id,
      ...(network === undefined ? {} : { virtual_network_id: network }),
    });
  }
}

const ONE_NETWORK = 'has both virtual_network and virtual_network_id; keep one of them';

function addMonitorGroup({ name, description, members, ...group }: MonitorGroup, at: Path, context: Context): void {
  context.add('monitor_groups', at, [name], {
    ...group,
    description: description ?? name,
    members: members.map(({ monitor, ...part }, index) => ({
      ...part,
      monitor_id: context.monitors.resolve(monitor, [...at, 'members', index, 'monitor']),
    })),
  });
}

function addPool({ origins, monitor, monitor_group, ...pool }: Pool, at: Path, context: Context): void {
  context.add('pools', at, [pool.name], {
    ...pool,
    origins: origins.map((origin, index) => originOf(origin, [...at, 'origins', index], context)),
    ...(monitor === undefined ? {} : { monitor: context.monitors.resolve(monitor, [...at, 'monitor']) }),
    ...(monitor_group === undefined
      ? {}
      : { monitor_group: context.monitorGroups.resolve(monitor_group, [...at, 'monitor_group']) }),
  });
}

function originOf({ tunnel, virtual_network, ...origin }: Origin, at: Path, context: Context) {
  if (tunnel === undefined && origin.address === undefined) {
    context.report({ path: [...at, 'address'], code: 'required', message: 'is required, or a tunnel in its place' });
  }
  if (tunnel !== undefined && origin.address !== undefined) {
    const message = 'has both an address and a tunnel; keep one of them';
    context.report({ path: at, code: 'conflict', message });
  }
  if (virtual_network !== undefined && origin.virtual_network_id !== undefined) {
    context.report({ path: at, code: 'conflict', message: ONE_NETWORK });
  }
  warnOfUnknownTunnel(origin.address, at, context);
  return {
    ...origin,
    address:
      tunnel === undefined
        ? // Stands in until the file is refused, so that its other problems are found.
          (origin.address ?? `${at.join('-')}.invalid`)
        : tunnelHostname(context.tunnels.resolve(tunnel, [...at, 'tunnel'])),
    ...(virtual_network === undefined
      ? {}
      : { virtual_network_id: context.networks.resolve(virtual_network, [...at, 'virtual_network']) }),
  };
}

/** Only a warning: the API may make the tunnel later. */
function warnOfUnknownTunnel(text: string | undefined, at: Path, context: Context): void {
  const address = text === undefined ? undefined : parseAddress(text);
  if (address?.kind !== 'tunnel' || context.tunnels.has(address.tunnelId)) return;
  context.warn({
    path: [...at, 'address'],
    code: 'unknown_tunnel',
    message: `is of a tunnel that this file does not have: ${address.tunnelId}; write tunnel: NAME for one that it has`,
  });
}

function checkOneDefault(networks: Sections['virtual_networks'], report: Report): void {
  const [first, ...others] = networks.filter(({ value }) => value?.is_default_network);
  for (const { at } of others) {
    report({
      path: [...at, 'is_default_network'],
      code: 'not_unique',
      message: `is true for ${first?.name ?? ''} already: exactly one virtual network is the default`,
    });
  }
}

/** The state refuses unknown codes too; here they get a suggestion. */
function checkCodes({ data_centers, clients, locations, access }: Sections, report: Report): void {
  const check = (code: string | undefined, path: Path) => {
    if (code === undefined || DATA_CENTERS.has(code)) return;
    const city = dataCenterOfCity(code);
    const suggestion = city ? `; did you mean "${city.code}" (${city.city})?` : didYouMean(code, DATA_CENTERS.keys());
    const message = `is not the code of a data center: ${JSON.stringify(code)}${suggestion || '; codes are those of airports, such as NRT or LHR'}`;
    report({ path, code: 'unknown_data_center', message });
  };
  for (const [index, code] of data_centers.entries()) check(code, ['data_centers', index]);
  for (const [index, { data_center }] of access.users.entries())
    check(data_center, ['access', 'users', index, 'data_center']);
  for (const { value, at } of [...clients, ...locations]) check(value?.data_center, [...at, 'data_center']);
}
