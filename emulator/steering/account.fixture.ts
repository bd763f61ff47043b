import { NOTHING_DELETED } from '../state/deleted.js';
import type { DnsRecord, LoadBalancer, Managed, Origin, Pool, Tunnel, Zone } from '../state/objects.js';
import type { AccountSnapshot } from '../state/state.types.js';
import type { HttpFacts, Observations } from './steering.types.js';

/** Accounts for tests, with only what a test is about written out. Ids are names. */
const managed = (id: string): Managed => ({ id, managed_by: 'file', created_on: 0, modified_on: 0 });

export function origin(name: string, part: Partial<Origin> = {}): Origin {
  return { name, address: `${name}.origin.example`, enabled: true, weight: 1, port: 0, flatten_cname: true, ...part };
}

export function pool(name: string, origins: readonly Origin[], part: Partial<Pool> = {}): Pool {
  return {
    ...managed(name),
    name,
    description: '',
    enabled: true,
    minimum_origins: 1,
    origins,
    check_regions: null,
    health_sources: null,
    origin_steering: { policy: 'random' },
    load_shedding: null,
    notification_email: '',
    notification_filter: null,
    networks: [],
    ...part,
  };
}

/** The last pool is the fallback pool, as the dashboard has it (docs/reference/load-balancing.md 1.1). */
export function loadBalancer(name: string, pools: readonly string[], part: Partial<LoadBalancer> = {}): LoadBalancer {
  return {
    ...managed(`lb ${name}`),
    zone_id: 'example.com',
    name,
    description: '',
    enabled: true,
    proxied: true,
    ttl: 30,
    default_pools: pools,
    fallback_pool: pools.at(-1) ?? '',
    steering_policy: 'off',
    region_pools: {},
    country_pools: {},
    pop_pools: {},
    random_steering: null,
    adaptive_routing: null,
    location_strategy: null,
    session_affinity: 'none',
    rules: [],
    pool_sets: [],
    networks: [],
    ...part,
  };
}

export function record(
  name: string,
  type: DnsRecord['type'],
  content: string,
  part: Partial<DnsRecord> = {},
): DnsRecord {
  return {
    ...managed(`${type} ${name} ${content}`),
    zone_id: 'example.com',
    name,
    type,
    content,
    proxied: true,
    ttl: 1,
    comment: null,
    ...part,
  };
}

export function tunnel(id: string, name: string): Tunnel {
  return { ...managed(id), name, tunnel_secret: '', config_src: 'cloudflare', tun_type: 'cfd_tunnel' };
}

function zone(settings: Partial<Zone['settings']>): Zone {
  return {
    ...managed('example.com'),
    name: 'example.com',
    settings: { ssl: 'full', always_use_https: false, ...settings },
  };
}

export interface AccountParts {
  readonly apiToken?: string;
  readonly zoneSettings?: Partial<Zone['settings']>;
  readonly loadBalancers?: readonly LoadBalancer[];
  readonly pools?: readonly Pool[];
  readonly records?: readonly DnsRecord[];
  readonly tunnels?: readonly Tunnel[];
}

export function account({
  loadBalancers = [],
  pools = [],
  records = [],
  tunnels = [],
  apiToken = '',
  zoneSettings = {},
}: AccountParts): AccountSnapshot {
  const byId = <T extends Managed>(objects: readonly T[]): ReadonlyMap<string, T> =>
    new Map(objects.map((o) => [o.id, o]));
  return {
    revision: 1,
    account: { id: 'account', name: 'test', api_token: apiToken },
    settings: {
      vantage: true,
      route_header: true,
      initial_health: 'down',
      duplicate_addresses: 'refuse',
      minimum_monitor_interval: 10,
      simulate_latency: false,
      record: { headers: false, bodies: 0 },
      timeouts: { connect: 19, response: 120, idle: 900 },
    },
    data_centers: ['NRT'],
    clients: [],
    locations: [],
    deleted: NOTHING_DELETED,
    file: new Map(),
    access: { users: [], policies: [] },
    zones: byId([zone(zoneSettings)]),
    load_balancers: byId(loadBalancers),
    dns_records: byId(records),
    pools: byId(pools),
    monitors: new Map(),
    monitor_groups: new Map(),
    tunnels: byId(tunnels),
    configurations: new Map(),
    virtual_networks: new Map(),
    routes: new Map(),
    hostname_routes: new Map(),
    spectrum: new Map(),
    faults: new Map(),
  };
}

export function facts(host: string, part: Partial<HttpFacts> = {}): HttpFacts {
  return {
    kind: 'http',
    dataCenter: 'NRT',
    region: 'NEAS',
    dataCenterCountry: 'JP',
    latitude: 35.76,
    longitude: 140.39,
    clientIp: '127.0.0.1',
    clientPort: 50_000,
    now: 0,
    host,
    method: 'GET',
    scheme: 'http',
    path: '/',
    headers: [],
    httpVersion: 'HTTP/1.1',
    ...part,
  };
}

/** Everything healthy but what is named, as `pool/endpoint`; nothing measured, nothing in hand, no sessions. */
export function observations(...unhealthy: string[]): Observations {
  const down = new Set(unhealthy);
  return {
    healthOf: (poolId, endpoint) => (down.has(`${poolId}/${endpoint}`) ? 'unhealthy' : 'healthy'),
    roundTripOf: () => undefined,
    outstanding: () => 0,
    openConnections: () => 0,
    headerSession: () => undefined,
  };
}
