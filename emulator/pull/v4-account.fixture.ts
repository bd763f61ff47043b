import type { V4Account } from './read-account.js';
import type { V4Object } from './v4-client.js';

/** An account in the shapes that docs/reference/api.md 2.2 to 2.7 documents, with what the service adds to each object. */
export const ACCOUNT_ID = 'acc0'.repeat(8);
export const ZONE_ID = 'a'.repeat(32);
export const TOKYO = '11111111-1111-4111-8111-111111111111';
export const LOCAL = '22222222-2222-4222-8222-222222222222';
export const GONE = '33333333-3333-4333-8333-333333333333';
export const DEFAULT_NETWORK = '44444444-4444-4444-8444-444444444444';
export const LAB = '55555555-5555-4555-8555-555555555555';
export const SECRET = 'c2VjcmV0IHRoYXQgbm8gc2VydmljZSBldmVyIHRlbGxzIG9m';

const ON = { created_on: '2025-01-01T05:20:00.12345Z', modified_on: '2025-01-01T05:20:00.12345Z' };
const AT = { created_at: '2025-01-01T05:20:00.12345Z', deleted_at: null };
const id = (digit: string): string => digit.repeat(32);
const account = { id: ACCOUNT_ID, name: 'Example Inc.' };

export const MONITORS: readonly V4Object[] = [
  {
    ...ON,
    id: id('1'),
    type: 'https',
    description: 'login page',
    method: 'GET',
    path: '/login',
    header: { Host: ['app.example.com'] },
    port: 8443,
    timeout: 3,
    retries: 0,
    interval: 90,
    expected_body: 'alive',
    expected_codes: '2xx',
    follow_redirects: true,
    allow_insecure: true,
    consecutive_up: 3,
    consecutive_down: 2,
    probe_zone: 'example.com',
  },
  {
    ...ON,
    id: id('2'),
    type: 'tcp',
    description: '',
    method: 'connection_established',
    path: '',
    header: null,
    port: 5432,
    timeout: 5,
    retries: 2,
    interval: 60,
    expected_body: '',
    expected_codes: '',
    follow_redirects: false,
    allow_insecure: false,
    probe_zone: '',
  },
];

export const POOLS: readonly V4Object[] = [
  {
    ...ON,
    id: id('4'),
    name: 'japan',
    description: 'both sites',
    enabled: true,
    minimum_origins: 1,
    monitor: id('1'),
    check_regions: ['NEAS', 'CHINA'],
    latitude: 35.6895,
    longitude: 139.6917,
    load_shedding: { default_percent: 10, default_policy: '', session_percent: 0, session_policy: '' },
    origin_steering: { policy: 'least_outstanding_requests' },
    notification_email: '',
    notification_filter: { origin: { disable: true } },
    healthy: true,
    future_option: { on: true },
    origins: [
      {
        name: 'tokyo',
        address: `${TOKYO.toUpperCase()}.cfargotunnel.com`,
        enabled: true,
        weight: 1,
        header: { Host: ['app.example.com'] },
        flatten_cname: true,
        disabled_at: null,
      },
      {
        name: 'lab',
        address: '10.0.0.11',
        enabled: false,
        weight: 0.5,
        port: 8080,
        virtual_network_id: LAB,
        header: {},
      },
    ],
  },
  {
    ...ON,
    id: id('3'),
    name: 'database',
    description: '',
    enabled: true,
    minimum_origins: 1,
    monitor: id('2'),
    check_regions: null,
    origin_steering: null,
    load_shedding: null,
    notification_email: '',
    notification_filter: null,
    origins: [{ name: 'one', address: 'db.example.net', enabled: true, weight: 1, port: null, header: null }],
  },
];

