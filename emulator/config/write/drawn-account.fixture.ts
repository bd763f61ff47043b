import fc from 'fast-check';
import { DATA_CENTERS, DEFAULT_DATA_CENTER_CODES } from '../../geo/data-centers.js';
import { RECORDS } from './dns-records.fixture.js';

/*
 * Accounts as clients of the API can make them. Each number below picks one of what exists, or one of a few values,
 * so that what is made is valid whatever is drawn.
 */

const hex = fc.stringMatching(/^[0-9a-f]{32}$/);
const uuid = fc.uuid();
/** Texts that YAML could take for something else. */
const text = fc.oneof(
  fc.constantFrom('', 'null', 'yes', 'off', '~', '1e3', '0x1f', '2024-01-01', '- a', 'a: b', '# c', '*x', '&x', '!!x'),
  fc.string({ maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
);
const word = fc.oneof(fc.constantFrom('null', 'true', '007', '-', 'off'), fc.stringMatching(/^[-_a-zA-Z0-9]{1,12}$/));
const label = fc.stringMatching(/^[a-z]{1,8}$/);
const weight = fc.constantFrom(0, 0.1, 0.25, 1);
const pick = fc.nat(9);
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const unique = <T>(arbitrary: fc.Arbitrary<T>, key: (value: T) => unknown, maxLength = 4) =>
  fc.uniqueArray(arbitrary, { maxLength, selector: key });

const monitor = fc.record({
  id: hex,
  type: fc.constantFrom('http' as const, 'https' as const),
  description: text,
  method: fc.constantFrom('GET', 'HEAD'),
  path: fc.constantFrom('/', '/health?a=b'),
  port: fc.constantFrom(0, 8080),
  header: fc.constantFrom({}, { Host: ['app.example.com'] }, { 'X-A': ['1', ''], 'x-b': [] }),
  expected_codes: fc.constantFrom('200', '2xx', '200,301'),
  follow_redirects: fc.boolean(),
  interval: fc.integer({ min: 10, max: 3600 }),
  timeout: fc.integer({ min: 1, max: 9 }),
  retries: fc.integer({ min: 0, max: 5 }),
  consecutive_up: fc.nat(3),
});
const tcpMonitor = fc.record({
  id: hex,
  type: fc.constant('tcp' as const),
  description: text,
  port: fc.integer({ min: 1, max: 65_535 }),
});
const group = fc.record({
  id: hex,
  description: text,
  members: unique(fc.record({ pick, enabled: fc.boolean(), must_be_healthy: fc.boolean() }), (m) => m.pick),
});
const network = fc.record({
  id: uuid,
  name: fc.string({ minLength: 1, maxLength: 20 }),
  comment: text,
  hosts: fc.dictionary(
    label.map((l) => `${l}.internal`),
    fc.constantFrom('10.0.0.5', 'fd00::1'),
    { maxKeys: 2 },
  ),
});
const originRequest = fc.record(
  {
    connectTimeout: fc.nat(100),
    noTLSVerify: fc.boolean(),
    httpHostHeader: text,
    ipRules: fc.constant([{ prefix: '10.0.0.0/8', ports: [80], allow: true }]),
  },
  { requiredKeys: [] },
);
const tunnel = fc.record({
  id: uuid,
  name: fc.string({ minLength: 1, maxLength: 20 }),
  config_src: fc.constantFrom('local' as const, 'cloudflare' as const),
  config: optional(
    fc.record({
      ingress: fc.tuple(
        fc.record({
          hostname: label.map((l) => `${l}.example.com`),
          service: fc.constantFrom('http://a:1', 'tcp://b:2'),
          originRequest,
        }),
        fc.constant({ service: 'http_status:404' }),
      ),
      originRequest,
    }),
  ),
  routes: unique(fc.record({ id: uuid, block: fc.nat(255), pick, comment: text }), (route) => route.id, 3),
});
const origin = fc.record({
  name: fc.string({ minLength: 1, maxLength: 20 }),
  to: fc.nat(250),
  kind: fc.constantFrom('ip', 'host', 'tunnel', 'foreign tunnel'),
  pick,
  enabled: fc.boolean(),
  weight,
  port: fc.constantFrom(0, 8443),
  host: fc.boolean(),
});
const pool = fc.record({
  id: hex,
  name: word,
  description: text,
  enabled: fc.boolean(),
  minimum_origins: fc.nat(3),
  origins: fc.uniqueArray(origin, { minLength: 1, maxLength: 4, selector: (each) => each.name }),
  watched: fc.constantFrom('no', 'monitor', 'group'),
  pick,
  check_regions: fc.constantFrom(null, ['WEU' as const], ['ALL_REGIONS' as const]),
  place: optional(
    fc.tuple(fc.double({ min: -90, max: 90, noNaN: true }), fc.double({ min: -180, max: 180, noNaN: true })),
  ),
  origin_steering: fc.record({ policy: fc.constantFrom('random' as const, 'hash' as const) }),
  load_shedding: fc.option(
    fc.record({
      default_percent: fc.nat(100),
      default_policy: fc.constantFrom('random' as const, 'hash' as const),
      session_percent: fc.nat(100),
    }),
  ),
  notification_filter: fc.constantFrom(
    null,
    {},
    { pool: { disable: true, healthy: null } },
    { origin: { healthy: false } },
  ),
  networks: fc.array(word, { maxLength: 2 }),
});
const record = fc.record(
  {
    id: hex,
    name: label,
    of: fc.constantFrom(...RECORDS),
    content: fc.nat(255),
    proxied: fc.boolean(),
    ttl: fc.constantFrom(1, 300),
    comment: fc.option(text),
    tags: fc.array(word, { maxLength: 2 }),
    settings: fc.constantFrom({}, { flatten_cname: true, other: null }),
  },
  { requiredKeys: ['id', 'name', 'of', 'content', 'proxied', 'ttl', 'comment'] },
);
const poolLists = fc.array(pick, { minLength: 1, maxLength: 3 });
const rule = fc.record({
  name: text,
  condition: fc.constantFrom('', 'http.request.uri.path contains "/a"'),
  priority: fc.nat(3),
  terminates: fc.boolean(),
  answer: optional(fc.record({ status_code: fc.constantFrom(200, 302), message_body: text }, { requiredKeys: [] })),
  pools: optional(poolLists),
  ttl: optional(fc.integer({ min: 1, max: 86_400 })),
  affinity: optional(fc.constantFrom('none' as const, 'cookie' as const)),
});
const loadBalancer = fc.record({
  id: hex,
  name: label,
  description: text,
  enabled: fc.boolean(),
  proxied: fc.boolean(),
  ttl: fc.constantFrom(30, 60),
  pools: poolLists,
  fallback: pick,
  byPop: fc.dictionary(fc.constantFrom('NRT', 'LHR'), poolLists, { maxKeys: 2 }),
  byCountry: fc.dictionary(fc.constantFrom('JP', 'NO'), poolLists, { maxKeys: 2 }),
  steering_policy: fc.constantFrom('' as const, 'off' as const, 'geo' as const, 'random' as const),
  weights: fc.option(
    fc.record({ default_weight: weight, weights: fc.array(fc.tuple(pick, weight), { maxLength: 3 }) }),
  ),
  adaptive_routing: fc.option(fc.record({ failover_across_pools: fc.boolean() })),
  session_affinity: fc.constantFrom('none' as const, 'cookie' as const, 'ip_cookie' as const, 'header' as const),
  session_affinity_ttl: optional(fc.constantFrom(1800, 3600)),
  drain: optional(fc.nat(86_400)),
  rules: fc.array(rule, { maxLength: 3 }),
  set: optional(fc.record({ name: text, pools: poolLists })),
});
const fault = fc.record({
  name: word,
  status: fc.integer({ min: 200, max: 599 }),
  header: fc.dictionary(fc.oneof(fc.constant('<<'), word), text, { maxKeys: 2 }),
  probability: weight,
  enabled: fc.boolean(),
});
const user = fc.record(
  {
    email: label.map((l) => `${l}@example.com`),
    password: text.map((t) => `${t.slice(0, 40)}.`),
    groups: fc.array(
      text.filter((t) => t !== ''),
      { maxLength: 2 },
    ),
    data_center: fc.constantFrom('NRT', 'LHR'),
  },
  { requiredKeys: ['email', 'password', 'groups'] },
);
const policy = fc.record({
  name: fc.string({ minLength: 1, maxLength: 20 }),
  action: fc.constantFrom('allow' as const, 'block' as const),
  users: fc.array(pick, { maxLength: 2 }),
  groups: fc.array(pick, { maxLength: 2 }),
  destinations: optional(fc.constantFrom(['10.0.0.0/8'], ['10.1.2.3/32', 'fd00::/64'])),
  ports: optional(fc.constantFrom([5432], ['8000-8999', 22])),
  networks: fc.array(pick, { maxLength: 2 }),
});

const application = fc.record({
  name: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,8}$/),
  loadBalancer: pick,
  port: fc.constantFrom(0, 0, 5432, 22),
  hasName: fc.boolean(),
  tls: fc.constantFrom('off' as const, 'flexible' as const),
  proxy_protocol: fc.constantFrom('off' as const, 'v1' as const, 'v2' as const),
});

