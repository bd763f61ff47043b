import { describe, expect, test } from 'vitest';
import { ACCOUNT, desired, loadBalancer, pool, STAGING, TOKYO, testState, tunnel, zone } from './account.fixture.js';
import { defaultNetworkId } from './state.js';
import type { StateEvent } from './state.types.js';

const builtIn = defaultNetworkId(ACCOUNT.id);
const filePool = (name: string, part = {}) => ({
  kind: 'pools' as const,
  id: `pool ${name}`,
  object: pool(name, part),
});
const fileNetwork = (name: string, id: string, is_default_network = false) => ({
  kind: 'virtual_networks' as const,
  id,
  object: { name, is_default_network },
});

describe('a file', () => {
  test('creates, replaces and deletes its own objects', () => {
    const { state } = testState();
    state.applyFile(desired(state, [filePool('tokyo'), filePool('osaka')]));
    expect(state.read().pools.get('pool tokyo')?.managed_by).toBe('file');
    state.applyFile(desired(state, [filePool('tokyo', { enabled: false })]));
    expect([...state.read().pools.values()].map(({ id, enabled }) => [id, enabled])).toEqual([['pool tokyo', false]]);
  });

  test('is applied in one transaction, and not at all when it is not valid', () => {
    const { state } = testState();
    const events: StateEvent[] = [];
    state.subscribe((event) => events.push(event));
    state.applyFile(desired(state, [filePool('tokyo'), filePool('osaka')]));
    expect(events.map(({ by, changes }) => [by, changes.length])).toEqual([['file', 2]]);
    const before = state.read();
    expect(() => state.applyFile(desired(state, [filePool('kyoto', { monitor: 'nobody' })]))).toThrow();
    expect(state.read()).toBe(before);
    // What was refused is not remembered: the same text is tried again.
    expect(() => state.applyFile(desired(state, [filePool('kyoto', { monitor: 'nobody' })]))).toThrow();
  });

  test('puts objects in an order in which they can refer to each other', () => {
    const { state } = testState();
    state.applyFile(
      desired(state, [
        { kind: 'load_balancers', id: 'lb', object: loadBalancer('app.example.com', ['pool tokyo']) },
        { kind: 'routes', id: 'route', object: { network: '10.0.0.0/8', tunnel_id: TOKYO } },
        filePool('tokyo'),
        { kind: 'zones', id: zone.id ?? '', object: zone },
        { kind: 'tunnels', id: TOKYO, object: tunnel },
        fileNetwork('staging', STAGING, true),
      ]),
    );
    // Without a network of its own a route is in the default one, which the same file chose.
    expect(state.read().routes.get('route')?.virtual_network_id).toBe(STAGING);
  });

  test('leaves the API its objects', () => {
    const { state } = testState();
    state.transact('api', (draft) => draft.put('pools', pool('by-api')));
    state.applyFile(desired(state, [filePool('tokyo')]));
    state.applyFile(desired(state, []));
    expect([...state.read().pools.keys()]).toEqual(['pool by-api']);
  });

  test('does not undo what the API changed, until its own text changes', () => {
    const { state } = testState();
    state.applyFile(desired(state, [filePool('tokyo'), filePool('osaka')]));
    state.transact('api', (draft) => {
      draft.put('pools', pool('tokyo', { enabled: false }));
      draft.delete('pools', 'pool osaka');
    });
    expect(state.read().pools.get('pool tokyo')?.managed_by).toBe('file');

    state.applyFile(desired(state, [filePool('tokyo'), filePool('osaka'), filePool('kyoto')]));
    expect([...state.read().pools.values()].map(({ name, enabled }) => [name, enabled])).toEqual([
      ['tokyo', false],
      ['kyoto', true],
    ]);

    state.applyFile(
      desired(state, [filePool('tokyo', { description: 'new text' }), filePool('osaka', { description: 'x' })]),
    );
    expect([...state.read().pools.values()].map(({ name, enabled }) => [name, enabled])).toEqual([
      ['tokyo', true],
      ['osaka', true],
    ]);
  });

  test('brings back with an object what stands inside its text', () => {
    const { state } = testState();
    const file = (name: string) =>
      desired(state, [
        { kind: 'tunnels', id: TOKYO, object: { name }, at: ['tunnels', 0] },
        {
          kind: 'routes',
          id: 'route',
          object: { network: '10.0.0.0/8', tunnel_id: TOKYO },
          at: ['tunnels', 0, 'routes', 0],
        },
      ]);
    state.applyFile(file('tokyo'));
    state.transact('api', (draft) => draft.delete('tunnels', TOKYO));
    expect(state.read().routes.size).toBe(0);
    state.applyFile(file('edo'));
    expect([...state.read().routes.keys()]).toEqual(['route']);
  });

  test('does not count the order of keys as a change', () => {
    const { state } = testState();
    state.applyFile(desired(state, [filePool('tokyo', { latitude: 1, longitude: 2 })]));
    state.transact('api', (draft) => draft.put('pools', pool('tokyo', { enabled: false })));
    state.applyFile(desired(state, [filePool('tokyo', { longitude: 2, latitude: 1 })]));
    expect(state.read().pools.get('pool tokyo')?.enabled).toBe(false);
  });

  test('keeps the random token and secrets that the file does not give', () => {
    const { state } = testState();
    state.applyFile(desired(state, [{ kind: 'tunnels', id: TOKYO, object: { name: 'tokyo' } }]));
    const secret = state.read().tunnels.get(TOKYO)?.tunnel_secret;
    state.applyFile(
      desired(state, [{ kind: 'tunnels', id: TOKYO, object: { name: 'edo' } }], {
        account: { id: ACCOUNT.id, name: 'renamed' },
      }),
    );
    expect(state.read().tunnels.get(TOKYO)).toMatchObject({ name: 'edo', tunnel_secret: secret });
    expect(state.read().account).toEqual({ ...ACCOUNT, name: 'renamed' });
  });

  test('changes settings only when it says something else than before', () => {
    const { state } = testState();
    const file = desired(state, []);
    state.applyFile(file);
    state.transact('api', (draft) => draft.assign({ data_centers: ['NRT'] }));
    state.applyFile(file);
    expect(state.read().data_centers).toEqual(['NRT']);
    state.applyFile({ ...file, data_centers: ['LHR'] });
    expect(state.read().data_centers).toEqual(['LHR']);
  });
});

