import { defineError } from '../../runtime/errors.js';
import type { LocationRule } from '../state/objects.js';
import { DATA_CENTERS } from './data-centers.js';
import { distanceKm } from './distance.js';
import type { DataCenter, Place } from './geo.types.js';
import { createLocator } from './locations.js';
import { suggestDataCenters } from './suggest.js';

/** The configured data centers, and what is near what. Immutable, but for which data centers run. */
export interface Geography {
  /** In the order of the configuration, without repetitions. */
  readonly configured: readonly DataCenter[];
  /** Where requests enter that say nothing else: the first of the configuration. */
  readonly default: DataCenter;
  /** Any of the 308 known data centers, configured or not; the code in either case. */
  find(code: string): DataCenter | undefined;
  /** The code in either case. */
  isConfigured(code: string): boolean;
  /** Configured and not down. The code in either case. */
  isRunning(code: string): boolean;
  /**
   * The `count` nearest data centers that are configured and running, nearest first, equal distances by code.
   * Fewer when fewer run. Sorted once per place object: pass the same object for the same place.
   */
  nearest(place: Place, count: number): readonly DataCenter[];
  /** Where a host or IP address outside any tunnel stands, as `locations` say; undefined when they do not. */
  locate(host: string): Place | undefined;
}

/** A data center's code that nobody has. */
export const unknownDataCenter = defineError<{ code: string; suggestions: readonly DataCenter[]; where: string }>(
  'UNKNOWN_DATA_CENTER',
  {
    status: 400,
    message: (d) => `${d.where} names data center "${d.code}", which does not exist`,
    fix: (d) =>
      d.suggestions.length === 0
        ? `use the IATA code of one of the ${DATA_CENTERS.size} data centers, such as NRT or FRA`
        : `did you mean ${d.suggestions.map((s) => `${s.code} (${s.city})`).join(', ')}?`,
  },
);

export const noDataCenters = defineError('NO_DATA_CENTERS', {
  message: () => 'no data center is configured, so no request can enter',
  fix: () => 'name at least one in data_centers, or leave data_centers out to get the default ones',
});

/**
 * @param codes data centers that exist in this account; the first is the default.
 * @param running whether a data center is up, asked each time; default: all are.
 * @param locations where endpoints outside tunnels stand; the first rule that matches decides.
 * @throws UNKNOWN_DATA_CENTER, NO_DATA_CENTERS
 */
export function createGeography(
  codes: readonly string[],
  running: (code: string) => boolean = () => true,
  locations: readonly LocationRule[] = [],
): Geography {
  const configured = new Map<string, DataCenter>();
  for (const code of codes) {
    const dataCenter = find(code);
    if (!dataCenter) {
      throw unknownDataCenter({
        code,
        suggestions: suggestDataCenters(code),
        where: 'the configuration (data_centers)',
      });
    }
    configured.set(dataCenter.code, dataCenter);
  }
  const list = Object.freeze([...configured.values()]);
  const first = list[0];
  if (!first) throw noDataCenters({});

  const sorted = new WeakMap<Place, readonly DataCenter[]>();
  const byDistance = (place: Place): readonly DataCenter[] => {
    let order = sorted.get(place);
    if (!order) {
      order = list
        .map((dataCenter) => ({ dataCenter, distance: distanceKm(place, dataCenter) }))
        .sort((a, b) => a.distance - b.distance || (a.dataCenter.code < b.dataCenter.code ? -1 : 1))
        .map((entry) => entry.dataCenter);
      sorted.set(place, order);
    }
    return order;
  };

  return {
    configured: list,
    default: first,
    find,
    isConfigured: (code) => configured.has(code) || configured.has(code.toUpperCase()),
    isRunning(code) {
      const known = configured.get(code) ?? configured.get(code.toUpperCase());
      return known !== undefined && running(known.code);
    },
    nearest(place, count) {
      const found: DataCenter[] = [];
      for (const dataCenter of byDistance(place)) {
        if (found.length >= count) break;
        if (running(dataCenter.code)) found.push(dataCenter);
      }
      return found;
    },
    locate: createLocator(locations),
  };
}

function find(code: string): DataCenter | undefined {
  return DATA_CENTERS.get(code) ?? DATA_CENTERS.get(code.toUpperCase());
}
