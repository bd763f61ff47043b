import { describe, expect, test } from 'vitest';
import type { LoadBalancer, Rule, RuleOverrides } from '../state/objects.js';
import { observations, origin, pool } from './account.fixture.js';
import { answer, attemptsPlan, decideWith, first, names, sharesOf, snapshotOf, steps } from './decision.fixture.js';

const pools = ['own', 'blog', 'shop', 'spare', 'last'].map((name) => pool(name, [origin('a')], { monitor: 'm' }));
const rule = (name: string, part: Partial<Rule>): Rule => ({
  name,
  condition: '',
  priority: 0,
  disabled: false,
  terminates: false,
  ...part,
});
const overriding = (name: string, overrides: RuleOverrides, part: Partial<Rule> = {}): Rule =>
  rule(name, { overrides, ...part });
const withRules = (...rules: Rule[]): Partial<LoadBalancer> => ({
  default_pools: ['own'],
  fallback_pool: 'last',
  rules,
});
const BLOG = 'http.request.uri.path contains "/blog"';

// docs/reference/load-balancing.md 8.1.
describe('rules', () => {
  test('8.1, example: a path that contains /blog goes to the blog pool', () => {
    const loadBalancer = withRules(overriding('blog', { pools: ['blog'] }, { condition: BLOG }));
    expect(first(decideWith(pools, { loadBalancer, facts: { path: '/en/blog/1' } }))).toBe('blog/a');
    expect(first(decideWith(pools, { loadBalancer, facts: { path: '/shop' } }))).toBe('own/a');
  });

  test('come by priority, then in the order of the list; later ones overwrite what earlier ones set', () => {
    const rules = [
      overriding('third', { default_pools: ['shop'] }, { priority: 7 }),
      overriding('first', { default_pools: ['blog'], fallback_pool: 'spare' }, { priority: 1 }),
      overriding('second', { default_pools: ['own'] }, { priority: 1 }),
    ];
    const plan = decideWith(pools, { loadBalancer: withRules(...rules), seen: observations('shop/a') });
    expect(steps(plan).slice(1, 4)).toEqual(['rule first matched', 'rule second matched', 'rule third matched']);
    // The other key of the first stays.
    expect(first(plan)).toBe('spare/a (Fallback)');
  });

  test('that are disabled or whose condition is false do nothing, not even terminate', () => {
    const rules = [
      overriding('disabled', { pools: ['shop'] }, { disabled: true, terminates: true }),
      overriding('false', { pools: ['shop'] }, { condition: BLOG, terminates: true }),
      overriding('last', { pools: ['blog'] }),
    ];
    const plan = decideWith(pools, { loadBalancer: withRules(...rules) });
    expect(plan.reasons.filter(({ step }) => step === 'rule').map(({ detail }) => detail)).toEqual([
      'disabled',
      `its condition is false: ${BLOG}`,
      'it is for every request; it overrides pools',
    ]);
    expect(steps(plan)).toContain('rule false skipped');
    expect(first(plan)).toBe('blog/a');
  });

  test('stop after one that terminates, once its condition is true', () => {
    const rules = [
      overriding('stop', { pools: ['blog'] }, { terminates: true }),
      overriding('never', { pools: ['shop'] }),
    ];
    const plan = decideWith(pools, { loadBalancer: withRules(...rules) });
    expect(steps(plan)).not.toContain('rule never matched');
    expect(first(plan)).toBe('blog/a');
  });

  test('may answer themselves, which ends everything', () => {
    const fixed_response = { status_code: 404, content_type: 'text/plain', message_body: 'gone', location: '' };
    const rules = [rule('gone', { condition: BLOG, fixed_response }), overriding('rest', { pools: ['shop'] })];
    const plan = decideWith(pools, { loadBalancer: withRules(...rules), facts: { path: '/blog' } });
    expect(plan).toMatchObject({ kind: 'fixed_response', response: fixed_response, zoneId: 'example.com' });
    expect(steps(plan).slice(1)).toEqual(['rule gone answered']);
    expect(first(decideWith(pools, { loadBalancer: withRules(...rules) }))).toBe('shop/a');
  });

  test('see data center, client and request', () => {
    const condition =
      'cf.load_balancer.region == "NEAS" and ip.src in {203.0.113.0/24} and http.request.method == "POST"';
    const loadBalancer = withRules(overriding('all', { pools: ['shop'] }, { condition }));
    const facts = { clientIp: '203.0.113.9', method: 'POST' };
    expect(first(decideWith(pools, { loadBalancer, facts }))).toBe('shop/a');
    expect(first(decideWith(pools, { loadBalancer, facts: { ...facts, region: 'WEU' } }))).toBe('own/a');
  });
});

