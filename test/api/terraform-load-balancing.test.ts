import { describe, expect, test } from 'vitest';
import { type ApiUnderTest, account, useApi, zone } from '../support/api.js';
import { apply, destroy, lifeOf, type Planned } from '../support/terraform.js';

/*
 * What the Terraform provider sends, and what must come back so that the next plan shows no difference
 * (docs/reference/api.md section 4). Bodies are as the generated clients of version 5 write them, and as
 * cloudflare-go v0 writes them for version 4. The shapes are those of the provider's acceptance tests (4.3).
 */

type Fields = Readonly<Record<string, unknown>>;

const POOLS = account('/load_balancers/pools');
const MONITORS = account('/load_balancers/monitors');
const GROUPS = account('/load_balancers/monitor_groups');
const LOAD_BALANCERS = zone('/load_balancers');
const NETWORK = '11111111-1111-4111-8111-111111111111';
const POOL = 'b'.repeat(32);

const use = (): Promise<ApiUnderTest> =>
  useApi({
    pools: [{ id: POOL, name: 'existing', origins: [{ name: 'a', address: '192.0.2.1' }] }],
    tunnels: [
      {
        name: 'gateway',
        config: { ingress: [{ service: 'http_status:404' }] },
        routes: [{ network: '192.0.2.1/32', virtual_network: 'lab' }],
      },
    ],
    virtual_networks: [{ id: NETWORK, name: 'lab' }],
  });

/** A PUT of version 5 carries every attribute, with null for those without a value. */
const putWith =
  (attributes: readonly string[]) =>
  (body: Fields): Fields => ({ ...Object.fromEntries(attributes.map((name) => [name, null])), ...body });

const POOL_ATTRIBUTES = [
  ...['check_regions', 'description', 'enabled', 'latitude', 'load_shedding', 'longitude', 'minimum_origins'],
  ...['monitor', 'monitor_group', 'name', 'notification_email', 'notification_filter', 'origin_steering', 'origins'],
];

/** The defaults of version 5's schema are part of every body. */
const poolDefaults = { description: '', enabled: true, minimum_origins: 1, notification_email: '' };
const originDefaults = { enabled: true, weight: 1, flatten_cname: true };
const origin = { name: 'example-1', address: '192.0.2.1', ...originDefaults };
const poolUnset = ['check_regions', 'latitude', 'longitude', 'monitor', 'monitor_group', 'load_shedding'];

const pool = (fields: Fields, unset: readonly string[] = poolUnset): Planned => {
  const body = { name: 'my-tf-pool', origins: [origin], ...poolDefaults, ...fields };
  return { collection: POOLS, body, expected: body, unset };
};

const FULL_POOL = {
  origins: [
    { ...origin, enabled: false, header: { Host: ['test1.example.com'] } },
    { ...origin, name: 'example-2', address: '192.0.2.2', weight: 0.5, header: { Host: ['test2.example.com'] } },
  ],
  load_shedding: { default_percent: 55, default_policy: 'random', session_percent: 12, session_policy: 'hash' },
  latitude: 12.3,
  longitude: 55,
  origin_steering: { policy: 'random' },
  notification_filter: { origin: { disable: false, healthy: true }, pool: { disable: true } },
  check_regions: ['WEU'],
  description: 'tfacc-fully-specified',
  enabled: false,
  minimum_origins: 2,
  notification_email: 'someone@example.com',
};

const POOL_SHAPES: Readonly<Record<string, Planned>> = {
  basic: pool({}),
  'every field': pool(FULL_POOL, ['monitor', 'monitor_group']),
  least_outstanding_requests: pool({ origin_steering: { policy: 'least_outstanding_requests' } }),
  least_connections: pool({ origin_steering: { policy: 'least_connections' } }),
  'an endpoint in a virtual network': pool({ origins: [{ ...origin, virtual_network_id: NETWORK }] }),
  'endpoints in an order of their own': pool({
    origins: ['c', 'a', 'b'].map((name, index) => ({ ...origin, name, address: `192.0.2.${9 - index}` })),
  }),
};

describe('load_balancer_pool, version 5', () => {
  test.each(Object.entries(POOL_SHAPES))('%s', async (_name, planned) => {
    await lifeOf(await use(), planned, putWith(POOL_ATTRIBUTES));
  });

  test('endpoints have nothing that nobody set', async () => {
    const { call } = await use();
    const { result } = await call('POST', POOLS, pool({}).body);
    expect(result.origins).toEqual([{ ...origin, port: 0, disabled_at: null }]);
  });

  test('a null takes a field back to what it was without it', async () => {
    const api = await use();
    const id = await apply(api, pool(FULL_POOL, []));
    const bare = pool({});
    const { result } = await api.call('PUT', `${POOLS}/${id}`, putWith(POOL_ATTRIBUTES)(bare.body));
    expect(result).toMatchObject(bare.expected);
    for (const attribute of [...poolUnset, 'notification_filter', 'origin_steering', 'networks']) {
      expect(result[attribute] ?? null, attribute).toBeNull();
    }
    await destroy(api, `${POOLS}/${id}`);
  });
});

