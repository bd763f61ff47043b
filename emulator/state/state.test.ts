import { describe, expect, test } from 'vitest';
import { loadBalancer, pool, STAGING, TOKYO, testState, tunnel, ZONE, zone } from './account.fixture.js';
import { defaultNetworkId } from './state.js';
import type { StateEvent } from './state.types.js';
import { ValidationError } from './validation-error.js';

const PART = { enabled: true, monitoring_only: false, must_be_healthy: false };

describe('a new account', () => {
  test('has one virtual network, called default, and 39 data centers', () => {
    const { state } = testState();
    const account = state.read();
    expect(
      [...account.virtual_networks.values()].map(({ name, is_default_network }) => [name, is_default_network]),
    ).toEqual([['default', true]]);
    expect(account.data_centers).toHaveLength(39);
    expect(account.revision).toBe(0);
  });

  test('is refused when the account itself is not valid', () => {
    expect(() => testState({ account: { id: 'short', name: 'x', api_token: 'x' } })).toThrow(ValidationError);
  });
});

describe('a transaction', () => {
  test('fills in defaults, timestamps and who manages the object', () => {
    const { state, time } = testState();
    const created = state.transact('api', (draft) => draft.put('pools', pool('tokyo')));
    expect(created).toEqual({
      id: 'pool tokyo',
      name: 'tokyo',
      description: '',
      enabled: true,
      minimum_origins: 1,
      origins: [{ name: 'a', address: '192.0.2.1', enabled: true, weight: 1, port: 0, flatten_cname: true }],
      check_regions: null,
      health_sources: null,
      origin_steering: null,
      load_shedding: null,
      notification_email: '',
      notification_filter: null,
      networks: [],
      managed_by: 'api',
      created_on: 1000,
      modified_on: 1000,
    });
    time.now = 2000;
    const replaced = state.transact('api', (draft) => draft.put('pools', pool('tokyo', { enabled: false })));
    expect(replaced).toMatchObject({ enabled: false, created_on: 1000, modified_on: 2000 });
  });

  test('makes ids of the right form where none is given', () => {
    const { state } = testState();
    state.transact('api', (draft) => {
      expect(draft.put('monitors', { type: 'tcp', port: 80 }).id).toMatch(/^[0-9a-f]{32}$/);
      expect(draft.put('tunnels', { name: 'tokyo' }).id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/);
    });
  });

  test('changes nothing when its result is not valid', () => {
    const { state } = testState();
    const before = state.read();
    const write = () =>
      state.transact('api', (draft) => {
        draft.put('pools', pool('tokyo'));
        draft.put('pools', pool('osaka', { monitor: 'nobody' }));
      });
    expect(write).toThrow(ValidationError);
    expect(state.read()).toBe(before);
  });

  test('changes nothing when the change throws', () => {
    const { state } = testState();
    const before = state.read();
    const write = () =>
      state.transact('api', (draft) => {
        draft.put('pools', pool('tokyo'));
        throw new Error('thought better of it');
      });
    expect(write).toThrow('thought better of it');
    expect(state.read()).toBe(before);
    state.transact('api', (draft) => draft.put('pools', pool('osaka')));
    expect([...state.read().pools.keys()]).toEqual(['pool osaka']);
  });

  test('sees its own changes, and earlier snapshots never see them', () => {
    const { state } = testState();
    const before = state.read();
    state.transact('api', (draft) => {
      draft.put('pools', pool('tokyo'));
      const half = draft.read();
      draft.put('pools', pool('osaka'));
      expect([...half.pools.keys()]).toEqual(['pool tokyo']);
      expect([...draft.read().pools.keys()]).toEqual(['pool tokyo', 'pool osaka']);
    });
    expect(before.pools.size).toBe(0);
    expect(state.read().revision).toBe(1);
  });

  test('leaves objects that nobody can write to', () => {
    const { state } = testState();
    const created = state.transact('api', (draft) => draft.put('pools', pool('tokyo')));
    expect(Object.isFrozen(created)).toBe(true);
    expect(Object.isFrozen(created.origins[0])).toBe(true);
  });

  test('cannot be used after its end, nor inside another one', () => {
    const { state } = testState();
    const leaked = state.transact('api', (draft) => draft);
    expect(() => leaked.put('pools', pool('tokyo'))).toThrow('has ended');
    expect(() => state.transact('api', () => state.transact('api', () => undefined))).toThrow('inside another');
  });

  test('names every problem with its path', () => {
    const { state } = testState();
    const write = () =>
      state.transact('api', (draft) =>
        draft.put('pools', { name: 'a b', origins: [{ name: 'a', address: 'x', weight: 2 }] }),
      );
    const error = caught(write);
    expect(error.problems.map(({ path, code }) => [path.slice(2), code])).toEqual([
      [['name'], 'invalid_format'],
      [['origins', 0, 'weight'], 'out_of_range'],
    ]);
    expect(error).toMatchObject({ code: 'VALIDATION_FAILED', status: 400 });
  });

  test('never repeats a secret in its problems', () => {
    const { state } = testState();
    const error = caught(() =>
      state.transact('api', (draft) =>
        draft.put('tunnels', { name: 'x', tunnel_secret: 'hunter2hunter2hunter2hunter2hunter2!' }),
      ),
    );
    expect(error.problems.map((problem) => problem.message)).toEqual(['must be base64']);
  });
});

