import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EndpointPolicy, LoadBalancer } from '../state/objects.js';
import { account, loadBalancer, origin, pool } from './account.fixture.js';
import { compileSnapshot } from './compile.js';
import { address, attempts, decideBy, first, HOST, snapshotOf, steps } from './decision.fixture.js';
import type { Observations, Plan } from './steering.types.js';

/** Accounts with a bit of everything, and what is observed of them. */
const IDS = ['p', 'q', 'r'];
const anOrigin = (name: string) =>
  fc
    .record({ enabled: fc.boolean(), weight: fc.constantFrom(0, 0.01, 0.5, 1) })
    .map((part) => origin(name, { ...part, ...(part.enabled ? {} : { disabled_at: 0 }) }));
const aPool = (name: string) =>
  fc
    .record({
      origins: fc.tuple(anOrigin('a'), anOrigin('b')).chain((all) => fc.subarray(all, { minLength: 1 })),
      enabled: fc.boolean(),
      monitor: fc.option(fc.constant('m'), { nil: undefined }),
      minimum_origins: fc.integer({ min: 0, max: 2 }),
      policy: fc.constantFrom('random', 'hash', 'least_outstanding_requests', 'least_connections' as const),
      percent: fc.constantFrom(0, 50, 100),
      latitude: fc.integer({ min: -90, max: 90 }),
    })
    .map(({ origins, monitor, policy, percent, latitude, ...rest }) =>
      pool(name, origins, {
        ...rest,
        ...(monitor === undefined ? {} : { monitor }),
        origin_steering: { policy: policy as EndpointPolicy },
        latitude,
        longitude: 0,
        load_shedding: {
          default_percent: percent,
          default_policy: latitude % 2 === 0 ? 'hash' : 'random',
          session_percent: percent,
          session_policy: 'hash',
        },
      }),
    );
const list = fc.shuffledSubarray(IDS, { minLength: 1 });
const policy = fc.constantFrom(
  'off',
  'random',
  'dynamic_latency',
  'proximity',
  'least_outstanding_requests',
  'least_connections',
) as fc.Arbitrary<'off'>;
const aLoadBalancer: fc.Arbitrary<Partial<LoadBalancer>> = fc
  .record({
    default_pools: list,
    fallback_pool: fc.constantFrom(...IDS),
    steering_policy: fc.oneof(policy, fc.constantFrom('geo', '')) as fc.Arbitrary<'geo'>,
    region_pools: fc.constantFrom({}, { NEAS: ['q'] }, { WEU: ['p'] }),
    session_affinity: fc.constantFrom('none', 'cookie', 'ip_cookie', 'header'),
    across: fc.boolean(),
    set: fc.option(fc.record({ pools: list, steering_policy: policy }), { nil: undefined }),
    rule: fc.option(fc.record({ pools: list, steering_policy: policy }), { nil: undefined }),
  })
  .map(({ across, set, rule, ...rest }) => ({
    ...rest,
    adaptive_routing: { failover_across_pools: across },
    session_affinity_attributes: {
      samesite: 'Auto',
      secure: 'Auto',
      drain_duration: 0,
      zero_downtime_failover: 'temporary',
      headers: ['x-user'],
      require_all_headers: false,
    },
    pool_sets: set ? [{ name: 's', disabled: false, overrides: set }] : [],
    rules: rule ? [{ name: 'r', condition: '', priority: 0, disabled: false, terminates: false, overrides: rule }] : [],
  }));
const situation = fc.record({
  pools: fc.tuple(...IDS.map(aPool)),
  part: aLoadBalancer,
  unhealthy: fc.subarray(IDS.flatMap((id) => [`${id}/a`, `${id}/b`])),
  pinned: fc.option(fc.record({ poolId: fc.constantFrom(...IDS), endpointName: fc.constantFrom('a', 'b') }), {
    nil: undefined,
  }),
  busy: fc.nat({ max: 5 }),
  seed: fc.nat(),
  client: fc.nat({ max: 500 }),
});
type Situation = typeof situation extends fc.Arbitrary<infer T> ? T : never;