export const LOAD_BALANCERS: readonly V4Object[] = [
  {
    ...ON,
    id: id('5'),
    zone_name: 'example.com',
    name: 'app.example.com',
    description: '',
    enabled: true,
    proxied: true,
    ttl: 30,
    fallback_pool: id('3'),
    default_pools: [id('4'), id('3')],
    steering_policy: 'geo',
    session_affinity: 'cookie',
    session_affinity_ttl: 82_800,
    session_affinity_attributes: {
      samesite: 'Lax',
      secure: 'Auto',
      drain_duration: 60,
      zero_downtime_failover: 'none',
      headers: [],
      require_all_headers: false,
    },
    random_steering: { default_weight: 0.5, pool_weights: { [id('4')]: 1 } },
    adaptive_routing: { failover_across_pools: true },
    location_strategy: { mode: 'pop', prefer_ecs: 'proximity' },
    region_pools: { WEU: [id('3')] },
    country_pools: { JP: [id('4')] },
    pop_pools: { LAX: [id('4')], QQQ: [id('4')] },
    rules: [
      {
        name: 'teapot',
        condition: 'http.request.uri.path contains "/tea"',
        disabled: false,
        priority: 0,
        terminates: true,
        fixed_response: { message_body: 'short and stout', status_code: 418, content_type: '', location: '' },
        overrides: {},
      },
      {
        name: 'blog',
        condition: 'http.host eq "app.example.com"',
        disabled: false,
        priority: 10,
        terminates: false,
        fixed_response: null,
        overrides: { region_pools: { NEAS: [id('4')] }, session_affinity: null },
      },
    ],
    networks: ['cloudflare'],
  },
  {
    ...ON,
    id: id('6'),
    zone_name: 'example.com',
    name: 'db.example.com',
    description: '',
    enabled: true,
    proxied: true,
    ttl: 30,
    fallback_pool: id('3'),
    default_pools: [id('3')],
    steering_policy: 'wormhole',
    session_affinity: 'none',
    session_affinity_ttl: 0,
    session_affinity_attributes: { samesite: 'Auto', secure: 'Auto', drain_duration: 0 },
    random_steering: null,
    adaptive_routing: null,
    location_strategy: null,
    region_pools: {},
    country_pools: null,
    pop_pools: {},
    rules: [],
  },
];

export const DNS_RECORDS: readonly V4Object[] = [
  {
    ...ON,
    id: id('7'),
    name: 'ssh.example.com',
    type: 'CNAME',
    content: `${TOKYO}.cfargotunnel.com`,
    proxied: true,
    proxiable: true,
    ttl: 1,
    comment: 'by cloudflared',
    tags: [],
    settings: { flatten_cname: false },
    meta: {},
  },
  {
    ...ON,
    id: id('8'),
    name: '_sip.example.com',
    type: 'SRV',
    content: '1 1 5060 a',
    proxied: true,
    ttl: 1,
    comment: null,
  },
];

const tunnel = (uuid: string, name: string, part: V4Object): V4Object => ({
  ...AT,
  id: uuid,
  account_tag: ACCOUNT_ID,
  name,
  connections: [],
  conns_active_at: null,
  conns_inactive_at: '2025-01-01T05:20:00Z',
  status: 'inactive',
  tun_type: 'cfd_tunnel',
  metadata: {},
  tunnel_secret: SECRET,
  ...part,
});

export const TUNNELS: readonly V4Object[] = [
  tunnel(TOKYO, 'tokyo', { remote_config: true, config_src: 'cloudflare' }),
  tunnel(LOCAL, 'by file', { remote_config: false, config_src: 'local' }),
  tunnel(GONE, 'gone', { remote_config: false, config_src: 'local', deleted_at: '2025-02-01T00:00:00Z' }),
];

/** By tunnel. */
export const CONFIGURATIONS: Readonly<Record<string, V4Object>> = {
  [TOKYO]: {
    tunnel_id: TOKYO,
    account_id: ACCOUNT_ID,
    version: 7,
    source: 'cloudflare',
    created_at: '2025-01-01T05:20:00Z',
    config: {
      ingress: [
        {
          id: '1',
          hostname: 'app.example.com',
          service: 'http://localhost:3000',
          originRequest: { noTLSVerify: true, quantumFoam: 3 },
        },
        { id: '2', hostname: '', service: 'http_status:404' },
      ],
      'warp-routing': { enabled: true },
    },
  },
};

export const VIRTUAL_NETWORKS: readonly V4Object[] = [
  { ...AT, id: DEFAULT_NETWORK, name: 'default', comment: 'made with the account', is_default_network: true },
  { ...AT, id: LAB, name: 'lab', comment: '', is_default_network: false },
];

const route = (uuid: string, network: string, tunnelId: string, networkId: string): V4Object => ({
  ...AT,
  id: uuid,
  network,
  tunnel_id: tunnelId,
  tunnel_name: 'tokyo',
  tun_type: 'cfd_tunnel',
  comment: '',
  virtual_network_id: networkId,
  virtual_network_name: 'lab',
});

