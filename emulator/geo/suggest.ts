import { DATA_CENTERS } from './data-centers.js';
import type { DataCenter } from './geo.types.js';

const MOST = 3;

/** IATA's codes of cities with several airports, and those airports: by the one whose code the city's data center has. */
const ALSO_CALLED: Readonly<Record<string, readonly string[]>> = {
  ARN: ['STO'],
  CDG: ['PAR', 'ORY'],
  CGK: ['JKT'],
  DME: ['MOW', 'SVO'],
  DTW: ['DTT'],
  EWR: ['NYC', 'JFK', 'LGA'],
  EZE: ['BUE', 'AEP'],
  FCO: ['ROM'],
  GIG: ['RIO', 'SDU'],
  GRU: ['SAO', 'CGH'],
  IAD: ['WAS', 'DCA'],
  IAH: ['HOU'],
  ICN: ['SEL', 'GMP'],
  KEF: ['REK'],
  KIX: ['OSA', 'ITM'],
  LHR: ['LON', 'LGW', 'STN', 'LCY'],
  MXP: ['MIL', 'LIN'],
  NRT: ['TYO', 'HND'],
  ORD: ['CHI', 'MDW'],
  OTP: ['BUH'],
  TXL: ['BER'],
  YUL: ['YMQ'],
  YYZ: ['YTO'],
};

/**
 * The data centers somebody may have meant by `text`, best first, at most three: those of a city with that name
 * or code, then codes with the same letters, then codes that differ in one letter. `preferred` ones come first within each.
 */
export function suggestDataCenters(text: string, preferred: readonly DataCenter[] = []): readonly DataCenter[] {
  const wanted = text.trim().toUpperCase();
  const first = new Set(preferred);
  const others = [...DATA_CENTERS.values()].filter((dataCenter) => !first.has(dataCenter));
  const ranked: DataCenter[][] = [[], [], []];
  for (const dataCenter of [...first, ...others]) ranked[unlikeness(wanted, dataCenter)]?.push(dataCenter);
  return ranked.flat().slice(0, MOST);
}

/** The data center of the city that `text` is the name or a code of. */
export function dataCenterOfCity(text: string): DataCenter | undefined {
  const wanted = text.trim().toUpperCase();
  return [...DATA_CENTERS.values()].find((dataCenter) => unlikeness(wanted, dataCenter) === 0);
}

/** 0: named by its city. 1: letters swapped. 2: one letter wrong. 3: something else. */
function unlikeness(wanted: string, { code, city }: DataCenter): number {
  if (city.toUpperCase() === wanted || ALSO_CALLED[code]?.includes(wanted)) return 0;
  if (wanted.length !== code.length) return 3;
  if ([...wanted].sort().join('') === [...code].sort().join('')) return 1;
  let wrong = 0;
  for (let i = 0; i < code.length; i++) if (wanted[i] !== code[i]) wrong++;
  return wrong === 1 ? 2 : 3;
}
