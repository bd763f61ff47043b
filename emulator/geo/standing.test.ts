import { expect, test } from 'vitest';
import { standingAt } from './standing.js';

test('the first network that covers an address says where it stands', () => {
  const clients = [
    { network: '10.1.0.0/16', data_center: 'KIX' },
    { network: '10.2.0.0/16', country: 'JP' },
    { network: '10.0.0.0/8', data_center: 'LHR' },
  ];
  expect(standingAt('10.1.2.3', clients)).toBe('KIX');
  expect(standingAt('::ffff:10.1.2.3', clients)).toBe('KIX');
  expect(standingAt('10.9.0.1', clients)).toBe('LHR');
  // It decides, also where it says nothing of this.
  expect(standingAt('10.2.0.1', clients)).toBeUndefined();
  expect(standingAt('192.0.2.1', clients)).toBeUndefined();
  expect(standingAt('', clients)).toBeUndefined();
});
