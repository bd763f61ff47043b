import { describe, expect, test } from 'vitest';
import { desired, pool, STAGING, TOKYO, testState, tunnel } from './account.fixture.js';
import { MOST_DELETED } from './deleted.js';

const ROUTE = '33333333-3333-4333-8333-333333333333';

describe('what was deleted', () => {
  test('is remembered as it was, with the time, and with what went along', () => {
    const { state, time } = testState();
    state.transact('api', (draft) => {
      draft.put('tunnels', tunnel);
      draft.put('routes', { id: ROUTE, network: '10.0.0.0/8', tunnel_id: TOKYO });
    });
    const before = state.read();
    time.now = 5000;
    state.transact('api', (draft) => draft.delete('tunnels', TOKYO));

    const { deleted } = state.read();
    expect([...deleted.tunnels]).toEqual([[TOKYO, { object: before.tunnels.get(TOKYO), deleted_at: 5000 }]]);
    expect([...deleted.routes]).toEqual([[ROUTE, { object: before.routes.get(ROUTE), deleted_at: 5000 }]]);
    // Snapshots do not change.
    expect(before.deleted.tunnels.size).toBe(0);
  });

  test("is the API's to list only for the kinds that it does that for", () => {
    const { state } = testState();
    state.transact('api', (draft) => draft.put('pools', pool('a')));
    const before = state.read().deleted;
    state.transact('api', (draft) => draft.delete('pools', 'pool a'));
    expect(state.read().deleted).toBe(before);
  });

  test('is there again once its id is used again', () => {
    const { state } = testState();
    state.transact('api', (draft) => draft.put('tunnels', tunnel));
    state.transact('api', (draft) => draft.delete('tunnels', TOKYO));
    state.transact('api', (draft) => draft.put('tunnels', tunnel));
    expect(state.read().deleted.tunnels.size).toBe(0);
  });

  test('is not remembered when the transaction is refused', () => {
    const { state } = testState();
    state.transact('api', (draft) => {
      draft.put('virtual_networks', { id: STAGING, name: 'staging' });
      draft.put('tunnels', tunnel);
      draft.put('routes', { id: ROUTE, network: '10.0.0.0/8', tunnel_id: TOKYO, virtual_network_id: STAGING });
    });
    expect(() => state.transact('api', (draft) => draft.delete('virtual_networks', STAGING))).toThrow();
    expect(state.read().deleted.virtual_networks.size).toBe(0);
  });

  test('is bounded: the oldest is forgotten first', () => {
    const { state } = testState();
    const ids = Array.from({ length: MOST_DELETED + 2 }, (_, index) => `tunnel ${index}`);
    state.transact('api', (draft) => {
      for (const id of ids) draft.put('tunnels', { id, name: id });
    });
    state.transact('api', (draft) => draft.delete('tunnels', 'tunnel 1'));
    state.transact('api', (draft) => {
      for (const id of ids) draft.delete('tunnels', id);
    });
    const remembered = state.read().deleted.tunnels;
    expect(remembered.size).toBe(MOST_DELETED);
    expect(remembered.has('tunnel 1')).toBe(false);
    expect(remembered.has(`tunnel ${MOST_DELETED + 1}`)).toBe(true);
  });

  test('is forgotten by a reset, with what the reset itself removes', () => {
    const { state } = testState();
    state.applyFile(desired(state, []));
    state.transact('api', (draft) => {
      draft.put('tunnels', tunnel);
      draft.put('tunnels', { id: STAGING, name: 'osaka' });
    });
    state.transact('api', (draft) => draft.delete('tunnels', TOKYO));
    state.reset();
    expect(state.read().tunnels.size).toBe(0);
    expect(state.read().deleted.tunnels.size).toBe(0);
  });
});
