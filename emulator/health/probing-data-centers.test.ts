import { describe, expect, test } from 'vitest';
import { DATA_CENTERS, DEFAULT_DATA_CENTER_CODES } from '../geo/data-centers.js';
import { createGeography } from '../geo/geography.js';
import { REGIONS } from '../geo/regions.js';
import { probingDataCenters } from './probing-data-centers.js';

const configured = (codes: readonly string[]) => createGeography(codes).configured;
const codesOf = (codes: readonly string[], regions: readonly string[] | null): string[] =>
  probingDataCenters(configured(codes), regions).map(({ code }) => code);

describe('a pool is probed from', () => {
  test('every configured data center when check_regions is null', () => {
    expect(codesOf(['NRT', 'LHR', 'SYD'], null)).toEqual(['NRT', 'LHR', 'SYD']);
  });

  test('three data centers of each region that is checked', () => {
    const all = [...DATA_CENTERS.keys()];
    const chosen = probingDataCenters(configured(all), ['WEU', 'OC']);
    expect(chosen.map(({ region }) => region)).toEqual(['WEU', 'WEU', 'WEU', 'OC', 'OC', 'OC']);
    expect(new Set(chosen).size).toBe(6);
  });

  test('those three that are nearest to the middle of the region', () => {
    const [lisbon, reykjavik] = ['LIS', 'KEF'];
    const chosen = codesOf(['FRA', 'BRU', 'CDG', lisbon, reykjavik], ['WEU']);
    expect([...chosen].sort()).toEqual(['BRU', 'CDG', 'FRA']);
    expect(codesOf([reykjavik, lisbon, 'CDG', 'FRA', 'BRU'], ['WEU'])).toEqual(chosen);
  });

  test('fewer where fewer are configured', () => {
    expect(codesOf(['NRT', 'LHR'], ['WEU', 'NEAS'])).toEqual(['LHR', 'NRT']);
  });

  test('39 data centers with ALL_REGIONS and the default ones', () => {
    const chosen = probingDataCenters(configured(DEFAULT_DATA_CENTER_CODES), ['ALL_REGIONS']);
    expect(chosen.length).toBe(39);
    expect(new Set(chosen.map(({ region }) => region))).toEqual(new Set(REGIONS.keys()));
  });
});
