import { expect, test } from 'vitest';
import { PLAIN } from './faults/hooks.js';
import type { ReachHook } from './reach/reach.js';
import { account as accountOf } from './steering/account.fixture.js';
import { compileView } from './view.js';

const latency: ReachHook = (opened) => ({ ...opened });

test('ways are opened by the plain function, unless latency is simulated', () => {
  const account = accountOf({});
  expect(compileView(account, PLAIN, latency).reach).toBe(PLAIN.reach);
  const settings = { ...account.settings, simulate_latency: true };
  expect(compileView({ ...account, settings }, PLAIN, latency).reach).not.toBe(PLAIN.reach);
});
