import { describe, expect, test } from 'vitest';
import { pool, TOKYO, testState, tunnel, zone } from '../state/account.fixture.js';
import type { Draft, StateEvent, Writable } from '../state/state.types.js';
import { affectedBy } from './affected.js';

function affected(change: (draft: Draft) => void) {
  const { state } = testState();
  state.transact('api', (draft) => {
    draft.put('zones', zone);
    draft.put('tunnels', tunnel);
    for (const id of ['m1', 'm2']) draft.put('monitors', { id, expected_codes: '200' });
    draft.put('monitor_groups', group('g', 'm2'));
    draft.put('pools', pool('watched', { monitor: 'm1' }));
    draft.put('pools', pool('by-group', { monitor_group: 'g' }));
    draft.put('pools', pool('plain'));
  });
  const events: StateEvent[] = [];
  state.subscribe((event) => events.push(event));
  state.transact('api', change);
  return affectedBy(
    events.flatMap(({ changes }) => changes),
    state.read(),
  );
}

function group(id: string, monitor_id: string): Writable<'monitor_groups'> {
  const member = { monitor_id, enabled: true, monitoring_only: false, must_be_healthy: true };
  return { id, description: id, members: [member] };
}

describe('a change affects the health', () => {
  test.each<[string, string[], (draft: Draft) => void]>([
    ['of a pool that is watched', ['pool watched'], (draft) => draft.put('pools', pool('watched', { monitor: 'm2' }))],
    ['of a pool that no longer is', ['pool watched'], (draft) => draft.put('pools', pool('watched'))],
    ['of a pool that is gone', ['pool watched'], (draft) => draft.delete('pools', 'pool watched')],
    ['of no pool that nothing watches', [], (draft) => draft.put('pools', pool('plain', { description: 'x' }))],
    [
      'of the pools of a monitor',
      ['pool watched'],
      (draft) => draft.put('monitors', { id: 'm1', expected_codes: '2xx' }),
    ],
    [
      'of the pools of a group, by a monitor in it',
      ['pool by-group'],
      (draft) => draft.put('monitors', { id: 'm2', expected_codes: '2xx' }),
    ],
    ['of the pools of a group', ['pool by-group'], (draft) => draft.put('monitor_groups', group('g', 'm1'))],
    ['of nothing that is about names', [], (draft) => draft.put('zones', { ...zone, name: 'example.org' })],
  ])('%s', (_what, ids, change) => {
    const { pools, way } = affected(change);
    expect([...pools]).toEqual(ids);
    expect(way).toBeUndefined();
  });
});

describe('another way may lead', () => {
  const endpoint = { ...pool('x').origins[0], enabled: true, weight: 1, port: 0, flatten_cname: true } as const;

  test('to private endpoints of the network of a route', () => {
    let network = '';
    const { way } = affected((draft) => {
      network = draft.put('routes', { network: '10.0.0.0/8', tunnel_id: TOKYO }).virtual_network_id;
    });
    expect(way?.({ ...endpoint, name: 'a', address: '10.0.0.1', virtual_network_id: network })).toBe(true);
    expect(way?.({ ...endpoint, name: 'a', address: '10.0.0.1', virtual_network_id: 'another' })).toBe(false);
    expect(way?.({ ...endpoint, name: 'a', address: '192.0.2.1' })).toBe(false);
  });

  test('to endpoints behind a tunnel that comes or goes, not one that is renamed', () => {
    const behind = { ...endpoint, name: 'a', address: `${TOKYO.toUpperCase()}.cfargotunnel.com` };
    expect(affected((draft) => draft.delete('tunnels', TOKYO)).way?.(behind)).toBe(true);
    expect(affected((draft) => draft.put('tunnels', { ...tunnel, name: 'osaka' })).way).toBeUndefined();
  });
});
