import { describe, expect, test } from 'vitest';
import type { LoadBalancer, Rule } from '../state/objects.js';
import { account, loadBalancer, observations, origin, pool, record } from './account.fixture.js';
import { compileSnapshot } from './compile.js';
import {
  answer,
  attempts,
  attemptsPlan,
  cookieOf,
  decideBy,
  HOST,
  names,
  sentBack,
  steps,
} from './decision.fixture.js';

const rule = (name: string, part: Partial<Rule>): Rule => ({
  name,
  condition: '',
  priority: 0,
  disabled: false,
  terminates: false,
  ...part,
});

/** Everything that may have a say (docs/reference/load-balancing.md 3.1, section 15). */
const pools = [
  pool('off', [origin('a')], { enabled: false }),
  pool('critical', [origin('a'), origin('b')], { monitor: 'm', minimum_origins: 2 }),
  pool('shedding', [origin('a')], {
    load_shedding: { default_percent: 100, default_policy: 'random', session_percent: 0, session_policy: 'hash' },
  }),
  pool(
    'chosen',
    [origin('down'), origin('disabled', { enabled: false }), origin('zero', { weight: 0 }), origin('up')],
    {
      monitor: 'm',
    },
  ),
  pool('next', [origin('n')]),
  pool('spare', [origin('s')]),
];
const part: Partial<LoadBalancer> = {
  default_pools: ['next'],
  pool_sets: [
    { name: 'disabled', disabled: true, overrides: { pools: ['next'] } },
    { name: 'europe', disabled: false, match: { topology: { regions: ['WEU'] } }, overrides: { pools: ['next'] } },
    {
      name: 'asia',
      disabled: false,
      match: { topology: { regions: ['NEAS'] } },
      overrides: { pools: ['off', 'critical', 'shedding', 'chosen', 'next'], fallback_pool: 'spare' },
    },
    { name: 'late', disabled: false, overrides: { pools: ['next'] } },
  ],
  rules: [
    rule('last', { priority: 9, overrides: { pools: ['next'] } }),
    rule('second', { priority: 2, terminates: true, overrides: { adaptive_routing: { failover_across_pools: true } } }),
    rule('first', { priority: 1, overrides: { session_affinity: 'cookie' } }),
    rule('false', { priority: 0, condition: 'http.host eq "other.example.com"', overrides: { pools: ['next'] } }),
  ],
};
const snapshot = compileSnapshot(
  account({
    pools,
    loadBalancers: [loadBalancer(HOST, ['next'], part)],
    records: [record(HOST, 'A', '192.0.2.1')],
  }),
);
const seen = observations('critical/b', 'chosen/down');

describe('the order of evaluation', () => {
  test('host, pool set, rules by priority, session, pools, shedding, endpoint: each says what it did', () => {
    const plan = decideBy(snapshot, { seen });
    expect(steps(plan)).toEqual([
      `load_balancer ${HOST} matched`,
      'pool_set skipped',
      'pool_set asia matched',
      'rule false skipped',
      'rule first matched',
      'rule second matched',
      'session none',
      'pool off skipped',
      'pool critical skipped',
      'pool shedding chosen',
      'shed shedding shed',
      'pool chosen chosen',
      'endpoint disabled skipped',
      'endpoint zero skipped',
      'endpoint down skipped',
      'endpoint up chosen',
    ]);
    for (const { detail } of plan.reasons) expect(detail).not.toBe('');
  });

  test('a session comes before pools and shedding, but after pool sets and rules', () => {
    const cookie = sentBack(cookieOf(answer(decideBy(snapshot, { seen })).session));
    const plan = decideBy(snapshot, { seen, facts: cookie });
    expect(steps(plan)).toEqual([
      `load_balancer ${HOST} matched`,
      'pool_set skipped',
      'pool_set asia matched',
      'rule false skipped',
      'rule first matched',
      'rule second matched',
      'session chosen/up honoured',
    ]);
    expect(attemptsPlan(plan).mayFailOver).toBe(false);
  });

  test('failover goes on where the pools were left, then in the fallback pool', () => {
    const plan = decideBy(snapshot, { seen });
    expect(attempts(plan).map(({ pool: of, endpoint }) => `${of?.name}/${endpoint.name}`)).toEqual([
      'chosen/up',
      'next/n',
      'spare/s',
    ]);
    expect(steps(plan).slice(16)).toEqual([
      'endpoint down skipped',
      'endpoint up skipped',
      'endpoint none',
      'pool next chosen',
      'endpoint n chosen',
      'endpoint n skipped',
      'endpoint none',
      'fallback spare chosen',
      'endpoint s chosen',
      'endpoint s skipped',
      'endpoint none',
    ]);
  });
});

