import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createClock } from '../../runtime/clock.js';
import { ManualDeadlines } from '../../runtime/deadlines.js';
import type { FaultView } from '../faults/faults.js';
import type { EndpointHealth, PoolHealth } from '../health/health.types.js';
import { createEvents } from '../observe/events.js';
import { createJournal } from '../observe/journal.js';
import { createMetrics } from '../observe/metrics.js';
import { NOTHING_DELETED } from '../state/deleted.js';
import type { Tunnel } from '../state/objects.js';
import type { AccountSnapshot } from '../state/state.types.js';
import type { Connection } from '../tunnel/connection.js';
import { type Control, createControl } from './control.js';
import type { ControlDeps } from './control.types.js';

export const TOKEN = 'the-api-token-of-the-account-0123456789abcdef';
export const TUNNEL_SECRET = 'c2VjcmV0IG9mIHRva3lvIHRoYXQgbXVzdCBub3QgbGVhaw==';
const MANAGED = { managed_by: 'file', created_on: 0, modified_on: 0 } as const;

function tunnel(id: string, name: string): Tunnel {
  return { ...MANAGED, id, name, tunnel_secret: TUNNEL_SECRET, config_src: 'cloudflare', tun_type: 'cfd_tunnel' };
}

export const TOKYO = '11111111-1111-4111-8111-111111111111';
export const OSAKA = '22222222-2222-4222-8222-222222222222';

/** A small account: one load balancer, one pool over a tunnel, two tunnels, one route. */
export const ACCOUNT: AccountSnapshot = {
  revision: 7,
  account: { id: 'a'.repeat(32), name: 'demo', api_token: TOKEN },
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
  data_centers: ['NRT', 'KIX'],
  clients: [],
  locations: [],
  deleted: NOTHING_DELETED,
  file: new Map(),
  access: { users: [], policies: [] },
  zones: new Map([
    ['z1', { ...MANAGED, id: 'z1', name: 'example.com', settings: { ssl: 'full', always_use_https: false } }],
  ]),
  load_balancers: new Map([
    [
      'lb1',
      {
        ...MANAGED,
        id: 'lb1',
        zone_id: 'z1',
        name: 'app.example.com',
        description: '',
        enabled: true,
        proxied: true,
        ttl: 30,
        default_pools: ['p1'],
        fallback_pool: 'p1',
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
      },
    ],
  ]),
  dns_records: new Map(),
  pools: new Map([
    [
      'p1',
      {
        ...MANAGED,
        id: 'p1',
        name: 'japan',
        description: '',
        enabled: true,
        minimum_origins: 1,
        origins: [
          {
            name: 'tokyo-a',
            address: `${TOKYO}.cfargotunnel.com`,
            enabled: true,
            weight: 1,
            port: 0,
            header: { Host: ['app.example.com'] },
            flatten_cname: false,
          },
        ],
        check_regions: null,
        health_sources: null,
        origin_steering: { policy: 'random' },
        load_shedding: null,
        notification_email: '',
        notification_filter: null,
        networks: [],
      },
    ],
  ]),
  monitors: new Map(),
  monitor_groups: new Map(),
  tunnels: new Map([
    [TOKYO, tunnel(TOKYO, 'tokyo')],
    [OSAKA, tunnel(OSAKA, 'osaka')],
  ]),
  configurations: new Map([
    [TOKYO, { ...MANAGED, id: TOKYO, version: 3, config: { ingress: [{ service: 'http://127.0.0.1:9001' }] } }],
  ]),
  virtual_networks: new Map([
    ['v1', { ...MANAGED, id: 'v1', name: 'default', comment: '', is_default_network: true, hosts: {} }],
  ]),
  routes: new Map([
    [
      'r1',
      { ...MANAGED, id: 'r1', network: '10.128.0.0/16', tunnel_id: OSAKA, virtual_network_id: 'v1', comment: 'lab' },
    ],
  ]),
  hostname_routes: new Map(),
  spectrum: new Map(),
  faults: new Map(),
};

const unused = (): never => {
  throw new Error('not in these tests');
};