describe('the default virtual network of a file', () => {
  test('falls back to the one called default when the file drops its choice', () => {
    const { state } = testState();
    const defaults = () =>
      [...state.read().virtual_networks.values()].filter((n) => n.is_default_network).map((n) => n.name);
    state.applyFile(desired(state, [fileNetwork('staging', STAGING, true)]));
    expect(defaults()).toEqual(['staging']);
    state.applyFile(desired(state, [fileNetwork('staging', STAGING, false)]));
    expect(defaults()).toEqual(['default']);
    state.applyFile(desired(state, []));
    expect([...state.read().virtual_networks.keys()]).toEqual([builtIn]);
  });

  test('may be the one called default under an id of its own', () => {
    const { state } = testState();
    state.applyFile(desired(state, [fileNetwork('default', STAGING)]));
    expect(
      [...state.read().virtual_networks.values()].map(({ id, is_default_network }) => [id, is_default_network]),
    ).toEqual([[STAGING, true]]);
  });
});

describe('reset', () => {
  test('returns the objects of the file to the file and removes those of the API', () => {
    const { state } = testState();
    const ingress = {
      kind: 'configurations' as const,
      id: TOKYO,
      object: { id: TOKYO, config: { ingress: [{ service: 'http_status:404' }] } },
    };
    const file = desired(state, [filePool('tokyo'), { kind: 'tunnels', id: TOKYO, object: tunnel }, ingress]);
    state.applyFile(file);
    const before = state.read();
    state.transact('api', (draft) => {
      draft.put('pools', pool('tokyo', { enabled: false }));
      draft.put('pools', pool('by-api'));
      draft.put('virtual_networks', { id: STAGING, name: 'staging', is_default_network: true });
      draft.assign({ data_centers: ['LHR'] });
    });
    const events: StateEvent[] = [];
    state.subscribe((event) => events.push(event));
    state.reset();
    expect(events).toHaveLength(1);
    const after = state.read();
    expect([...after.pools.keys()]).toEqual(['pool tokyo']);
    expect(after.pools.get('pool tokyo')?.enabled).toBe(true);
    expect(
      [...after.virtual_networks.values()].map(({ name, is_default_network }) => [name, is_default_network]),
    ).toEqual([['default', true]]);
    expect(after.data_centers).toEqual(before.data_centers);
    // An unchanged configuration is not a new version, which every connector would get.
    expect(after.configurations.get(TOKYO)?.version).toBe(1);
    state.reset();
    expect(events).toHaveLength(1);
  });

  test('gives back its place to what was deleted, and tells of nothing that only moved', () => {
    const { state } = testState();
    state.applyFile(desired(state, ['first', 'second', 'third'].map(filePool)));
    state.transact('api', (draft) => {
      draft.delete('pools', 'pool first');
      draft.put('pools', pool('by-api'));
    });
    const told: string[] = [];
    state.subscribe(({ changes }) => told.push(...changes.map(({ id, action }) => `${id} ${action}`)));
    const second = state.read().pools.get('pool second');
    state.reset();
    expect([...state.read().pools.keys()]).toEqual(['pool first', 'pool second', 'pool third']);
    expect(state.read().pools.get('pool second')).toBe(second);
    expect(told).toEqual(['pool by-api deleted', 'pool first created']);
  });

  test('removes everything of the API when there is no file', () => {
    const { state } = testState();
    state.transact('api', (draft) => draft.put('pools', pool('by-api')));
    state.reset();
    expect(state.read().pools.size).toBe(0);
  });
});
