import { DATA_CENTERS } from '../geo/data-centers.js';
import { distanceKm } from '../geo/distance.js';
import type { DataCenter, Place } from '../geo/geo.types.js';

/** docs/reference/load-balancing.md 2.3: each region probes from three data centers. */
const PER_REGION = 3;
const ALL_REGIONS = 'ALL_REGIONS';

/**
 * The data centers from which a pool's endpoints are probed: all that are configured, or of each checked region the
 * three nearest to its centre (docs/reference/load-balancing.md 14.35); fewer where fewer are configured.
 */
export function probingDataCenters(
  configured: readonly DataCenter[],
  checkRegions: readonly string[] | null,
): readonly DataCenter[] {
  if (checkRegions === null) return configured;
  const regions = checkRegions.includes(ALL_REGIONS)
    ? new Set(configured.map(({ region }) => region))
    : new Set(checkRegions);
  return [...regions].flatMap((region) => {
    const centre = centroidOf(region);
    return configured
      .filter((dataCenter) => dataCenter.region === region)
      .map((dataCenter) => ({ dataCenter, distance: distanceKm(centre, dataCenter) }))
      .sort((a, b) => a.distance - b.distance || (a.dataCenter.code < b.dataCenter.code ? -1 : 1))
      .slice(0, PER_REGION)
      .map((entry) => entry.dataCenter);
  });
}

const centroids = new Map<string, Place>();
const RADIANS = Math.PI / 180;

/** The middle of all data centers that exist in a region, on the sphere: as a mean of their vectors. */
function centroidOf(region: string): Place {
  const known = centroids.get(region);
  if (known) return known;
  let [x, y, z] = [0, 0, 0];
  for (const { region: of, latitude, longitude } of DATA_CENTERS.values()) {
    if (of !== region) continue;
    const [north, east] = [latitude * RADIANS, longitude * RADIANS];
    x += Math.cos(north) * Math.cos(east);
    y += Math.cos(north) * Math.sin(east);
    z += Math.sin(north);
  }
  const place = Object.freeze({
    latitude: Math.atan2(z, Math.hypot(x, y)) / RADIANS,
    longitude: Math.atan2(y, x) / RADIANS,
  });
  centroids.set(region, place);
  return place;
}
