import { distanceKm } from './distance.js';
import type { Place } from './geo.types.js';

/** Light in glass fibre: two thirds of 299,792 km/s, so some 200 km in a millisecond. */
const FIBRE_KM_PER_MS = 200;
/**
 * How much longer cables are than the great circle: they follow coasts, roads and landing points. Measured
 * round trips between large cities lie between 1.2 (across an open ocean) and 2.2 (around a continent) times the ideal.
 */
const PATH_STRETCH = 1.5;
/** What a leg costs however short it is: routers, and the way from the backbone into the building, both ways. */
const LEG_OVERHEAD_MS = 1;
/** Closer than this is the same building: coordinates of one data center. */
const SAME_PLACE_KM = 1;

/**
 * Modelled round trip of one leg, in milliseconds:
 *
 *     2 * distance * 1.5 / (200 km/ms) + 1 ms        (0 within one data center)
 *
 * A model, not a measurement: it ranks places as the real network mostly does, and is the same on every machine.
 */
export function roundTripMs(a: Place, b: Place): number {
  const distance = distanceKm(a, b);
  if (distance < SAME_PLACE_KM) return 0;
  return (2 * distance * PATH_STRETCH) / FIBRE_KM_PER_MS + LEG_OVERHEAD_MS;
}
