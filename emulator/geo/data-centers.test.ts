import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { DATA_CENTERS, DEFAULT_DATA_CENTER_CODES } from './data-centers.js';
import { REGIONS, regionOf } from './regions.js';

const read = (path: string): unknown => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));

describe('data centers', () => {
  test('there are 308, each with a place on Earth and a region', () => {
    expect(DATA_CENTERS.size).toBe(308);
    for (const [code, dataCenter] of DATA_CENTERS) {
      expect(code).toMatch(/^[A-Z]{3}$/);
      expect(dataCenter.code).toBe(code);
      expect(dataCenter.city).not.toBe('');
      expect(Math.abs(dataCenter.latitude)).toBeLessThanOrEqual(90);
      expect(Math.abs(dataCenter.longitude)).toBeLessThanOrEqual(180);
      expect(REGIONS.has(dataCenter.region), dataCenter.region).toBe(true);
    }
  });

  test('the data is the reference’s', () => {
    expect(read('./colos.json')).toEqual(read('../../docs/reference/colos.json'));
    expect(read('./regions.json')).toEqual(read('../../docs/reference/regions.json'));
  });

  test('the default ones are three in each of the 13 regions, with NRT and KIX, NRT first', () => {
    const perRegion = new Map<string, number>();
    for (const code of DEFAULT_DATA_CENTER_CODES) {
      const region = DATA_CENTERS.get(code)?.region ?? 'unknown';
      perRegion.set(region, (perRegion.get(region) ?? 0) + 1);
    }
    expect(new Set(DEFAULT_DATA_CENTER_CODES).size).toBe(39);
    expect(perRegion).toEqual(new Map([...REGIONS.keys()].map((code) => [code, 3])));
    expect(DEFAULT_DATA_CENTER_CODES[0]).toBe('NRT');
    expect(DEFAULT_DATA_CENTER_CODES).toContain('KIX');
  });
});

describe('regions', () => {
  test('a country belongs to one region, the United States and Canada by subdivision', () => {
    expect(regionOf('JP')).toBe('NEAS');
    expect(regionOf('de')).toBe('WEU');
    expect(regionOf('US', 'CA')).toBe('WNAM');
    expect(regionOf('US', 'NY')).toBe('ENAM');
    expect(regionOf('CA', 'BC')).toBe('WNAM');
    expect(regionOf('US')).toBeUndefined();
    expect(regionOf('ZZ')).toBeUndefined();
  });

  test('each data center stands in the region of its country, where that is one region', () => {
    for (const { code, country, region } of DATA_CENTERS.values()) {
      const expected = regionOf(country);
      if (expected) expect(region, code).toBe(expected);
      else expect(['US', 'CA'], code).toContain(country);
    }
  });

  test('have names', () => {
    expect(REGIONS.get('NEAS')?.name).toBe('Northeast Asia');
    expect(REGIONS.size).toBe(13);
  });
});
