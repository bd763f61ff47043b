import { describe, expect, test } from 'vitest';
import { PLAIN } from './faults/hooks.js';
import type { ReachHook } from './reach/reach.js';
import { loadBalancer, pool, testState, zone } from './state/account.fixture.js';
import type { StateEvent } from './state/state.types.js';
import { account as accountOf } from './steering/account.fixture.js';
import { ViewCompiler } from './view.js';

const latency: ReachHook = (opened) => ({ ...opened });

test('ways are opened by the plain function, unless latency is simulated', () => {
  const account = accountOf({});
  const views = new ViewCompiler(latency);
  expect(views.compile(account, PLAIN).reach).toBe(PLAIN.reach);
  const settings = { ...account.settings, simulate_latency: true };
  expect(views.compile({ ...account, settings }, PLAIN).reach).not.toBe(PLAIN.reach);
});

describe('after a change', () => {
  function changed(change: Parameters<ReturnType<typeof testState>['state']['transact']>[1]) {
    const { state } = testState();
    state.transact('api', (draft) => {
      draft.put('zones', zone);
      draft.put('pools', pool('tokyo'));
      draft.put('load_balancers', loadBalancer('app.example.com', ['pool tokyo']));
    });
    const views = new ViewCompiler(latency);
    const before = views.compile(state.read(), PLAIN);
    let event: StateEvent | undefined;
    state.subscribe((each) => {
      event = each;
    });
    state.transact('api', change);
    return { before, after: views.compile(state.read(), PLAIN, event) };
  }

  test('what it is not about is what it was', () => {
    const { before, after } = changed((draft) => draft.put('pools', pool('osaka')));
    expect(after.geography).toBe(before.geography);
    expect(after.vantage).toBe(before.vantage);
    expect(after.steering.find('app.example.com')).toBe(before.steering.find('app.example.com'));
  });

  test('what depends on data centers or clients is another', () => {
    const moved = changed((draft) => draft.assign({ data_centers: ['NRT'] }));
    expect(moved.after.geography.configured.map(({ code }) => code)).toEqual(['NRT']);
    expect(moved.after.vantage).not.toBe(moved.before.vantage);
    const known = changed((draft) => draft.assign({ clients: [{ network: '192.0.2.0/24', country: 'JP' }] }));
    expect(known.after.geography).toBe(known.before.geography);
    expect(known.after.vantage).not.toBe(known.before.vantage);
  });

  test('the view before stays as it was', () => {
    const { before, after } = changed((draft) => draft.delete('load_balancers', 'lb app.example.com'));
    expect(before.steering.find('app.example.com')).toBeDefined();
    expect(after.steering.find('app.example.com')).toBeUndefined();
  });
});
