import { expect, test } from 'vitest';
import { observations, origin, pool } from '../account.fixture.js';
import { decideBy, decideWith, first, names, snapshotOf } from '../decision.fixture.js';

const at = (name: string, latitude?: number, longitude?: number) =>
  pool(name, [origin('a')], {
    monitor: 'm',
    ...(latitude === undefined || longitude === undefined ? {} : { latitude, longitude }),
  });
const FRANKFURT = { dataCenter: 'FRA', region: 'WEU', latitude: 50.03, longitude: 8.57 };
const loadBalancer = { steering_policy: 'proximity', adaptive_routing: { failover_across_pools: true } } as const;
const pools = [
  at('nowhere'),
  at('london', 51.5, -0.1),
  at('osaka', 34.7, 135.5),
  at('unknown'),
  at('paris', 48.9, 2.4),
];

// docs/reference/load-balancing.md 3.4, 3.5, 14.6.
test('the pool nearest to the data center comes first; those without coordinates last, in the order of the list', () => {
  expect(names(decideWith(pools, { loadBalancer }))).toEqual([
    'osaka/a',
    'london/a',
    'paris/a',
    'nowhere/a',
    'unknown/a',
  ]);
  expect(names(decideWith(pools, { loadBalancer, facts: FRANKFURT }))).toEqual([
    'paris/a',
    'london/a',
    'osaka/a',
    'nowhere/a',
    'unknown/a',
  ]);
});

test('one data center does not disturb the order of another in the same snapshot', () => {
  const snapshot = snapshotOf(pools, loadBalancer);
  const run = () => [first(decideBy(snapshot)), first(decideBy(snapshot, { facts: FRANKFURT }))];
  expect([...run(), ...run()]).toEqual(['osaka/a', 'paris/a', 'osaka/a', 'paris/a']);
});

test('the distance goes around the globe, also across the date line', () => {
  const pacific = [at('hawaii', 21.3, -157.8), at('perth', -31.9, 115.9)];
  const auckland = { dataCenter: 'AKL', region: 'OC', latitude: -37, longitude: 174.8 };
  // Auckland to Perth is 5,300 km, to Honolulu 7,100 km.
  expect(first(decideWith(pacific, { loadBalancer, facts: auckland }))).toBe('perth/a');
  const fiji = { dataCenter: 'SUV', region: 'OC', latitude: -18, longitude: 178 };
  expect(first(decideWith(pacific, { loadBalancer, facts: fiji }))).toBe('hawaii/a');
});

test('equal distances: the order of the list', () => {
  const twins = [at('second', 10, 20), at('first', 10, 20)];
  expect(names(decideWith(twins, { loadBalancer }))).toEqual(['second/a', 'first/a']);
});

test('when the nearest turns critical, the next nearest takes over', () => {
  expect(first(decideWith(pools, { loadBalancer, seen: observations('osaka/a') }))).toBe('london/a');
});

test('0 is a coordinate like any other', () => {
  const loadBalancerAt = [at('nowhere'), at('null-island', 0, 0)];
  expect(first(decideWith(loadBalancerAt, { loadBalancer }))).toBe('null-island/a');
});

test('says how far it is', () => {
  expect(decideWith(pools, { loadBalancer }).reasons[1]?.detail).toMatch(
    /nearest of the available pools: \d+ km from NRT/,
  );
});

test('the second pool is the nearest of those that remain', () => {
  const plan = decideWith(pools, { loadBalancer });
  names(plan);
  const said = plan.reasons.map(({ detail }) => /nearest of the (\w+) pools/.exec(detail)?.[1]).filter(Boolean);
  expect(said.slice(0, 2)).toEqual(['available', 'remaining']);
});