const MONITOR_ATTRIBUTES = [
  ...['allow_insecure', 'consecutive_down', 'consecutive_up', 'description', 'expected_body', 'expected_codes'],
  ...['follow_redirects', 'header', 'interval', 'method', 'path', 'port', 'probe_zone', 'retries', 'timeout', 'type'],
];

const monitorDefaults = {
  allow_insecure: false,
  description: '',
  expected_body: '',
  expected_codes: '',
  follow_redirects: false,
  interval: 60,
  probe_zone: '',
  retries: 2,
  timeout: 5,
  type: 'http',
};

const monitor = (fields: Fields): Planned => {
  const body = { ...monitorDefaults, ...fields };
  return { collection: MONITORS, body, expected: body };
};

const times = { timeout: 2, interval: 60, retries: 5 };
const FULL_MONITOR = {
  ...{ expected_body: 'dead', expected_codes: '5xx', method: 'HEAD', path: '/custom', port: 8080 },
  ...{ timeout: 9, interval: 60, retries: 5, consecutive_up: 2, consecutive_down: 2 },
  ...{ description: 'this is a very weird load balancer', probe_zone: 'example.com' },
  header: { Host: ['example.com'] },
};

const MONITOR_SHAPES: Readonly<Record<string, Planned>> = {
  minimal: monitor({ expected_codes: '2xx' }),
  full: monitor(FULL_MONITOR),
  tcp: monitor({ ...times, type: 'tcp', port: 8080, description: 'this is a very weird tcp load balancer' }),
  icmp_ping: monitor({ ...times, type: 'icmp_ping', description: 'test setup icmp_ping' }),
  udp_icmp: monitor({ ...times, type: 'udp_icmp', port: 8080 }),
  smtp: monitor({ ...times, type: 'smtp', port: 8080 }),
  'consecutive 0': monitor({ expected_codes: '2xx', consecutive_up: 0, consecutive_down: 0 }),
  'consecutive above 0': monitor({ expected_codes: '2xx', consecutive_up: 3, consecutive_down: 2 }),
  'a map of headers': monitor({ expected_codes: '200', header: { Host: ['example.com'], 'X-App-ID': ['abc', 'd'] } }),
  'an empty expected_body': monitor({ expected_codes: '200', expected_body: '' }),
};

describe('load_balancer_monitor, version 5', () => {
  test.each(Object.entries(MONITOR_SHAPES))('%s', async (_name, planned) => {
    await lifeOf(await use(), planned, putWith(MONITOR_ATTRIBUTES));
  });

  test('without expected_codes it is refused', async () => {
    const { call } = await use();
    expect(await call('POST', MONITORS, monitorDefaults)).toMatchObject({ status: 400, errors: [{ code: 1002 }] });
  });
});

describe('load_balancer_monitor_group, version 5', () => {
  test('is created, read, replaced and deleted', async () => {
    const api = await use();
    const { result } = await api.call('POST', MONITORS, { expected_codes: '2xx' });
    const members = [{ monitor_id: result.id, enabled: true, monitoring_only: false, must_be_healthy: true }];
    const body = { description: 'primary', members };
    await lifeOf(api, { collection: GROUPS, body, expected: body }, putWith(['id', 'description', 'members']));
  });
});

const LOAD_BALANCER_ATTRIBUTES = [
  ...['adaptive_routing', 'country_pools', 'default_pools', 'description', 'enabled', 'fallback_pool'],
  ...['location_strategy', 'name', 'networks', 'pop_pools', 'proxied', 'random_steering', 'region_pools', 'rules'],
  ...['session_affinity', 'session_affinity_attributes', 'session_affinity_ttl', 'steering_policy', 'ttl'],
];

const loadBalancer = (fields: Fields, more: Fields = {}, unset: readonly string[] = ['networks']): Planned => {
  const body = {
    ...{ name: 'tf-testacc-lb.example.com', default_pools: [POOL], fallback_pool: POOL },
    ...{ enabled: true, proxied: false, session_affinity: 'none' },
    ...fields,
  };
  return { collection: LOAD_BALANCERS, body, expected: { ...body, zone_name: 'example.com', ...more }, unset };
};