describe('change events', () => {
  test('tell what was created, replaced and deleted', () => {
    const { state } = testState();
    const events: StateEvent[] = [];
    const stop = state.subscribe((event) => events.push(event));
    state.transact('api', (draft) => draft.put('pools', pool('tokyo')));
    state.transact('api', (draft) => draft.put('pools', pool('tokyo', { enabled: false })));
    state.transact('api', (draft) => draft.delete('pools', 'pool tokyo'));
    stop();
    state.transact('api', (draft) => draft.put('pools', pool('osaka')));
    expect(events.map(({ by, changes }) => [by, ...changes.map(({ action, id }) => `${action} ${id}`)])).toEqual([
      ['api', 'created pool tokyo'],
      ['api', 'replaced pool tokyo'],
      ['api', 'deleted pool tokyo'],
    ]);
    expect(events[1]?.before).toBe(events[0]?.after);
  });

  test('do not come when nothing changed', () => {
    const { state, time } = testState();
    state.transact('api', (draft) => draft.put('pools', pool('tokyo')));
    const before = state.read();
    const events: StateEvent[] = [];
    state.subscribe((event) => events.push(event));
    time.now = 5000;
    state.transact('api', (draft) => {
      draft.put('pools', pool('tokyo'));
      draft.assign({ settings: structuredClone(before.settings) });
      draft.delete('pools', 'never there');
    });
    expect(events).toEqual([]);
    expect(state.read()).toBe(before);
  });

  test('come in order to everyone, also when a listener makes a transaction', () => {
    const { state } = testState();
    const seen: number[] = [];
    state.subscribe((event) => {
      if (event.after.revision === 1) state.transact('api', (draft) => draft.put('pools', pool('osaka')));
    });
    state.subscribe((event) => seen.push(event.after.revision));
    state.transact('api', (draft) => draft.put('pools', pool('tokyo')));
    expect(seen).toEqual([1, 2]);
  });
});

