import { expect, test } from 'vitest';
import type { DataCenter } from '../geo/geo.types.js';
import { assignDataCenter } from './assign.js';

const dataCenter = (code: string): DataCenter => ({
  code,
  city: code,
  country: 'JP',
  region: 'NEAS',
  latitude: 0,
  longitude: 0,
});
const place = { latitude: 0, longitude: 0 };

test('four connections end two and two in the nearest two data centers', () => {
  const nearest = (_: unknown, count: number): DataCenter[] => ['NRT', 'KIX', 'ICN'].slice(0, count).map(dataCenter);
  const codes = [0, 1, 2, 3].map((index) => assignDataCenter(place, index, nearest)?.code);
  expect(codes).toEqual(['NRT', 'KIX', 'NRT', 'KIX']);
});

test('with one data center all end there; with none there is no answer', () => {
  expect(assignDataCenter(place, 3, () => [dataCenter('NRT')])?.code).toBe('NRT');
  expect(assignDataCenter(place, 0, () => [])).toBeUndefined();
});