const attributes = { drain_duration: 60, samesite: 'Auto', secure: 'Auto', require_all_headers: false };
const condition = 'dns.qry.type == 28';
const RULES = [
  {
    ...{ name: 'test rule 1', condition, disabled: false, priority: 0, terminates: false },
    overrides: {
      steering_policy: 'geo',
      session_affinity_attributes: {
        ...{ samesite: 'Auto', secure: 'Auto', zero_downtime_failover: 'sticky', require_all_headers: false },
      },
      adaptive_routing: { failover_across_pools: true },
      location_strategy: { prefer_ecs: 'always', mode: 'resolver_ip' },
      random_steering: { pool_weights: { [POOL]: 0.4 }, default_weight: 0.2 },
    },
  },
  {
    ...{ name: 'test rule 2', condition, disabled: false, priority: 0, terminates: true },
    fixed_response: { message_body: 'hello', status_code: 200, content_type: 'html', location: 'www.example.com' },
  },
  {
    ...{ name: 'test rule 3', condition, disabled: false, priority: 0, terminates: false },
    overrides: { region_pools: { ENAM: [POOL] } },
  },
];
/** An update repeats the nulls inside as well. */
const RULES_WITH_NULLS = RULES.map((rule) => ({
  fixed_response: null,
  ...rule,
  overrides: { default_pools: null, fallback_pool: null, ttl: null, ...('overrides' in rule ? rule.overrides : {}) },
}));

const LOAD_BALANCER_SHAPES: Readonly<Record<string, Planned>> = {
  basic: loadBalancer({}, { description: '', ttl: 30, steering_policy: 'off', rules: [] }, [
    'networks',
    'session_affinity_ttl',
    'session_affinity_attributes',
    'random_steering',
    'adaptive_routing',
    'location_strategy',
  ]),
  'a lifetime of its own': loadBalancer({ ttl: 60, proxied: false }),
  'proxied, and its ttl all the same': loadBalancer({ proxied: true }, { ttl: 30 }),
  'sessions by cookie': loadBalancer(
    {
      session_affinity: 'cookie',
      session_affinity_ttl: 1800,
      session_affinity_attributes: { ...attributes, zero_downtime_failover: 'sticky' },
    },
    {},
  ),
  'sessions by ip_cookie, with defaults': loadBalancer(
    { session_affinity: 'ip_cookie' },
    { session_affinity_ttl: 82_800 },
  ),
  'sessions by header': loadBalancer({
    session_affinity: 'header',
    session_affinity_ttl: 1800,
    session_affinity_attributes: {
      ...attributes,
      zero_downtime_failover: 'temporary',
      headers: ['x-custom'],
      require_all_headers: true,
    },
  }),
  'attributes without sessions': loadBalancer({
    session_affinity_attributes: { ...attributes, samesite: 'Lax', secure: 'Always', zero_downtime_failover: 'none' },
  }),
  'by data center and country': loadBalancer({
    ...{ description: 'pop/country geo-balancing', proxied: true, steering_policy: 'geo' },
    ...{ pop_pools: { LAX: [POOL] }, country_pools: { US: [POOL] } },
  }),
  'by region, by itself': loadBalancer({ region_pools: { WNAM: [POOL] } }, { steering_policy: 'geo' }),
  'an empty policy': loadBalancer({ steering_policy: '' }, { steering_policy: 'off' }),
  random: loadBalancer({
    steering_policy: 'random',
    random_steering: { pool_weights: { [POOL]: 0.3 }, default_weight: 0.9 },
  }),
  'random, with a weight for all': loadBalancer(
    { steering_policy: 'random', random_steering: { default_weight: 0.4 } },
    { random_steering: { default_weight: 0.4, pool_weights: {} } },
  ),
  proximity: loadBalancer({ steering_policy: 'proximity' }),
  least_outstanding_requests: loadBalancer({ steering_policy: 'least_outstanding_requests' }),
  least_connections: loadBalancer({ steering_policy: 'least_connections' }),
  'adaptive routing': loadBalancer({ adaptive_routing: { failover_across_pools: true } }),
  'adaptive routing, off': loadBalancer({ adaptive_routing: { failover_across_pools: false } }),
  'a location strategy': loadBalancer({ location_strategy: { prefer_ecs: 'never', mode: 'pop' } }),
  rules: loadBalancer({ rules: RULES, description: 'rules lb' }),
};