describe('what goes with an object', () => {
  test('a tunnel takes its routes and configuration with it', () => {
    const { state } = testState();
    state.transact('api', (draft) => {
      draft.put('tunnels', tunnel);
      draft.put('configurations', { id: TOKYO, config: { ingress: [{ service: 'http_status:404' }] } });
      draft.put('routes', { network: '10.0.0.0/8', tunnel_id: TOKYO });
    });
    expect([...state.read().routes.values()][0]?.virtual_network_id).toBe(defaultNetworkId('0'.repeat(32)));
    state.transact('api', (draft) => draft.delete('tunnels', TOKYO));
    expect([state.read().routes.size, state.read().configurations.size]).toEqual([0, 0]);
  });

  test('a zone takes its load balancers and records with it', () => {
    const { state } = testState();
    state.transact('api', (draft) => {
      draft.put('zones', zone);
      draft.put('pools', pool('tokyo'));
      draft.put('load_balancers', loadBalancer('App.example.com', ['pool tokyo']));
      draft.put('dns_records', { zone_id: ZONE, name: 'www', type: 'A', content: '192.0.2.1' });
      draft.put('dns_records', {
        zone_id: ZONE,
        name: '@',
        type: 'AAAA',
        content: '2001:DB8:0::1',
        proxied: true,
        ttl: 300,
      });
    });
    expect([...state.read().load_balancers.values()][0]?.name).toBe('app.example.com');
    expect([...state.read().dns_records.values()].map(({ name, content, ttl }) => [name, content, ttl])).toEqual([
      ['www.example.com', '192.0.2.1', 1],
      ['example.com', '2001:db8::1', 1],
    ]);
    state.transact('api', (draft) => draft.delete('zones', ZONE));
    expect([state.read().load_balancers.size, state.read().dns_records.size]).toEqual([0, 0]);
  });

  test('what is in use cannot be deleted', () => {
    const { state } = testState();
    state.transact('api', (draft) => {
      draft.put('zones', zone);
      draft.put('pools', pool('tokyo'));
      draft.put('load_balancers', loadBalancer('app.example.com', ['pool tokyo']));
    });
    const { problems } = caught(() => state.transact('api', (draft) => draft.delete('pools', 'pool tokyo')));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ path: ['pools', 'pool tokyo'], code: 'referenced' });
    expect(problems[0]?.message).toContain('the load balancer "app.example.com"');
  });

  test('nor can a monitor that a group has, or a group that a pool has', () => {
    const { state } = testState();
    const group = { id: 'group', description: 'all', members: [{ monitor_id: 'web', ...PART }] };
    state.transact('api', (draft) => {
      draft.put('monitors', { id: 'web', description: 'web', expected_codes: '2xx' });
      draft.put('monitor_groups', group);
      draft.put('pools', { ...pool('tokyo'), monitor_group: 'group' });
    });
    const refused = (kind: 'monitors' | 'monitor_groups', id: string) =>
      caught(() => state.transact('api', (draft) => draft.delete(kind, id))).problems;
    expect(refused('monitors', 'web')).toMatchObject([
      {
        path: ['monitors', 'web'],
        message: expect.stringContaining('the monitor "web" is used by the monitor group "all"'),
      },
    ]);
    expect(refused('monitor_groups', 'group')).toMatchObject([
      { code: 'referenced', message: expect.stringContaining('the monitor group "all" is used by the pool "tokyo"') },
    ]);
    const { problems } = caught(() =>
      state.transact('api', (draft) =>
        draft.put('monitor_groups', { ...group, members: [{ monitor_id: 'nobody', ...PART }] }),
      ),
    );
    expect(problems).toMatchObject([
      { path: ['monitor_groups', 'group', 'members', 0, 'monitor_id'], code: 'unknown_reference' },
    ]);
  });

  test('each new configuration of a tunnel has the next version, and keeps keys that we do not know', () => {
    const { state } = testState();
    state.transact('api', (draft) => draft.put('tunnels', tunnel));
    const config = { ingress: [{ service: 'http_status:404', originRequest: { fancyNewOption: true } }] };
    const put = () => state.transact('api', (draft) => draft.put('configurations', { id: TOKYO, config }));
    expect(put()).toMatchObject({ version: 1, config });
    expect(put()).toMatchObject({ version: 2, config });
  });

  test('a tunnel keeps the secret that was made for it', () => {
    const { state } = testState();
    const { tunnel_secret } = state.transact('api', (draft) => draft.put('tunnels', tunnel));
    expect(Buffer.from(tunnel_secret, 'base64')).toHaveLength(32);
    const renamed = state.transact('api', (draft) => draft.put('tunnels', { ...tunnel, name: 'osaka' }));
    expect(renamed).toMatchObject({ name: 'osaka', tunnel_secret });
  });
});

describe('the default virtual network', () => {
  test('is the one promoted last; the other is demoted', () => {
    const { state } = testState();
    state.transact('api', (draft) =>
      draft.put('virtual_networks', { id: STAGING, name: 'staging', is_default_network: true }),
    );
    expect(
      [...state.read().virtual_networks.values()].map(({ name, is_default_network }) => [name, is_default_network]),
    ).toEqual([
      ['default', false],
      ['staging', true],
    ]);
  });

  test('cannot be deleted or demoted', () => {
    const { state } = testState();
    const id = defaultNetworkId('0'.repeat(32));
    for (const write of [
      () => state.transact('api', (draft) => draft.delete('virtual_networks', id)),
      () => state.transact('api', (draft) => draft.put('virtual_networks', { id, name: 'default' })),
    ]) {
      expect(caught(write).problems).toMatchObject([
        { code: 'no_default_network', message: expect.stringContaining('it is the default virtual network') },
      ]);
    }
  });
});

describe('duplicate addresses', () => {
  const twice = pool('tokyo', {
    origins: [
      { name: 'a', address: '2001:db8::1', port: 80 },
      { name: 'b', address: '2001:DB8:0:0::1', port: 81 },
    ],
  });

  test('are refused in one pool, however they are written', () => {
    const { state } = testState();
    expect(caught(() => state.transact('api', (draft) => draft.put('pools', twice))).problems).toMatchObject([
      { path: ['pools', 'pool tokyo', 'origins', 1, 'address'], code: 'duplicate_address' },
    ]);
  });

  test('are fine in two pools', () => {
    const { state } = testState();
    state.transact('api', (draft) => {
      draft.put('pools', pool('tokyo'));
      draft.put('pools', pool('osaka'));
    });
    expect(state.read().pools.size).toBe(2);
  });

  test('are accepted with the setting, and the setting cannot be taken back then', () => {
    const { state } = testState();
    const allow = (duplicate_addresses: 'allow' | 'refuse') =>
      state.transact('api', (draft) => draft.assign({ settings: { ...draft.read().settings, duplicate_addresses } }));
    allow('allow');
    state.transact('api', (draft) => draft.put('pools', twice));
    expect(() => allow('refuse')).toThrow(ValidationError);
  });
});

function caught(write: () => unknown): ValidationError {
  try {
    write();
  } catch (error) {
    if (error instanceof ValidationError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}