export const ROUTES: readonly V4Object[] = [
  route('66666666-6666-4666-8666-666666666666', '10.0.0.0/8', TOKYO, LAB),
  route('77777777-7777-4777-8777-777777777777', '172.16.0.0/12', TOKYO, DEFAULT_NETWORK),
  route('88888888-8888-4888-8888-888888888888', '192.168.0.0/16', GONE, LAB),
];

export const ZONES: readonly V4Object[] = [
  { ...ON, id: ZONE_ID, name: 'example.com', status: 'active', type: 'full', paused: false, account },
  { ...ON, id: id('b'), name: 'example.org', status: 'active', type: 'full', paused: false, account },
];

export const HOSTNAME_ROUTES: readonly V4Object[] = [
  { ...AT, id: '99999999-9999-4999-8999-999999999999', hostname: 'wiki.internal', tunnel_id: TOKYO, comment: '' },
];

/** What a service answers: by path below the base URL, a single object or a list. */
export const RESULTS: Readonly<Record<string, V4Object | readonly V4Object[]>> = {
  [`/accounts/${ACCOUNT_ID}`]: account,
  '/zones': ZONES,
  [`/zones/${ZONE_ID}/load_balancers`]: LOAD_BALANCERS,
  [`/zones/${ZONE_ID}/dns_records`]: DNS_RECORDS,
  [`/zones/${ZONE_ID}/settings/ssl`]: { id: 'ssl', value: 'flexible', editable: true },
  [`/zones/${ZONE_ID}/settings/always_use_https`]: { id: 'always_use_https', value: 'on', editable: true },
  [`/zones/${id('b')}/load_balancers`]: [],
  [`/zones/${id('b')}/dns_records`]: [],
  [`/accounts/${ACCOUNT_ID}/load_balancers`]: [{ ...ON, id: id('9'), name: 'private.example' }],
  [`/accounts/${ACCOUNT_ID}/load_balancers/pools`]: POOLS,
  [`/accounts/${ACCOUNT_ID}/load_balancers/monitors`]: MONITORS,
  [`/accounts/${ACCOUNT_ID}/cfd_tunnel`]: TUNNELS,
  [`/accounts/${ACCOUNT_ID}/cfd_tunnel/${TOKYO}/configurations`]: CONFIGURATIONS[TOKYO] ?? {},
  [`/accounts/${ACCOUNT_ID}/teamnet/routes`]: ROUTES,
  [`/accounts/${ACCOUNT_ID}/teamnet/virtual_networks`]: VIRTUAL_NETWORKS,
  [`/accounts/${ACCOUNT_ID}/zerotrust/routes/hostname`]: HOSTNAME_ROUTES,
};

/** The same account as it is read. */
export function v4Account(part: Partial<V4Account> = {}): V4Account {
  const list = (path: string): readonly V4Object[] => {
    const result = RESULTS[path];
    return Array.isArray(result) ? (result as readonly V4Object[]) : [];
  };
  const own = `/accounts/${ACCOUNT_ID}`;
  return {
    id: ACCOUNT_ID,
    name: account.name,
    zones: ZONES.map((zone) => ({
      zone,
      loadBalancers: list(`/zones/${zone.id}/load_balancers`),
      dnsRecords: list(`/zones/${zone.id}/dns_records`),
      settings: zone.id === ZONE_ID ? { ssl: 'flexible', always_use_https: 'on' } : {},
    })),
    pools: POOLS,
    monitors: MONITORS,
    monitorGroups: [],
    accountLoadBalancers: list(`${own}/load_balancers`),
    tunnels: TUNNELS.filter(({ deleted_at }) => !deleted_at).map((tunnel) => {
      const config = CONFIGURATIONS[`${tunnel.id}`]?.config;
      return config === undefined ? { tunnel } : { tunnel, config };
    }),
    routes: ROUTES,
    virtualNetworks: VIRTUAL_NETWORKS,
    hostnameRoutes: HOSTNAME_ROUTES,
    ...part,
  };
}

/** An account of which only a part matters. */
export function v4AccountOf(part: Partial<V4Account>): V4Account {
  const none = { zones: [], pools: [], monitors: [], tunnels: [], routes: [], virtualNetworks: [] };
  return v4Account({ ...none, accountLoadBalancers: [], hostnameRoutes: [], ...part });
}