describe('load_balancer, version 5', () => {
  test.each(Object.entries(LOAD_BALANCER_SHAPES))('%s', async (_name, planned) => {
    const put = putWith(LOAD_BALANCER_ATTRIBUTES);
    await lifeOf(await use(), planned, (body) => put(body.rules ? { ...body, rules: RULES_WITH_NULLS } : body));
  });

  test('from data centers and countries to regions alone', async () => {
    const api = await use();
    const before = LOAD_BALANCER_SHAPES['by data center and country'] as Planned;
    const id = await apply(api, before);
    const after = loadBalancer({ region_pools: { ENAM: [POOL] }, steering_policy: 'geo' });
    const { result } = await api.call('PUT', `${LOAD_BALANCERS}/${id}`, putWith(LOAD_BALANCER_ATTRIBUTES)(after.body));
    expect(result).toMatchObject({ ...after.expected, pop_pools: {}, country_pools: {}, description: '' });
  });

  test('a pool is destroyed after the load balancer that uses it, not before', async () => {
    const api = await use();
    const id = await apply(api, pool({}));
    const using = loadBalancer({ default_pools: [id], fallback_pool: id });
    const loadBalancerId = await apply(api, using);
    expect(await api.call('DELETE', `${POOLS}/${id}`)).toMatchObject({ status: 412, errors: [{ code: 1005 }] });
    await destroy(api, `${LOAD_BALANCERS}/${loadBalancerId}`);
    await destroy(api, `${POOLS}/${id}`);
  });
});

describe('version 4, whose client has nulls and empty texts for what nobody set', () => {
  const none = { id: undefined, created_on: null, modified_on: null };

  test('a pool', async () => {
    const api = await use();
    const body = {
      ...none,
      ...{ description: '', name: 'my-tf-pool', enabled: true, minimum_origins: 1, check_regions: null },
      origins: [{ name: 'example-1', address: '192.0.2.1', enabled: true, weight: 1, header: {} }],
    };
    const planned = {
      collection: POOLS,
      body,
      expected: { name: 'my-tf-pool' },
      unset: [...poolUnset, 'origin_steering'],
    };
    await lifeOf(api, planned, (given) => given);
    const { result } = await api.call('POST', POOLS, body);
    expect(result.origins[0]).not.toHaveProperty('header');
  });

  test('a pool that sheds load by the default policies', async () => {
    const body = {
      ...{ name: 'p', description: '', enabled: true, minimum_origins: 1, check_regions: null },
      origins: [{ name: 'a', address: '192.0.2.1', enabled: true, weight: 1, header: null }],
      load_shedding: { default_percent: 55 },
    };
    // The provider's own defaults are the empty ones.
    const load_shedding = { default_percent: 55, default_policy: '', session_percent: 0, session_policy: '' };
    await lifeOf(await use(), { collection: POOLS, body, expected: { load_shedding } }, (given) => given);
  });

  test.each([
    ['http', { method: 'GET', path: '/', expected_codes: '200', header: null }, { method: 'GET', path: '/' }],
    ['tcp', { method: 'connection_established', path: '', expected_codes: '', header: null, port: 80 }, { path: '' }],
    ['icmp_ping', { method: '', path: '', expected_codes: '', header: null }, { method: '', path: '' }],
    ['smtp', { method: '', path: '', expected_codes: '', header: null, port: 25 }, { port: 25 }],
  ])('a monitor of type %s', async (type, fields, expected) => {
    const body = {
      ...{ type, description: '', timeout: 5, retries: 2, interval: 60, expected_body: '', probe_zone: '' },
      ...{ follow_redirects: false, allow_insecure: false, consecutive_up: 0, consecutive_down: 0 },
      ...fields,
    };
    await lifeOf(await use(), { collection: MONITORS, body, expected: { type, ...expected } }, (given) => given);
  });

  test('a load balancer', async () => {
    const body = {
      ...{ description: '', name: 'tf-testacc-lb.example.com', fallback_pool: POOL, default_pools: [POOL] },
      ...{ region_pools: null, pop_pools: null, country_pools: null, proxied: false, enabled: true },
      session_affinity: 'none',
    };
    const expected = { ttl: 30, steering_policy: 'off', session_affinity: 'none', proxied: false };
    await lifeOf(await use(), { collection: LOAD_BALANCERS, body, expected }, (given) => given);
  });

  test('a load balancer with rules', async () => {
    const rules = [
      { name: 'r', condition: 'http.host eq "x"', priority: 0, overrides: { steering_policy: 'off' } },
      { name: 'f', condition: 'http.host eq "y"', priority: 10, fixed_response: { status_code: 302, location: '/a' } },
    ];
    const body = {
      ...{ description: '', name: 'tf-testacc-lb.example.com', fallback_pool: POOL, default_pools: [POOL] },
      ...{ region_pools: {}, pop_pools: {}, country_pools: {}, proxied: true, enabled: true, rules },
    };
    const expected = { rules: rules.map((rule) => ({ ...rule, disabled: false })) };
    await lifeOf(await use(), { collection: LOAD_BALANCERS, body, expected }, (given) => given);
  });
});