describe('an override of', () => {
  const decide = (overrides: RuleOverrides, part: Partial<LoadBalancer> = {}, ...unhealthy: string[]) =>
    decideWith(pools, {
      loadBalancer: { ...withRules(overriding('r', overrides)), ...part },
      seen: observations(...unhealthy),
    });

  test('default_pools', () => expect(first(decide({ default_pools: ['shop'] }))).toBe('shop/a'));

  test('fallback_pool', () => {
    expect(first(decide({ fallback_pool: 'spare' }, {}, 'own/a'))).toBe('spare/a (Fallback)');
  });

  test.each([
    ['pop_pools', 'NRT'],
    ['country_pools', 'JP'],
    ['region_pools', 'NEAS'],
  ])('%s, with the policy geo', (key, code) => {
    expect(first(decide({ [key]: { [code]: ['shop'] }, steering_policy: 'geo' }))).toBe('shop/a');
    // The policy of the load balancer is empty: a map makes it geo.
    expect(first(decide({ [key]: { [code]: ['shop'] } }, { steering_policy: '' }))).toBe('shop/a');
  });

  // 14.34.
  test('default_pools is seen with geo only where no list has the request', () => {
    const geo = { steering_policy: 'geo', region_pools: { NEAS: ['blog'] } } as const;
    expect(first(decide({ default_pools: ['shop'] }, geo))).toBe('blog/a');
    expect(first(decide({ default_pools: ['shop'] }, { ...geo, region_pools: { WEU: ['blog'] } }))).toBe('shop/a');
  });

  test('pools replaces every list and map', () => {
    const geo = { steering_policy: 'geo', pop_pools: { NRT: ['blog'] } } as const;
    expect(first(decide({ pools: ['shop', 'own'] }, geo))).toBe('shop/a');
    expect(first(decide({ pools: ['shop', 'own'] }, { ...geo, steering_policy: '' }, 'shop/a'))).toBe('own/a');
  });

  const share = (overrides: RuleOverrides, part: Partial<LoadBalancer> = {}) =>
    sharesOf({
      snapshot: snapshotOf(pools, { ...withRules(overriding('r', overrides)), ...part }),
      draws: 200,
    });
  const own = { default_weight: 0, pool_weights: { own: 1 } };

  test('pool_weights and pool_default_weight, beside pools and without', () => {
    const weights = { steering_policy: 'random', pool_weights: { shop: 1 }, pool_default_weight: 0 } as const;
    expect(share({ ...weights, pools: ['own', 'shop'] })).toEqual({ shop: expect.closeTo(1) });
    const two = { default_pools: ['own', 'shop'], random_steering: own };
    expect(share(weights, two)).toEqual({ shop: expect.closeTo(1) });
  });

  test('random_steering, beside pools and without', () => {
    const random = {
      steering_policy: 'random',
      random_steering: { default_weight: 0, pool_weights: { shop: 1 } },
    } as const;
    expect(share({ ...random, pools: ['own', 'shop'] })).toEqual({ shop: expect.closeTo(1) });
    expect(share(random, { default_pools: ['own', 'shop'], random_steering: own })).toEqual({
      shop: expect.closeTo(1),
    });
  });

  test('pools alone keeps the weights of the load balancer', () => {
    expect(share({ pools: ['shop', 'own'] }, { steering_policy: 'random', random_steering: own })).toEqual({
      own: expect.closeTo(1),
    });
  });

  test('steering_policy', () => {
    const weights = { default_weight: 0, pool_weights: { shop: 1 } };
    const part = { default_pools: ['own', 'shop'], random_steering: weights };
    expect(first(decide({}, part))).toBe('own/a');
    expect(first(decide({ steering_policy: 'random' }, part))).toBe('shop/a');
  });

  test('adaptive_routing', () => {
    const across = { adaptive_routing: { failover_across_pools: true } };
    expect(names(decide(across, { default_pools: ['own', 'shop'] }))).toEqual(['own/a', 'shop/a', 'last/a (Fallback)']);
    expect(names(decide({}, { default_pools: ['own', 'shop'] }))).toEqual(['own/a']);
  });

  test('session_affinity, its lifetime and its attributes', () => {
    const cookie = answer(
      decide({
        session_affinity: 'cookie',
        session_affinity_ttl: 1800,
        session_affinity_attributes: { samesite: 'Strict', secure: 'Always' },
      }),
    ).session;
    expect(cookie).toMatchObject({ kind: 'cookie' });
    expect(JSON.stringify(cookie)).toContain(
      'expires=Thu, 01 Jan 1970 00:30:00 GMT; HttpOnly; SameSite=Strict; Secure',
    );
    expect(answer(decide({ session_affinity: 'none' }, { session_affinity: 'cookie' })).session).toBeUndefined();
  });

  test('session_affinity with the other cookie type keeps lifetime and attributes; with headers it does not', () => {
    const base = { session_affinity: 'cookie', session_affinity_ttl: 7200 } as const;
    expect(JSON.stringify(answer(decide({ session_affinity: 'ip_cookie' }, base)).session)).toContain('02:00:00');
    const headers = { session_affinity: 'header', session_affinity_attributes: { headers: ['x-user'] } } as const;
    const plan = decideWith(pools, {
      loadBalancer: { ...withRules(overriding('r', headers)), ...base },
      facts: { headers: ['x-user', 'ann'] },
    });
    expect(answer(plan).session).toMatchObject({ kind: 'header', ttl: 1800 });
  });

  test('session_affinity_attributes replaces those that it has', () => {
    const attributes = { samesite: 'Strict', secure: 'Never', zero_downtime_failover: 'sticky' } as const;
    const defaults = { drain_duration: 0, headers: [], require_all_headers: false };
    const base = {
      session_affinity: 'cookie',
      session_affinity_attributes: { ...defaults, ...attributes },
    } as const;
    const cookie = answer(decide({ session_affinity_attributes: { secure: 'Always' } }, base)).session;
    expect(JSON.stringify(cookie)).toContain('; SameSite=Strict; Secure');
  });

  test('ttl and location_strategy, which only DNS answers know, changes nothing here', () => {
    expect(first(decide({ ttl: 60, location_strategy: { mode: 'pop', prefer_ecs: 'never' } }))).toBe('own/a');
  });
});

