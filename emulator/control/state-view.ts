import type { HealthView } from '../health/health.types.js';
import type { Origin, Pool } from '../state/objects.js';
import type { AccountSnapshot } from '../state/state.types.js';
import { tunnelIdOf } from '../state/tunnel-hostname.js';
import type { Connection } from '../tunnel/connection.js';
import type { LostConnection } from '../tunnel/status.types.js';
import type { ControlDeps } from './control.types.js';
import { viewHealth } from './health-view.js';
import { instant } from './schemas.js';
import type { StateView } from './state-view.schema.js';

type ViewDeps = Pick<
  ControlDeps,
  | 'state'
  | 'connections'
  | 'tunnelStatus'
  | 'pendingReconnects'
  | 'health'
  | 'clock'
  | 'listeners'
  | 'version'
  | 'faults'
  | 'isRunning'
>;

/** What `GET state` shows: the account by names, with what is connected. Built field by field, so that no secret gets in. */
export function viewState(deps: ViewDeps): StateView {
  const account = deps.state.read();
  const connections = [...deps.connections()];
  return {
    version: deps.version,
    revision: account.revision,
    account: { id: account.account.id, name: account.account.name },
    clock: { mode: deps.clock.mode, now: instant(deps.clock.now()) },
    listeners: deps.listeners().map(({ name, address }) => ({ name, address })),
    data_centers: account.data_centers.map((code, index) => ({
      code,
      default: index === 0,
      running: deps.isRunning(code),
      connections: connections.filter((connection) => connection.dataCenter === code).length,
    })),
    faults: deps.faults.list().map(({ name, type, match, enabled, state }) => ({
      name,
      type,
      match: { ...match },
      enabled,
      active: state === 'active',
    })),
    settings: {
      vantage: account.settings.vantage,
      route_header: account.settings.route_header,
      initial_health: account.settings.initial_health,
      duplicate_addresses: account.settings.duplicate_addresses,
      minimum_monitor_interval: account.settings.minimum_monitor_interval,
      simulate_latency: account.settings.simulate_latency,
      record: { ...account.settings.record },
      timeouts: { ...account.settings.timeouts },
    },
    zones: valuesOf(account.zones, (zone) => ({ id: zone.id, name: zone.name, settings: { ...zone.settings } })),
    load_balancers: viewLoadBalancers(account, deps.health),
    spectrum: valuesOf(account.spectrum, (application) => ({
      id: application.id,
      name: application.name,
      listen: application.listen,
      load_balancer: nameIn(account.load_balancers, application.load_balancer_id),
      ...(application.dns ? { dns: { name: application.dns.name } } : {}),
      tls: application.tls,
      proxy_protocol: application.proxy_protocol,
    })),
    dns_records: valuesOf(account.dns_records, (record) => ({
      id: record.id,
      zone: nameIn(account.zones, record.zone_id),
      name: record.name,
      type: record.type,
      content: record.content,
      proxied: record.proxied,
    })),
    pools: valuesOf(account.pools, (pool) => viewPool(pool, account, deps.health)),
    monitor_groups: valuesOf(account.monitor_groups, ({ id, description, members }) => ({
      id,
      description,
      members: members.map(({ monitor_id, enabled, monitoring_only, must_be_healthy }) => ({
        monitor: titleIn(account.monitors, monitor_id),
        enabled,
        monitoring_only,
        must_be_healthy,
      })),
    })),
    tunnels: viewTunnels(account, connections, deps.tunnelStatus, deps.pendingReconnects),
    access: viewAccess(account),
    virtual_networks: valuesOf(account.virtual_networks, (network) => ({
      id: network.id,
      name: network.name,
      is_default_network: network.is_default_network,
      hosts: { ...network.hosts },
    })),
    routes: valuesOf(account.routes, (route) => ({
      id: route.id,
      network: route.network,
      virtual_network: nameIn(account.virtual_networks, route.virtual_network_id),
      tunnel: nameIn(account.tunnels, route.tunnel_id),
      comment: route.comment,
    })),
  };
}

function viewLoadBalancers(account: AccountSnapshot, health: HealthView): StateView['load_balancers'] {
  return valuesOf(account.load_balancers, (balancer) => ({
    ...given('health', health.loadBalancer(balancer.id)),
    id: balancer.id,
    zone: nameIn(account.zones, balancer.zone_id),
    name: balancer.name,
    ...given('address', balancer.address),
    enabled: balancer.enabled,
    proxied: balancer.proxied,
    steering_policy: balancer.steering_policy,
    default_pools: balancer.default_pools.map((id) => nameIn(account.pools, id)),
    fallback_pool: nameIn(account.pools, balancer.fallback_pool),
  }));
}

