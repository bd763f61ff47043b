import { expect, test } from 'vitest';
import { loadBalancerHealth, type PoolState } from './load-balancer-health.js';

const STATES: Readonly<Record<string, PoolState>> = {
  h: { enabled: true, health: 'healthy' },
  d: { enabled: true, health: 'degraded' },
  c: { enabled: true, health: 'critical' },
  '?': { enabled: true, health: 'unknown' },
  // Without a monitor; disabled with one.
  n: { enabled: true, health: undefined },
  x: { enabled: false, health: 'unknown' },
};

/** docs/reference/load-balancing.md 2.5. */
test.each([
  ['hh', 'healthy'],
  ['hn', 'healthy'],
  ['hd', 'degraded'],
  ['hc', 'degraded'],
  ['hx', 'degraded'],
  ['nc', 'degraded'],
  ['cc', 'critical'],
  ['cx', 'critical'],
  ['h?', 'unknown'],
  ['c?', 'unknown'],
  ['nn', undefined],
  ['', undefined],
])('a load balancer over pools %s is %s', (letters, expected) => {
  const pools = [...letters].map((letter) => STATES[letter] ?? { enabled: true, health: undefined });
  expect(loadBalancerHealth(pools)).toBe(expected);
});