export const drawnAccount = fc.record({
  name: fc.string({ minLength: 1, maxLength: 20 }),
  timeouts: fc.record({ connect: fc.integer({ min: 1, max: 86_400 }), idle: fc.constantFrom(900, 0.5) }),
  route_header: fc.boolean(),
  record: fc.record({ headers: fc.boolean(), bodies: fc.nat(1_048_576) }),
  data_centers: fc.constantFrom(DEFAULT_DATA_CENTER_CODES, [...DATA_CENTERS.keys()].slice(0, 20), ['NRT', 'LHR']),
  clients: fc.array(
    fc.record({ network: fc.constant('10.0.0.0/8'), country: fc.constantFrom('JP', 'NO'), asn: fc.nat() }),
    { maxLength: 2 },
  ),
  zones: unique(
    fc.record({
      id: hex,
      name: label,
      ssl: fc.constantFrom('full' as const, 'flexible' as const),
      records: unique(record, (r) => r.id),
      loadBalancers: unique(loadBalancer, (l) => l.name),
    }),
    (z) => z.name,
    2,
  ),
  monitors: unique(fc.oneof(monitor, tcpMonitor), (m) => m.id),
  groups: unique(group, (g) => g.id, 2),
  networks: unique(network, (n) => n.name, 3),
  defaultNetwork: pick,
  tunnels: unique(tunnel, (t) => t.name, 3),
  pools: unique(pool, (p) => p.name),
  applications: unique(application, (a) => a.name, 3),
  faults: unique(fault, (f) => f.name, 2),
  users: unique(user, (u) => u.email, 3),
  policies: unique(policy, (p) => p.name, 3),
});
export type Drawn = typeof drawnAccount extends fc.Arbitrary<infer T> ? T : never;