// 14.16.
describe('a rule over a pool set', () => {
  const sets = (overrides: NonNullable<LoadBalancer['pool_sets'][number]['overrides']>) => ({
    pool_sets: [{ name: 's', disabled: false, overrides }],
  });
  const random = {
    pools: ['own', 'blog'],
    steering_policy: 'random',
    pool_weights: { blog: 1 },
    pool_default_weight: 0,
  } as const;

  test('replaces its list; policy, weights and fallback pool of the set stay', () => {
    const loadBalancer = {
      ...withRules(overriding('r', { pools: ['shop', 'blog'] })),
      ...sets({ ...random, fallback_pool: 'spare' }),
    };
    const snapshot = snapshotOf(pools, loadBalancer);
    expect(sharesOf({ snapshot, draws: 200 })).toEqual({ blog: expect.closeTo(1) });
    const seen = observations('shop/a', 'blog/a');
    expect(first(decideWith(pools, { loadBalancer, seen }))).toBe('spare/a (Fallback)');
  });

  test('cannot reach behind it with default_pools', () => {
    const loadBalancer = { ...withRules(overriding('r', { default_pools: ['shop'] })), ...sets({ pools: ['blog'] }) };
    expect(first(decideWith(pools, { loadBalancer }))).toBe('blog/a');
  });

  test('puts random_steering in the place of its weights', () => {
    const weights = { random_steering: { default_weight: 0, pool_weights: { own: 1 } } };
    const snapshot = snapshotOf(pools, { ...withRules(overriding('r', weights)), ...sets(random) });
    expect(sharesOf({ snapshot, draws: 200 })).toEqual({ own: expect.closeTo(1) });
  });
});

test('combinations of rules do not leak into each other', () => {
  const rules = ['blog', 'shop'].map((name) =>
    overriding(name, { default_pools: [name] }, { condition: `http.request.uri.path contains "${name}"` }),
  );
  const loadBalancer = withRules(...rules);
  for (const [path, expected] of [
    ['/blog', 'blog/a'],
    ['/shop', 'shop/a'],
    ['/', 'own/a'],
    ['/blog/shop', 'shop/a'],
    ['/blog', 'blog/a'],
  ] as const) {
    const plan = decideWith(pools, { loadBalancer, facts: { path } });
    expect(attemptsPlan(plan).mayFailOver).toBe(true);
    expect(first(plan)).toBe(expected);
  }
});