// docs/reference/load-balancing.md section 6, 14.25, 14.30.
describe('failover', () => {
  const two = [
    pool('one', [origin('a'), origin('b')], { monitor: 'm' }),
    pool('two', [origin('c')], { monitor: 'm' }),
    pool('spare', [origin('s')]),
  ];
  const decide = (across: boolean, ...unhealthy: string[]) =>
    decideBy(
      compileSnapshot(
        account({
          pools: two,
          loadBalancers: [
            loadBalancer(HOST, ['one', 'two'], {
              fallback_pool: 'spare',
              adaptive_routing: { failover_across_pools: across },
            }),
          ],
        }),
      ),
      { seen: observations(...unhealthy) },
    );

  test('stays in the pool by default', () => {
    expect([...names(decide(false))].sort()).toEqual(['one/a', 'one/b']);
    expect(names(decide(false, 'one/b'))).toEqual(['one/a']);
  });

  test('across pools only once the pool has no other healthy endpoint; the fallback pool comes last', () => {
    const order = names(decide(true));
    expect([...order.slice(0, 2)].sort()).toEqual(['one/a', 'one/b']);
    expect(order.slice(2)).toEqual(['two/c', 'spare/s (Fallback)']);
    expect(names(decide(true, 'one/b', 'two/c'))).toEqual(['one/a', 'spare/s (Fallback)']);
  });

  test('has nowhere to go from the fallback pool', () => {
    expect(names(decide(true, 'one/a', 'one/b', 'two/c'))).toEqual(['spare/s (Fallback)']);
  });

  test('a session’s begins in its own pool', () => {
    const sticky = compileSnapshot(
      account({
        pools: two,
        loadBalancers: [
          loadBalancer(HOST, ['two', 'one'], {
            fallback_pool: 'spare',
            adaptive_routing: { failover_across_pools: true },
            session_affinity: 'header',
            session_affinity_attributes: {
              samesite: 'Auto',
              secure: 'Auto',
              drain_duration: 0,
              zero_downtime_failover: 'temporary',
              headers: ['x-user'],
              require_all_headers: false,
            },
          }),
        ],
      }),
    );
    const seenPinned = { ...observations(), headerSession: () => ({ poolId: 'one', endpointName: 'b' }) };
    expect(names(decideBy(sticky, { seen: seenPinned, facts: { headers: ['x-user', 'ann'] } }))).toEqual([
      'one/b',
      'one/a',
      'two/c',
      'spare/s (Fallback)',
    ]);
  });

  test('by a draw does not draw a pool that has meanwhile turned critical', () => {
    const down = new Set<string>();
    const lb = loadBalancer(HOST, ['p', 'q', 'r'], {
      steering_policy: 'random',
      fallback_pool: 'r',
      adaptive_routing: { failover_across_pools: true },
    });
    const all = ['p', 'q', 'r'].map((name) => pool(name, [origin('a')], { monitor: 'm' }));
    const plan = attemptsPlan(
      decideBy(compileSnapshot(account({ pools: all, loadBalancers: [lb] })), {
        seen: { ...observations(), healthOf: (id) => (down.has(id) ? 'unhealthy' : 'healthy') },
      }),
    );
    const one = plan.next()?.pool?.id ?? '';
    const [gone, left] = ['p', 'q', 'r'].filter((id) => id !== one);
    down.add(gone ?? '');
    expect(plan.next()?.pool?.id).toBe(left);
    expect(steps(plan)).toContain(`pool ${gone} skipped`);
  });
});
