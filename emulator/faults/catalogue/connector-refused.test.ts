import { expect, test } from 'vitest';
import { struckRequest } from '../faults.fixture.js';

const link = { tunnelId: 'app-id', connectorId: 'c1', index: 0, dataCenter: 'KIX' };

test('turns away those that register, and leaves those that stand', () => {
  const { hooks } = struckRequest([{ name: 'full', type: 'connector_refused', match: { tunnel: 'app' } }]);
  expect(hooks.link(link, false)).toBe('the registration is refused (fault full)');
  expect(hooks.link(link, true)).toBeUndefined();
  expect(hooks.link({ ...link, tunnelId: 'gateway-id' }, false)).toBeUndefined();
});

test('with a probability gives whoever tries again another chance', () => {
  const { hooks } = struckRequest([{ name: 'full', type: 'connector_refused', probability: 0.5 }]);
  const fates = Array.from({ length: 400 }, () => hooks.link(link, false) !== undefined);
  expect(fates.filter(Boolean).length / fates.length).toBeCloseTo(0.5, 1);
});

test('is told by requests that would have had the connection, until it is over', () => {
  const { hooks } = struckRequest([{ name: 'full', type: 'connector_refused' }]);
  expect(hooks.replicas?.lost('app-id', 'NRT', 'LHR')).toEqual([]);
  hooks.link(link, false);
  expect(hooks.replicas?.lost('app-id', 'NRT', 'LHR')).toMatchObject([{ subject: 'full', step: 'fault' }]);
  expect(hooks.replicas?.lost('app-id', 'NRT', undefined)).toHaveLength(1);
  // A nearer one serves; or it was another tunnel.
  expect(hooks.replicas?.lost('app-id', 'NRT', 'NRT')).toEqual([]);
  expect(hooks.replicas?.lost('gateway-id', 'NRT', 'LHR')).toEqual([]);
});
