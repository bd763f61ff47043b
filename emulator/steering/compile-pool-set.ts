import type { PoolSet, PoolSetTopology } from '../state/objects.js';
import type { CompiledPoolSet } from './snapshot.types.js';
import type { Facts, Reason } from './steering.types.js';

/** The pool sets that are enabled, in order: the first that matches is taken (docs/reference/load-balancing.md 3.3). */
export function compilePoolSets(sets: readonly PoolSet[]): CompiledPoolSet[] {
  return sets.flatMap((set, index) => {
    if (set.disabled) return [];
    const topology = set.match?.topology;
    let before: Reason | undefined;
    return [
      {
        index,
        matches: topology ? matcherOf(topology) : () => true,
        ...(set.fixed_response ? { fixedResponse: set.fixed_response } : {}),
        reason: Object.freeze({
          step: 'pool_set',
          subject: nameOf(set, index),
          outcome: set.fixed_response ? 'answered' : 'matched',
          detail: topology ? `it is for ${described(topology)}` : 'it is for every request',
        }),
        get before() {
          before ??= passedOver(sets.slice(0, index));
          return before;
        },
      },
    ];
  });
}

/** One reason for all sets that do not count, since there may be 1,000. */
export function passedOver(sets: readonly PoolSet[]): Reason | undefined {
  if (sets.length === 0) return undefined;
  const [disabled, others] = [true, false].map((wanted) =>
    sets.flatMap((set, index) => (set.disabled === wanted ? [nameOf(set, index)] : [])),
  );
  const parts = [
    others?.length ? `not for this data center, country and region: ${listed(others)}` : undefined,
    disabled?.length ? `disabled: ${listed(disabled)}` : undefined,
  ];
  const detail = parts.filter((part) => part !== undefined).join('; ');
  return Object.freeze({ step: 'pool_set', outcome: 'skipped', detail });
}

function nameOf({ name }: PoolSet, index: number): string {
  return name === '' ? `pool_sets[${index}]` : name;
}

/** Within a list any entry may fit; of several lists each must (3.3, against the API's own text: section 13). */
function matcherOf({ pops, countries, regions }: PoolSetTopology): (facts: Facts) => boolean {
  const has = (codes: readonly string[] | undefined) => codes && new Set(codes);
  const [inPops, inCountries, inRegions] = [has(pops), has(countries), has(regions)];
  return ({ dataCenter, dataCenterCountry, country, region }) =>
    (inPops?.has(dataCenter) ?? true) &&
    (inCountries?.has(country ?? dataCenterCountry) ?? true) &&
    (inRegions?.has(region) ?? true);
}

function described({ pops, countries, regions }: PoolSetTopology): string {
  const parts = [
    pops && `data centers ${listed(pops)}`,
    countries && `countries ${listed(countries)}`,
    regions && `regions ${listed(regions)}`,
  ];
  return parts.filter((part) => part !== undefined).join(' and ');
}

/** A list may have 1,000 entries; a reason is read by people. */
function listed(codes: readonly string[]): string {
  const shown = codes.slice(0, 8).join(', ');
  return codes.length > 8 ? `${shown} and ${codes.length - 8} more` : shown;
}
