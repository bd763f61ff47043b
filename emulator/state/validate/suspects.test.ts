import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ACCOUNT, STAGING, TOKYO, testState } from '../account.fixture.js';
import { defaultNetworkId } from '../state.js';
import type { Draft, Kind, Problem, Writable } from '../state.types.js';
import { ValidationError } from '../validation-error.js';
import { validate } from './index.js';

// Few of everything, so that names meet, references break, and networks cover one another.
const one = fc.constantFrom;
const ZONES = ['zone-1', 'zone-2'] as const;
const ZONE_NAMES = ['example.com', 'example.org'] as const;
const POOLS = ['pool-1', 'pool-2', 'pool-3'] as const;
const MONITORS = ['monitor-1', 'monitor-2'] as const;
const GROUPS = ['group-1'] as const;
const TUNNELS = [TOKYO, STAGING] as const;
const NETWORKS = ['network-1', 'network-2'] as const;
const ROUTES = ['route-1', 'route-2', 'route-3', 'route-4'] as const;
const BALANCERS = ['balancer-1', 'balancer-2'] as const;
const RECORDS = ['record-1', 'record-2', 'record-3'] as const;
const FAULTS = ['fault-1', 'fault-2'] as const;

const optional = <T>(key: string, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<Record<string, T>> =>
  fc.option(arbitrary, { nil: undefined }).map((value) => (value === undefined ? {} : { [key]: value }));

const origin = fc
  .tuple(
    fc.record({ name: one('a', 'b'), address: one('10.0.0.1', '10.1.0.1', 'fd00::1', 'origin.example.com') }),
    optional('virtual_network_id', one(...NETWORKS)),
    optional(
      'header',
      one('www.example.com', 'www.example.org').map((host) => ({ Host: [host] })),
    ),
  )
  .map(([base, network, header]) => ({ ...base, ...network, ...header }));

/** Valid by their schemas; by the rules only sometimes. */
const OBJECTS: { readonly [K in Kind]?: fc.Arbitrary<Writable<K>> } = {
  zones: fc.record({ id: one(...ZONES), name: one(...ZONE_NAMES) }),
  monitors: fc.record({
    id: one(...MONITORS),
    type: one('http' as const, 'tcp' as const),
    expected_codes: one('200', ''),
    probe_zone: one('', ...ZONE_NAMES),
  }),
  monitor_groups: fc.array(one(...MONITORS), { minLength: 1, maxLength: 2 }).map((ids) => group('group-1', ids)),
  tunnels: fc.record({ id: one(...TUNNELS), name: one('tokyo', 'staging') }),
  configurations: fc.record({
    id: one(...TUNNELS),
    config: one({ ingress: [{ service: 'http_status:404' }] }, { ingress: [{ hostname: 'a', service: 'http://b' }] }),
  }),
  virtual_networks: fc.record({
    id: one(...NETWORKS),
    name: one('first', 'second', 'default'),
    is_default_network: one(true, false),
  }),
  routes: fc.record({
    id: one(...ROUTES),
    network: one('10.0.0.0/8', '10.0.0.0/16', '10.1.0.0/16', 'fd00::/8', '100.96.0.0/16'),
    tunnel_id: one(...TUNNELS),
    virtual_network_id: one(...NETWORKS),
  }),
  pools: fc
    .tuple(
      fc.record({ id: one(...POOLS), name: one('tokyo', 'osaka', 'sapporo') }),
      fc.array(origin, { minLength: 1, maxLength: 2 }),
      optional('monitor', one(...MONITORS)),
      optional('monitor_group', one(...GROUPS)),
    )
    .map(([base, origins, monitor, group]) => ({ ...base, origins, ...monitor, ...group })),
  load_balancers: fc.record({
    id: one(...BALANCERS),
    zone_id: one(...ZONES),
    name: one('app.example.com', '*.example.com', 'app.example.org'),
    default_pools: fc.array(one(...POOLS), { minLength: 1, maxLength: 2 }),
    fallback_pool: one(...POOLS),
  }),
  dns_records: fc.record({
    id: one(...RECORDS),
    zone_id: one(...ZONES),
    name: one('www', 'api'),
    type: one('A' as const, 'CNAME' as const),
    content: one('192.0.2.1', 'other.example.net'),
  }),
  faults: fc.record({
    id: one(...FAULTS),
    name: one('one', 'two'),
    type: fc.constant('origin_refuse' as const),
    match: one({}, { pool: 'tokyo' }, { tunnel: 'staging' }, { endpoint: 'a' }),
  }),
};

type Step = { readonly kind: Kind; readonly put: Writable<Kind> } | { readonly kind: Kind; readonly remove: string };

const puts = Object.entries(OBJECTS).map(([kind, object]) =>
  (object as fc.Arbitrary<Writable<Kind>>).map((put): Step => ({ kind: kind as Kind, put })),
);
const removal = fc
  .constantFrom<[Kind, readonly string[]][]>(
    ['zones', ZONES],
    ['pools', POOLS],
    ['monitors', MONITORS],
    ['monitor_groups', GROUPS],
    ['tunnels', TUNNELS],
    ['virtual_networks', [...NETWORKS, defaultNetworkId(ACCOUNT.id)]],
    ['routes', ROUTES],
    ['load_balancers', BALANCERS],
    ['dns_records', RECORDS],
  )
  .chain(([kind, ids]) => fc.constantFrom(...ids).map((remove): Step => ({ kind, remove })));

const step = fc.oneof({ weight: 3, arbitrary: fc.oneof(...puts) }, { weight: 1, arbitrary: removal });
const transactions = fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 25 });

