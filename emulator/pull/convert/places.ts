import type { LeftOut } from '../../config/index.js';
import { DATA_CENTERS, DEFAULT_DATA_CENTER_CODES } from '../../geo/data-centers.js';
import type { PoolMap, RuleOverrides } from '../../state/objects.js';
import type { Writable } from '../../state/state.types.js';
import { type PlaceKind, unknownPlace } from '../../state/validate/place-codes.js';

type LoadBalancer = Writable<'load_balancers'>;
type MapKey = (typeof MAPS)[number][0];
type Maps = { readonly [K in MapKey]?: PoolMap | undefined };

const MAPS = [
  ['region_pools', 'region'],
  ['country_pools', 'country'],
  ['pop_pools', 'pop'],
] as const satisfies readonly (readonly [keyof RuleOverrides, PlaceKind])[];

/** A load balancer without pools for places that are not known here. */
export function inKnownPlaces<T extends LoadBalancer>(loadBalancer: T, leave: (leftOut: LeftOut) => void): T {
  const { rules } = loadBalancer;
  const known = rules?.map((rule, index) => {
    const { overrides } = rule;
    return overrides
      ? { ...rule, overrides: { ...overrides, ...knownMaps(overrides, ['rules', index, 'overrides'], leave) } }
      : rule;
  });
  return { ...loadBalancer, ...knownMaps(loadBalancer, [], leave), ...(known ? { rules: known } : {}) };
}

function knownMaps(
  from: Maps,
  at: LeftOut['path'],
  leave: (leftOut: LeftOut) => void,
): Partial<Record<MapKey, PoolMap>> {
  const maps: Partial<Record<MapKey, PoolMap>> = {};
  for (const [key, kind] of MAPS) {
    const map = from[key];
    if (!map) continue;
    const entries = Object.entries(map).filter(([code]) => {
      const unknown = unknownPlace(kind, code);
      if (unknown) leave({ path: [...at, key, code], message: unknown.message });
      return !unknown;
    });
    maps[key] = Object.fromEntries(entries);
  }
  return maps;
}

/** The default data centers, and those that load balancers speak of: requests can come in there. */
export function dataCentersFor(loadBalancers: readonly LoadBalancer[]): readonly string[] {
  const codes = new Set(DEFAULT_DATA_CENTER_CODES);
  for (const { pop_pools = {}, rules = [], pool_sets = [] } of loadBalancers) {
    const named = [
      ...Object.keys(pop_pools),
      ...rules.flatMap(({ overrides }) => Object.keys(overrides?.pop_pools ?? {})),
      ...pool_sets.flatMap(({ match }) => match?.topology?.pops ?? []),
    ];
    for (const code of named) if (DATA_CENTERS.has(code)) codes.add(code);
  }
  return [...codes];
}
