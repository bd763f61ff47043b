import type { DataCenter, Place } from '../geo/geo.types.js';

/** Connections end in this many data centers (docs/reference/load-balancing.md 9.3: at least two). */
export const DATA_CENTERS_PER_CONNECTOR = 2;

/**
 * The data center in which a connector's connection ends: connections alternate between the two running data
 * centers closest to where the connector stands, so that four make two and two.
 */
export function assignDataCenter(
  place: Place,
  index: number,
  nearest: (place: Place, count: number) => readonly DataCenter[],
): DataCenter | undefined {
  const candidates = nearest(place, DATA_CENTERS_PER_CONNECTOR);
  return candidates[index % Math.max(1, candidates.length)];
}
