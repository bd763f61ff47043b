import data from './regions.json' with { type: 'json' };

export interface Region {
  /** E.g. `NEAS`. */
  readonly code: string;
  readonly name: string;
  /** ISO 3166-1 alpha-2 codes of the countries that lie in this region as a whole. */
  readonly countries: readonly string[];
  /** For countries that several regions share: country code -> codes of the states or provinces in this one. */
  readonly subdivisions: Readonly<Record<string, readonly string[]>>;
}

interface RegionData {
  readonly name: string;
  readonly countries: readonly string[];
  readonly subdivisions?: Readonly<Record<string, readonly string[]>>;
}

/** The 13 load-balancer regions by code (docs/reference/load-balancing.md 12). */
export const REGIONS: ReadonlyMap<string, Region> = new Map(
  Object.entries(data.regions as Readonly<Record<string, RegionData>>).map(([code, region]): [string, Region] => [
    code,
    Object.freeze({ code, name: region.name, countries: region.countries, subdivisions: region.subdivisions ?? {} }),
  ]),
);

const REGION_OF = new Map<string, string>();
const COUNTRIES = new Set<string>();
for (const region of REGIONS.values()) {
  for (const country of region.countries) {
    REGION_OF.set(country, region.code);
    COUNTRIES.add(country);
  }
  for (const [country, subdivisions] of Object.entries(region.subdivisions)) {
    COUNTRIES.add(country);
    for (const subdivision of subdivisions) REGION_OF.set(`${country}-${subdivision}`, region.code);
  }
}

/**
 * The region of a country (ISO 3166-1 alpha-2), or of a state or province where a country is shared between
 * regions. In either case. undefined when nothing is known under that code, or the country alone does not decide.
 */
export function regionOf(country: string, subdivision?: string): string | undefined {
  const code = country.toUpperCase();
  return (subdivision && REGION_OF.get(`${code}-${subdivision.toUpperCase()}`)) || REGION_OF.get(code);
}

/** Whether `code`, in upper case, is an ISO 3166-1 alpha-2 country, `XX` (unknown) or `T1` (Tor), which Cloudflare sends in CF-IPCountry. */
export function isCountry(code: string): boolean {
  return COUNTRIES.has(code) || code === 'XX' || code === 'T1';
}
