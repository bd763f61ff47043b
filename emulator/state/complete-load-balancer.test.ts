import { describe, expect, test } from 'vitest';
import { loadBalancer, pool, testState, zone } from './account.fixture.js';
import type { LoadBalancer } from './objects.js';
import type { Writable } from './state.types.js';

const given = loadBalancer('app.example.com', ['pool tokyo']);

describe('a load balancer', () => {
  test('that says nothing of it has no rules, no pools by place and no affinity', () => {
    const { id, managed_by, created_on, modified_on, ...body } = written({});
    expect(body).toEqual({
      zone_id: zone.id,
      name: 'app.example.com',
      description: '',
      enabled: true,
      proxied: false,
      ttl: 30,
      default_pools: ['pool tokyo'],
      fallback_pool: 'pool tokyo',
      steering_policy: '',
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
    });
  });

  test('has whole objects where it begins one', () => {
    expect(written({ random_steering: {}, adaptive_routing: {}, location_strategy: {} })).toMatchObject({
      random_steering: { default_weight: 1, pool_weights: {} },
      adaptive_routing: { failover_across_pools: false },
      location_strategy: { mode: 'pop', prefer_ecs: 'proximity' },
    });
  });

  test('written again as it stands does not change', () => {
    const { state } = withPool();
    const put = (object: Writable<'load_balancers'>) =>
      state.transact('api', (draft) => draft.put('load_balancers', object));
    const first = put({ ...given, session_affinity: 'cookie', rules: [{ fixed_response: {} }] });
    expect(put(first)).toBe(first);
  });
});

describe('session affinity', () => {
  test.each([
    ['cookie', 82_800],
    ['ip_cookie', 82_800],
    ['header', 1800],
  ] as const)('by %s lasts %i seconds when nothing is said', (session_affinity, ttl) => {
    const session_affinity_attributes = { headers: ['x-session'] };
    expect(written({ session_affinity, session_affinity_attributes })).toMatchObject({
      session_affinity,
      session_affinity_ttl: ttl,
      session_affinity_attributes: {
        samesite: 'Auto',
        secure: 'Auto',
        drain_duration: 0,
        zero_downtime_failover: 'none',
        headers: ['x-session'],
        require_all_headers: false,
      },
    });
  });

  test.each(['none', ''] as const)(
    '%j has no duration, and attributes only when they were sent',
    (session_affinity) => {
      const kept = written({ session_affinity, session_affinity_ttl: 3600 });
      expect(kept.session_affinity).toBe('none');
      expect(Object.keys(kept)).not.toContain('session_affinity_ttl');
      expect(Object.keys(kept)).not.toContain('session_affinity_attributes');
      const attributes = written({ session_affinity, session_affinity_attributes: { drain_duration: 60 } });
      expect(attributes.session_affinity_attributes).toMatchObject({ drain_duration: 60, samesite: 'Auto' });
    },
  );
});

describe('a rule', () => {
  test('has its defaults, and one that answers itself ends the evaluation', () => {
    expect(written({ rules: [{ fixed_response: {} }, { overrides: {} }] }).rules).toEqual([
      {
        name: '',
        condition: '',
        priority: 0,
        disabled: false,
        terminates: true,
        fixed_response: { status_code: 200, content_type: 'text/plain', message_body: '', location: '' },
      },
      { name: '', condition: '', priority: 0, disabled: false, terminates: false, overrides: {} },
    ]);
  });

  test('keeps of its overrides only what was sent', () => {
    const overrides = {
      session_affinity: '',
      session_affinity_attributes: { samesite: 'Lax' },
      steering_policy: 'random',
    } as const;
    expect(written({ rules: [{ overrides }] }).rules[0]?.overrides).toEqual({ ...overrides, session_affinity: 'none' });
  });
});

function withPool() {
  const { state } = testState();
  state.transact('api', (draft) => {
    draft.put('zones', zone);
    draft.put('pools', pool('tokyo'));
  });
  return { state };
}

function written(part: Partial<Writable<'load_balancers'>>): LoadBalancer {
  return withPool().state.transact('api', (draft) => draft.put('load_balancers', { ...given, ...part }));
}
