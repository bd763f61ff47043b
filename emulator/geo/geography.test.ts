import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DATA_CENTERS, DEFAULT_DATA_CENTER_CODES } from './data-centers.js';
import { distanceKm } from './distance.js';
import { createGeography } from './geography.js';

const TOKYO = { latitude: 35.68, longitude: 139.69 };

describe('geography', () => {
  test('the first configured data center is the default, and the order of the configuration is kept', () => {
    const geography = createGeography(['kix', 'NRT', 'KIX']);
    expect(geography.default.code).toBe('KIX');
    expect(geography.configured.map((dataCenter) => dataCenter.code)).toEqual(['KIX', 'NRT']);
  });

  test('finds any known data center, in either case, and says whether it is configured', () => {
    const geography = createGeography(['NRT']);
    expect(geography.find('lhr')?.city).toBe('London');
    expect(geography.isConfigured('LHR')).toBe(false);
    expect(geography.isConfigured('nrt')).toBe(true);
    expect(geography.find('XYZ')).toBeUndefined();
  });

  test('an unknown code or no code at all is refused', () => {
    expect(() => createGeography(['NRT', 'NTR'])).toThrow(/"NTR"/);
    expect(() => createGeography([])).toThrow(/no data center/);
  });

  test('nearest goes by distance and leaves out what does not run', () => {
    const down = new Set<string>();
    const geography = createGeography(DEFAULT_DATA_CENTER_CODES, (code) => !down.has(code));
    const codes = (count: number): string[] => geography.nearest(TOKYO, count).map((dataCenter) => dataCenter.code);
    expect(codes(3)).toEqual(['NRT', 'KIX', 'HKG']);
    down.add('KIX');
    expect(codes(2)).toEqual(['NRT', 'HKG']);
    down.delete('KIX');
    expect(codes(2)).toEqual(['NRT', 'KIX']);
    expect(codes(1000)).toHaveLength(39);
    expect(codes(0)).toEqual([]);
  });

  test('nearest agrees with sorting by hand, ties by code', () => {
    const some = fc.uniqueArray(fc.constantFrom(...DATA_CENTERS.keys()), { minLength: 1, maxLength: 20 });
    const place = fc.record({
      latitude: fc.integer({ min: -90, max: 90 }),
      longitude: fc.integer({ min: -180, max: 180 }),
    });
    fc.assert(
      fc.property(some, place, fc.integer({ min: 0, max: 25 }), (codes, from, count) => {
        const geography = createGeography(codes);
        const expected = [...geography.configured]
          .sort((a, b) => distanceKm(from, a) - distanceKm(from, b) || a.code.localeCompare(b.code))
          .slice(0, count);
        expect(geography.nearest(from, count)).toEqual(expected);
        expect(geography.nearest(from, count)).toEqual(expected);
      }),
    );
  });
});

describe('locations of endpoints outside tunnels', () => {
  const geography = createGeography(['NRT'], undefined, [
    { match: '192.0.2.0/25', data_center: 'FRA' },
    { match: '192.0.2.0/24', latitude: 1, longitude: 2 },
    { match: 'origin.example.com', data_center: 'SIN' },
    { match: '*.example.com', data_center: 'SYD' },
    { match: '2001:db8::1', data_center: 'GRU' },
  ]);

  test.each([
    ['192.0.2.1', 'FRA'],
    ['Origin.Example.com', 'SIN'],
    ['a.b.example.com', 'SYD'],
    ['2001:db8:0::1', 'GRU'],
  ])('%s stands at %s', (host, code) => {
    expect(geography.locate(host)).toEqual(geography.find(code));
    expect(geography.locate(host)).toBe(geography.locate(host));
  });

  test('coordinates are a place too', () => {
    expect(geography.locate('192.0.2.200')).toEqual({ latitude: 1, longitude: 2 });
  });

  test.each(['example.com', '198.51.100.1', 'localhost', '2001:db8::2'])('%s stands nowhere', (host) => {
    expect(geography.locate(host)).toBeUndefined();
  });
});
