import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { derivedHex32 } from '../../../runtime/ids.js';
import { DATA_CENTERS, DEFAULT_DATA_CENTER_CODES } from '../../geo/data-centers.js';
import { createState } from '../../state/state.js';
import type { AccountSnapshot, Draft, ObjectOf, Writable } from '../../state/state.types.js';
import { accountFrom, bare, textOf } from './write.fixture.js';

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
const network = fc.record({ id: uuid, name: fc.string({ minLength: 1, maxLength: 20 }), comment: text });
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
const record = fc.record({
  id: hex,
  name: label,
  content: fc.nat(255),
  proxied: fc.boolean(),
  ttl: fc.constantFrom(1, 300),
  comment: fc.option(text),
});
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

const account = fc.record({
  name: fc.string({ minLength: 1, maxLength: 20 }),
  timeouts: fc.record({ connect: fc.integer({ min: 1, max: 86_400 }), idle: fc.constantFrom(900, 0.5) }),
  route_header: fc.boolean(),
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
  faults: unique(fault, (f) => f.name, 2),
});
type Drawn = typeof account extends fc.Arbitrary<infer T> ? T : never;
type Kinds = Parameters<Draft['put']>[0];

/** Puts everything that was drawn through the state, as clients would. */
function made(drawn: Drawn): AccountSnapshot {
  const own = { id: derivedHex32(drawn.name), name: drawn.name, api_token: 't'.repeat(40) };
  const state = createState({ clock: { now: () => 5 }, account: own });
  state.transact('api', (draft) => {
    const put = <K extends Kinds>(kind: K, object: object): ObjectOf<K> => draft.put(kind, object as Writable<K>);
    const one = <T extends { readonly id: string }>(of: ReadonlyMap<string, T>, number: number): T | undefined =>
      [...of.values()][number % Math.max(1, of.size)];
    const base = draft.read();
    draft.assign({
      settings: {
        ...base.settings,
        route_header: drawn.route_header,
        timeouts: { ...base.settings.timeouts, ...drawn.timeouts },
      },
      data_centers: drawn.data_centers.includes('LHR') ? drawn.data_centers : [...drawn.data_centers, 'LHR'],
      clients: drawn.clients,
    });
    for (const { ssl, id, name } of drawn.zones) put('zones', { id, name: `${name}.example.com`, settings: { ssl } });
    for (const each of drawn.monitors) put('monitors', each);
    const monitors = draft.read().monitors;
    for (const { members, ...each } of drawn.groups) {
      const ids = new Map(members.map(({ pick: number, ...part }) => [one(monitors, number)?.id, part]));
      ids.delete(undefined);
      if (ids.size === 0) continue;
      put('monitor_groups', {
        ...each,
        members: [...ids].map(([monitor_id, part]) => ({ monitor_id, monitoring_only: false, ...part })),
      });
    }
    for (const each of drawn.networks) if (each.name !== 'default') put('virtual_networks', each);
    const chosen = one(draft.read().virtual_networks, drawn.defaultNetwork);
    put('virtual_networks', { ...chosen, is_default_network: true });
    const networks = draft.read().virtual_networks;
    const taken = new Set<string>();
    for (const { config, routes, ...each } of drawn.tunnels) {
      put('tunnels', each);
      if (config) put('configurations', { id: each.id, config });
      for (const { id, block, pick: number, comment } of routes) {
        const virtual_network_id = one(networks, number)?.id;
        if (taken.has(`${block} ${virtual_network_id}`)) continue;
        taken.add(`${block} ${virtual_network_id}`);
        put('routes', { id, network: `10.${block}.0.0/16`, tunnel_id: each.id, virtual_network_id, comment });
      }
    }
    const { tunnels, routes } = draft.read();
    for (const { origins, watched, pick: number, place, ...each } of drawn.pools) {
      const groups = draft.read().monitor_groups;
      const monitorId = one(monitors, number)?.id;
      const groupId = one(groups, number)?.id;
      const addresses = new Set<string>();
      const written = origins.flatMap(({ to, kind, pick: which, host, ...rest }, index) => {
        const route = one(routes, which);
        const tunnelId = kind === 'tunnel' ? one(tunnels, which)?.id : undefined;
        const address =
          tunnelId !== undefined
            ? `${tunnelId}.cfargotunnel.com`
            : kind === 'host'
              ? `host-${to}.example.net`
              : kind === 'foreign tunnel'
                ? '99999999-9999-4999-8999-999999999999.cfargotunnel.com'
                : route && which > 4
                  ? `${route.network.slice(0, -4)}${index + 1}`
                  : `192.0.2.${to}`;
        if (addresses.has(address)) return [];
        addresses.add(address);
        return [
          {
            ...rest,
            address,
            ...(address.startsWith('10.') ? { virtual_network_id: route?.virtual_network_id } : {}),
            ...(host && kind === 'host' ? { header: { Host: [address] } } : {}),
          },
        ];
      });
      put('pools', {
        ...each,
        origins: written,
        ...(watched === 'monitor' && monitorId ? { monitor: monitorId } : {}),
        ...(watched === 'group' && groupId ? { monitor_group: groupId } : {}),
        ...(place ? { latitude: place[0], longitude: place[1] } : {}),
      });
    }
    const { pools } = draft.read();
    const ids = (numbers: readonly number[]) => numbers.flatMap((number) => one(pools, number)?.id ?? []);
    const maps = (by: Record<string, number[]>) =>
      Object.fromEntries(Object.entries(by).map(([code, of]) => [code, ids(of)]));
    for (const zone of drawn.zones) {
      for (const { name, content, ...each } of zone.records) {
        put('dns_records', {
          ...each,
          zone_id: zone.id,
          name: `${name}.${zone.name}.example.com`,
          type: 'A',
          content: `192.0.2.${content}`,
        });
      }
      if (pools.size === 0) continue;
      for (const {
        name,
        pools: own,
        fallback,
        byPop,
        byCountry,
        weights,
        drain,
        rules,
        set,
        session_affinity_ttl,
        ...each
      } of zone.loadBalancers) {
        const headers = each.session_affinity === 'header' ? { headers: ['X-User', 'cookie:a,b'] } : {};
        put('load_balancers', {
          ...each,
          zone_id: zone.id,
          name: `${name}.${zone.name}.example.com`,
          default_pools: ids(own),
          fallback_pool: ids([fallback])[0],
          pop_pools: maps(byPop),
          country_pools: maps(byCountry),
          random_steering: weights && {
            default_weight: weights.default_weight,
            pool_weights: Object.fromEntries(weights.weights.map(([number, of]) => [ids([number])[0], of])),
          },
          ...(session_affinity_ttl === undefined ? {} : { session_affinity_ttl }),
          session_affinity_attributes: { ...headers, ...(drain === undefined ? {} : { drain_duration: drain }) },
          rules: rules.map(({ answer, pools: list, ttl, affinity, ...rest }) => ({
            ...rest,
            ...(answer
              ? { fixed_response: answer }
              : {
                  overrides: {
                    ...(list ? { pools: ids(list) } : {}),
                    ...(ttl === undefined ? {} : { ttl }),
                    ...(affinity === undefined || each.session_affinity === 'header'
                      ? {}
                      : { session_affinity: affinity }),
                  },
                }),
          })),
          ...(set ? { pool_sets: [{ name: set.name, overrides: { pools: [...new Set(ids(set.pools))] } }] } : {}),
        });
      }
    }
    for (const { header, ...each } of drawn.faults) {
      put('faults', {
        ...each,
        id: derivedHex32(own.id, 'faults', each.name),
        type: 'origin_status',
        match: { header },
      });
    }
  });
  return state.read();
}

describe('an account that clients made', () => {
  test('comes back from its file, and the file from the account', () => {
    fc.assert(
      fc.property(account, (drawn) => {
        const before = made(drawn);
        const written = textOf(before);
        const after = accountFrom(written);
        expect(bare(after)).toEqual(bare(before));
        expect(textOf(after)).toBe(written);
      }),
      { numRuns: 60 },
    );
  });
});