function seenIn({ unhealthy, pinned, busy }: Situation): Observations {
  return {
    healthOf: (id, endpoint) => (unhealthy.includes(`${id}/${endpoint}`) ? 'unhealthy' : 'healthy'),
    roundTripOf: (id) => (id === 'q' ? undefined : id.charCodeAt(0)),
    outstanding: (id) => (id === 'p' ? busy : 0),
    openConnections: (id) => (id === 'r' ? busy : 0),
    headerSession: () => pinned,
  };
}

function decide(given: Situation, snapshot = snapshotOf(given.pools, given.part)): Plan {
  return decideBy(snapshot, {
    seen: seenIn(given),
    seed: given.seed,
    facts: { clientIp: address(given.client), headers: ['x-user', 'ann'] },
  });
}

describe('every decision', () => {
  test('tries nothing that is disabled or of weight 0, nothing unhealthy but in the fallback pool, nothing twice', () => {
    fc.assert(
      fc.property(situation, (given) => {
        const plan = decide(given);
        if (plan.kind === 'refused') {
          expect([plan.status, plan.code]).toEqual([530, 1016]);
          const id = given.part.fallback_pool;
          const spare = given.pools.find((each) => each.id === id);
          expect(!spare?.enabled || spare.origins.every((o) => !o.enabled || o.weight === 0)).toBe(true);
          return;
        }
        const tried = attempts(plan);
        expect(tried.length).toBeGreaterThan(0);
        expect(new Set(tried.map(({ endpoint, pool: of }) => `${of?.id}/${endpoint.name}`)).size).toBe(tried.length);
        for (const { pool: chosen, origin: of, fallback } of tried) {
          expect(chosen?.enabled).toBe(true);
          expect(of?.enabled).toBe(true);
          expect(of?.weight).toBeGreaterThan(0);
          if (chosen?.monitor && !fallback) expect(given.unhealthy).not.toContain(`${chosen.id}/${of?.name}`);
        }
      }),
      { numRuns: 600 },
    );
  });

  test('stays in one pool unless failover may cross pools', () => {
    fc.assert(
      fc.property(situation, (given) => {
        const plan = decide({ ...given, part: { ...given.part, adaptive_routing: null } });
        if (plan.kind === 'attempts') expect(new Set(attempts(plan).map((attempt) => attempt.pool)).size).toBe(1);
      }),
      { numRuns: 200 },
    );
  });

  test('keeps to the list that is in force', () => {
    fc.assert(
      fc.property(situation, (given) => {
        const { rules, pool_sets, fallback_pool } = given.part;
        const allowed = rules?.[0]?.overrides?.pools ?? pool_sets?.[0]?.overrides?.pools;
        const plan = decide(given);
        if (plan.kind !== 'attempts' || !allowed) return;
        for (const { pool: of } of attempts(plan)) expect([...allowed, fallback_pool]).toContain(of?.id);
      }),
      { numRuns: 200 },
    );
  });

  test('is the same for the same seed, facts and observations', () => {
    fc.assert(
      fc.property(situation, (given) => {
        const run = (): unknown => {
          const plan = decide(given);
          const tried = plan.kind === 'attempts' ? attempts(plan) : plan.kind;
          return { tried, reasons: plan.reasons };
        };
        expect(run()).toEqual(run());
      }),
      { numRuns: 200 },
    );
  });

  test('does not depend on other load balancers, pools and records', () => {
    fc.assert(
      fc.property(situation, (given) => {
        const alone = decide(given);
        const others = [pool('other', [origin('o')]), pool('more', [origin('m')])];
        const beside = compileSnapshot(
          account({
            pools: [...others, ...given.pools],
            loadBalancers: [loadBalancer('other.example.com', ['other']), loadBalancer(HOST, IDS, given.part)],
          }),
        );
        const again = decide(given, beside);
        expect(steps(again)).toEqual(steps(alone));
        if (alone.kind === 'attempts') expect(first(again)).toBe(first(alone));
      }),
      { numRuns: 200 },
    );
  });
});
