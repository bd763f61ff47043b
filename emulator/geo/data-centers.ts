import colos from './colos.json' with { type: 'json' };
import { distanceKm } from './distance.js';
import type { DataCenter } from './geo.types.js';

/**
 * Every data center that can be configured, by code. A copy of docs/reference/colos.json; where it comes from
 * and under which license is in NOTICE.md.
 */
export const DATA_CENTERS: ReadonlyMap<string, DataCenter> = new Map(
  colos.colos.map((colo): [string, DataCenter] => [
    colo.iata,
    Object.freeze({
      code: colo.iata,
      // One data center comes without a city.
      city: colo.city || colo.iata,
      country: colo.country,
      region: colo.region,
      latitude: colo.lat,
      longitude: colo.lon,
    }),
  ]),
);

/**
 * The data centers of an account that names none: three in each of the 13 regions, so that every region can be
 * probed from three places (docs/reference/load-balancing.md 2.3). Large and well-known ones, apart from each
 * other, so that distances within a region show.
 *
 * The first is the default data center, where requests enter that say nothing else: Tokyo, from where the
 * documentation's examples start.
 */
export const DEFAULT_DATA_CENTER_CODES: readonly string[] = Object.freeze([
  // NEAS, WNAM, ENAM
  ...['NRT', 'KIX', 'HKG'],
  ...['SJC', 'SEA', 'DFW'],
  ...['IAD', 'EWR', 'ORD'],
  // WEU, EEU
  ...['FRA', 'LHR', 'CDG'],
  ...['WAW', 'IST', 'OTP'],
  // SEAS, SAS, OC
  ...['SIN', 'BKK', 'CGK'],
  ...['BOM', 'DEL', 'MAA'],
  ...['SYD', 'MEL', 'AKL'],
  // ME, NAF, SAF
  ...['DXB', 'TLV', 'RUH'],
  ...['CAI', 'LOS', 'ALG'],
  ...['JNB', 'CPT', 'NBO'],
  // NSAM, SSAM
  ...['BOG', 'LIM', 'PTY'],
  ...['GRU', 'EZE', 'SCL'],
]);

/** Kilometres between two data centers, by their codes; infinity when one of them does not exist. */
export function distanceBetween(from: string, to: string): number {
  const [a, b] = [DATA_CENTERS.get(from), DATA_CENTERS.get(to)];
  return a && b ? distanceKm(a, b) : Number.POSITIVE_INFINITY;
}