describe('what is wrong after a change of a valid account', () => {
  test('is what is wrong with the whole of it, in the same order', () => {
    const seen = new Set<string>();
    let accepted = 0;
    fc.assert(
      fc.property(transactions, (sequence) => {
        const state = ready();
        for (const steps of sequence) {
          const before = state.read();
          let after = before;
          const problems = problemsWhen(() =>
            state.transact('api', (draft) => {
              for (const each of steps) carryOut(each, draft);
              after = draft.read();
            }),
          );
          expect(problems).toEqual(validate(after, before));
          if (problems.length > 0) expect(state.read()).toBe(before);
          for (const { code } of problems) seen.add(code);
          if (problems.length === 0) accepted++;
        }
      }),
      // The same sequences each time, so that what is expected of them below is certain.
      { numRuns: 80, seed: 11 },
    );
    // The changes were of the kind that can go wrong in every way that depends on other objects.
    for (const code of [
      'not_unique',
      'unknown_reference',
      'referenced',
      'outside_zone',
      'duplicate_route',
      'uncovered_address',
      'host_not_allowed',
      'no_default_network',
    ])
      expect(seen).toContain(code);
    expect(accepted).toBeGreaterThan(50);
  });

  test('is forgotten with the change: what was refused leaves no names behind', () => {
    const state = ready();
    const refused = () =>
      state.transact('api', (draft) => {
        draft.put('monitors', { id: 'monitor-3', expected_codes: '200' });
        draft.put('pools', {
          id: 'pool-4',
          name: 'kyoto',
          origins: [{ name: 'a', address: '192.0.2.1' }],
          monitor: 'none',
        });
      });
    expect(problemsWhen(refused)).toHaveLength(1);
    state.transact('api', (draft) =>
      draft.put('pools', { id: 'pool-5', name: 'kyoto', origins: [{ name: 'a', address: '192.0.2.1' }] }),
    );
  });
});

function group(id: string, monitors: readonly string[]): Writable<'monitor_groups'> {
  const part = { enabled: true, monitoring_only: false, must_be_healthy: true };
  return { id, description: '', members: monitors.map((monitor_id) => ({ monitor_id, ...part })) };
}

/** With something valid of most kinds. */
function ready() {
  const { state } = testState();
  state.transact('api', (draft) => {
    draft.put('zones', { id: 'zone-1', name: 'example.com' });
    draft.put('monitors', { id: 'monitor-1', expected_codes: '200', probe_zone: 'example.com' });
    draft.put('monitor_groups', group('group-1', ['monitor-1']));
    draft.put('tunnels', { id: TOKYO, name: 'tokyo' });
    draft.put('virtual_networks', { id: 'network-1', name: 'first', is_default_network: false });
    draft.put('routes', { id: 'route-1', network: '10.0.0.0/8', tunnel_id: TOKYO, virtual_network_id: 'network-1' });
    draft.put('pools', {
      id: 'pool-1',
      name: 'tokyo',
      monitor: 'monitor-1',
      origins: [
        { name: 'a', address: '10.0.0.1', virtual_network_id: 'network-1', header: { Host: ['www.example.com'] } },
      ],
    });
    draft.put('pools', { id: 'pool-2', name: 'osaka', origins: [{ name: 'a', address: '192.0.2.1' }] });
    draft.put('load_balancers', {
      id: 'balancer-1',
      zone_id: 'zone-1',
      name: 'app.example.com',
      default_pools: ['pool-1'],
      fallback_pool: 'pool-1',
    });
  });
  return state;
}

function carryOut(each: Step, draft: Draft): void {
  if ('put' in each) draft.put(each.kind, each.put);
  else draft.delete(each.kind, each.remove);
}

function problemsWhen(change: () => unknown): readonly Problem[] {
  try {
    change();
    return [];
  } catch (error) {
    if (error instanceof ValidationError) return error.problems;
    throw error;
  }
}
