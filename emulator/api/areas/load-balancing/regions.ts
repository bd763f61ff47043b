import * as z from 'zod';
import { REGIONS, type Region } from '../../../geo/regions.js';
import type { Area, Call } from '../../endpoint.js';
import { couldNotRoute } from '../../errors.js';
import type { Query } from '../../query.js';
import { refusal } from './refusal.js';
import { SUBDIVISION_NAMES } from './subdivision-names.js';
import { alsoForUser } from './user-alias.js';

/** docs/reference/api.md 2.1, load-balancing.md 1.6. */
const country = z.object({
  country_code_a2: z.string(),
  country_name: z.string(),
  country_subdivisions: z.array(z.object({ subdivision_code_a2: z.string(), subdivision_name: z.string() })).optional(),
});
const region = z.object({ region_code: z.string(), countries: z.array(country) });
const ISO_STANDARD = 'Country and subdivision codes follow ISO 3166-1 alpha-2 and ISO 3166-2';

type ShownRegion = z.infer<typeof region>;
type ShownCountry = z.infer<typeof country>;

const names = new Intl.DisplayNames(['en'], { type: 'region' });

function shownRegion({ code, countries, subdivisions }: Region): ShownRegion {
  const whole = countries.map((each): ShownCountry => ({ country_code_a2: each, country_name: nameOf(each) }));
  const shared = Object.entries(subdivisions).map(
    ([each, parts]): ShownCountry => ({
      country_code_a2: each,
      country_name: nameOf(each),
      country_subdivisions: parts.map((part) => ({
        subdivision_code_a2: part,
        subdivision_name: SUBDIVISION_NAMES[each]?.[part] ?? part,
      })),
    }),
  );
  const all = [...whole, ...shared].sort((a, b) => (a.country_code_a2 < b.country_code_a2 ? -1 : 1));
  return { region_code: code, countries: all };
}

function nameOf(country: string): string {
  return names.of(country) ?? country;
}

/** Only what was asked for of each region; regions with nothing of it are left out. */
function narrowed({ region_code, countries }: ShownRegion, query: Query): ShownRegion[] {
  const country = (query.text('country_code_a2') ?? query.text('country_code'))?.toUpperCase();
  const subdivision = (query.text('subdivision_code_a2') ?? query.text('subdivision_code'))?.toUpperCase();
  const left = countries.flatMap((each): ShownCountry[] => {
    if (country !== undefined && each.country_code_a2 !== country) return [];
    if (subdivision === undefined) return [each];
    const parts = each.country_subdivisions?.filter(({ subdivision_code_a2: code }) =>
      isCalled(code, subdivision, each),
    );
    return parts && parts.length > 0 ? [{ ...each, country_subdivisions: parts }] : [];
  });
  return left.length === 0 ? [] : [{ region_code, countries: left }];
}

/** `CA`, or with its country `US-CA`. */
function isCalled(code: string, wanted: string, { country_code_a2 }: ShownCountry): boolean {
  return code === wanted || `${country_code_a2}-${code}` === wanted;
}

function regionOf(call: Call): Region {
  const found = REGIONS.get(call.param('id').toUpperCase());
  if (!found) throw couldNotRoute(call.path);
  return found;
}

export const regions: Area = {
  title: 'Regions',
  refusal,
  endpoints: () =>
    alsoForUser([
      {
        method: 'GET',
        path: '/accounts/:account_id/load_balancers/regions',
        summary: 'The regions, with their countries and the states and provinces of those that several regions share',
        query: ['country_code_a2', 'country_code', 'subdivision_code', 'subdivision_code_a2'],
        result: z.object({ iso_standard: z.string(), regions: region.array() }),
        handle: ({ query }) => ({
          result: {
            iso_standard: ISO_STANDARD,
            regions: [...REGIONS.values()].map(shownRegion).flatMap((each) => narrowed(each, query)),
          },
        }),
      },
      {
        method: 'GET',
        path: '/accounts/:account_id/load_balancers/regions/:id',
        summary: 'One region',
        result: region,
        handle: (call) => ({ result: shownRegion(regionOf(call)) }),
      },
    ]),
};