export function connection(tunnelId: string, accepting = true): Connection {
  const unused = (): never => {
    throw new Error('the control API only looks at connections');
  };
  return {
    id: `connection-of-${tunnelId}`,
    tunnelId,
    connectorId: 'connector-1',
    index: 2,
    dataCenter: 'KIX',
    openedAt: Date.UTC(2026, 0, 1),
    version: '0.1.0',
    originIp: '127.0.0.1',
    capabilities: { upgrade: true, tcp: true },
    configVersion: 0,
    full: false,
    leaving: false,
    accepting,
    open: 4,
    request: unused,
    upgrade: unused,
    dial: unused,
    configure: unused,
    redial: unused,
    close: unused,
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes
  readonly json: any;
}

export interface Fixture extends AsyncDisposable {
  readonly control: Control;
  readonly deps: ControlDeps;
  readonly deadlines: ManualDeadlines;
  readonly journal: ReturnType<typeof createJournal>;
  readonly events: ReturnType<typeof createEvents>;
  readonly address: AddressInfo;
  /** Things the tests may change under the API's feet. */
  readonly live: {
    missing: string[];
    connections: Connection[];
    resets: number;
    waiting: string[];
    faults: FaultView[];
    /** Code of a data center that does not run. */
    down?: string;
    /** Of every pool and endpoint. */
    health?: { pool: PoolHealth; endpoint: EndpointHealth };
  };
  ask(method: string, path: string, options?: { body?: string; headers?: Record<string, string> }): Promise<Answer>;
}

/** A control API on a free port of loopback, over a manual clock and the account above. */
export async function startControl(overrides: Partial<ControlDeps> = {}): Promise<Fixture> {
  const deadlines = new ManualDeadlines();
  const clock = createClock({ mode: 'manual', deadlines });
  const journal = createJournal();
  const events = createEvents(clock);
  const live: Fixture['live'] = { missing: [], connections: [], resets: 0, waiting: [], faults: [] };
  const deps: ControlDeps = {
    state: { read: () => ACCOUNT, durable: async () => undefined },
    journal,
    events,
    metrics: createMetrics(),
    clock,
    deadlines,
    log: { error: () => undefined },
    readiness: () => ({ ready: live.missing.length === 0, missing: live.missing }),
    connections: () => live.connections,
    pendingReconnects: () => [],
    tunnelStatus: ({ id, created_on }) =>
      live.connections.some(({ tunnelId }) => tunnelId === id)
        ? { status: 'degraded', conns_active_at: Date.UTC(2026, 0, 1), conns_inactive_at: null }
        : { status: 'inactive', conns_active_at: null, conns_inactive_at: created_on },
    isRunning: (code) => code !== live.down,
    faults: { list: () => live.faults, add: unused, set: unused, remove: unused },
    health: {
      pool: () => live.health?.pool,
      endpoint: () => live.health?.endpoint,
      loadBalancer: () => undefined,
      roundTrips: () => new Map(),
      waiting: () => live.waiting,
    },
    explain: unused,
    replay: unused,
    reset: async () => {
      live.resets++;
    },
    exportConfig: ({ secrets }) => `account:\n  name: demo\n${secrets ? `  api_token: ${TOKEN}\n` : ''}`,
    caPem: async () => '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n',
    token: () => TOKEN,
    listeners: () => [{ name: 'traffic http', address: 'http://127.0.0.1:8080' }],
    clientApi: async () => ({ route: unused, close: async () => undefined }),
    version: '0.1.0',
    ...overrides,
  };
  const control = createControl(deps);
  const address = await control.listen('127.0.0.1', 0);
  return {
    control,
    deps,
    deadlines,
    journal,
    events,
    address,
    live,
    ask: (method, path, options = {}) => ask(address, method, path, options),
    [Symbol.asyncDispose]: () => control.close(),
  };
}

function ask(
  { address, port }: AddressInfo,
  method: string,
  path: string,
  options: { body?: string; headers?: Record<string, string> },
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { host: address, port, method, path, headers: options.headers ?? {}, agent: false },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => {
          const isJson = response.headers['content-type']?.startsWith('application/json') === true;
          const json: unknown = isJson && text !== '' ? JSON.parse(text) : undefined;
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(options.body);
  });
}
