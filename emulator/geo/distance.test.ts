import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DATA_CENTERS } from './data-centers.js';
import { distanceKm } from './distance.js';
import type { DataCenter, Place } from './geo.types.js';
import { roundTripMs } from './round-trip.js';

const place: fc.Arbitrary<Place> = fc.record({
  latitude: fc.double({ min: -90, max: 90, noNaN: true }),
  longitude: fc.double({ min: -180, max: 180, noNaN: true }),
});

function dataCenter(code: string): DataCenter {
  const found = DATA_CENTERS.get(code);
  if (!found) throw new Error(`no data center ${code}`);
  return found;
}

describe('distanceKm', () => {
  test.each([
    // A quarter and half of a great circle.
    [{ latitude: 0, longitude: 0 }, { latitude: 0, longitude: 90 }, 10_007.56],
    [{ latitude: 0, longitude: 0 }, { latitude: 0, longitude: 180 }, 20_015.11],
    [{ latitude: 90, longitude: 0 }, { latitude: -90, longitude: 0 }, 20_015.11],
    // One degree of latitude.
    [{ latitude: 50, longitude: 8 }, { latitude: 51, longitude: 8 }, 111.195],
  ])('%j to %j is %d km', (a, b, expected) => {
    expect(distanceKm(a, b)).toBeCloseTo(expected, 1);
  });

  test('agrees with published airport distances within half a percent', () => {
    const near = (a: string, b: string, km: number): void => {
      expect(distanceKm(dataCenter(a), dataCenter(b)) / km).toBeGreaterThan(0.995);
      expect(distanceKm(dataCenter(a), dataCenter(b)) / km).toBeLessThan(1.005);
    };
    near('NRT', 'KIX', 492);
    near('LHR', 'FRA', 655);
    near('SYD', 'LAX', 12_051);
  });

  test('is symmetric, zero only at home, at most half the circumference, and obeys the triangle inequality', () => {
    fc.assert(
      fc.property(place, place, place, (a, b, c) => {
        const ab = distanceKm(a, b);
        expect(ab).toBeCloseTo(distanceKm(b, a), 6);
        expect(distanceKm(a, a)).toBe(0);
        expect(ab).toBeLessThanOrEqual(20_015.2);
        // Near the antipodes the last bit of the sine is worth centimetres.
        expect(distanceKm(a, c)).toBeLessThanOrEqual(ab + distanceKm(b, c) + 1e-3);
      }),
    );
  });
});

describe('roundTripMs', () => {
  test('is zero inside one data center', () => {
    expect(roundTripMs(dataCenter('NRT'), dataCenter('NRT'))).toBe(0);
  });

  test('follows the documented formula', () => {
    const a = { latitude: 0, longitude: 0 };
    // 1,000 km along the equator.
    const b = { latitude: 0, longitude: 1000 / 111.19508 };
    expect(roundTripMs(a, b)).toBeCloseTo((2 * 1000 * 1.5) / 200 + 1, 3);
  });

  test.each([
    // Round trips people measure between these cities.
    ['NRT', 'KIX', 6, 12],
    ['LHR', 'FRA', 8, 16],
    ['EWR', 'LHR', 65, 90],
    ['NRT', 'SIN', 65, 95],
    ['SYD', 'LAX', 135, 190],
  ])('%s to %s is between %d and %d ms', (a, b, low, high) => {
    const rtt = roundTripMs(dataCenter(a), dataCenter(b));
    expect(rtt).toBeGreaterThan(low);
    expect(rtt).toBeLessThan(high);
  });

  test('grows with distance', () => {
    fc.assert(
      fc.property(place, place, place, (a, b, c) => {
        const [near, far] = distanceKm(a, b) <= distanceKm(a, c) ? [b, c] : [c, b];
        expect(roundTripMs(a, near)).toBeLessThanOrEqual(roundTripMs(a, far) + 1e-9);
      }),
    );
  });
});