function viewAccess({ access, virtual_networks: known }: AccountSnapshot): StateView['access'] {
  return {
    users: access.users.map(({ email, groups, data_center }) => ({
      email,
      groups: [...groups],
      ...given('data_center', data_center),
    })),
    policies: access.policies.map(({ name, action, users, groups, destinations, ports, virtual_networks }) => ({
      name,
      action,
      ...given('users', users && [...users]),
      ...given('groups', groups && [...groups]),
      ...given('destinations', destinations && [...destinations]),
      ...given('ports', ports && [...ports]),
      ...given(
        'virtual_networks',
        virtual_networks?.map((id) => nameIn(known, id)),
      ),
    })),
  };
}

type PoolView = StateView['pools'][number];

function viewPool(pool: Pool, account: AccountSnapshot, health: HealthView): PoolView {
  const { monitor, monitor_group } = pool;
  return {
    id: pool.id,
    name: pool.name,
    enabled: pool.enabled,
    endpoint_policy: pool.origin_steering?.policy ?? 'random',
    minimum_origins: pool.minimum_origins,
    ...given('monitor', monitor && titleIn(account.monitors, monitor)),
    ...given('monitor_group', monitor_group && titleIn(account.monitor_groups, monitor_group)),
    check_regions: pool.check_regions && [...pool.check_regions],
    health_sources: pool.health_sources && [...pool.health_sources],
    round_trips: Object.fromEntries(health.roundTrips(pool.id)),
    ...given('health', health.pool(pool.id)),
    endpoints: pool.origins.map((origin) => {
      const known = health.endpoint(pool.id, origin.name);
      return { ...viewEndpoint(origin, account), ...(known === undefined ? {} : { health: viewHealth(known) }) };
    }),
  };
}

function viewEndpoint(origin: Origin, account: AccountSnapshot): Omit<PoolView['endpoints'][number], 'health'> {
  const tunnelId = tunnelIdOf(origin.address);
  const host = origin.header?.Host[0];
  return {
    name: origin.name,
    address: origin.address,
    port: origin.port,
    weight: origin.weight,
    enabled: origin.enabled,
    ...(tunnelId === undefined ? {} : { tunnel: nameIn(account.tunnels, tunnelId) }),
    ...(origin.virtual_network_id === undefined
      ? {}
      : { virtual_network: nameIn(account.virtual_networks, origin.virtual_network_id) }),
    ...(host === undefined ? {} : { host }),
  };
}

function viewTunnels(
  account: AccountSnapshot,
  connections: readonly Connection[],
  statusOf: ViewDeps['tunnelStatus'],
  lostOf: ViewDeps['pendingReconnects'],
): StateView['tunnels'] {
  return valuesOf(account.tunnels, (tunnel) => {
    const configuration = account.configurations.get(tunnel.id);
    const { status, conns_active_at, conns_inactive_at } = statusOf(tunnel);
    const own = connections.filter((connection) => connection.tunnelId === tunnel.id);
    const config =
      configuration?.config ?? own.find(({ localConfiguration }) => localConfiguration)?.localConfiguration;
    return {
      id: tunnel.id,
      name: tunnel.name,
      status,
      conns_active_at: conns_active_at === null ? null : instant(conns_active_at),
      conns_inactive_at: conns_inactive_at === null ? null : instant(conns_inactive_at),
      config_src: tunnel.config_src,
      ...(configuration === undefined ? {} : { config_version: configuration.version }),
      ingress: (config?.ingress ?? []).map(({ hostname, path, service }) => ({
        ...(hostname === undefined ? {} : { hostname }),
        ...(path === undefined ? {} : { path }),
        service,
      })),
      networks: [...account.routes.values()]
        .filter((route) => route.tunnel_id === tunnel.id)
        .map((route) => route.network),
      connections: own.map(viewConnection),
      pending_reconnects: lostOf(tunnel.id).map(viewWho),
    };
  });
}

function viewConnection(connection: Connection): StateView['tunnels'][number]['connections'][number] {
  return {
    ...viewWho(connection),
    accepting: connection.accepting,
    in_flight: connection.open,
  };
}

function viewWho(connection: LostConnection) {
  return {
    id: connection.id,
    connector_id: connection.connectorId,
    index: connection.index,
    data_center: connection.dataCenter,
    opened_at: instant(connection.openedAt),
    version: connection.version,
    config_version: connection.configVersion,
    origin_ip: connection.originIp,
  };
}

function valuesOf<T, V>(collection: ReadonlyMap<string, T>, view: (object: T) => V): V[] {
  return Array.from(collection.values(), view);
}

/** People read names; an id whose object is gone is shown as it is. */
function nameIn(collection: ReadonlyMap<string, { readonly name: string }>, id: string): string {
  return collection.get(id)?.name ?? id;
}

/** Monitors and their groups have no name: people know them by their description. */
function titleIn(collection: ReadonlyMap<string, { readonly description: string }>, id: string): string {
  return collection.get(id)?.description || id;
}

/** A field that is absent when there is nothing to say. */
function given<K extends string, V>(key: K, value: V | undefined): { readonly [Key in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [Key in K]?: V };
}
