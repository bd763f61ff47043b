import type { Problem, Writable } from '../state/state.types.js';
import type { NameIndex, Report } from './name-index.js';
import type { ConfigFile } from './schema.js';

type Path = Problem['path'];
type LoadBalancer = ConfigFile['zones'][number]['load_balancers'][number];
type Fields = Omit<Writable<'load_balancers'>, 'id' | 'zone_id'>;
type PoolMap = Readonly<Record<string, readonly string[]>>;
type Weights = Readonly<Record<string, number>>;

/** Anything that names pools: the load balancer itself, and the overrides of its rules and pool sets. */
interface Naming {
  readonly default_pools?: readonly string[];
  readonly fallback_pool?: string;
  readonly region_pools?: PoolMap;
  readonly country_pools?: PoolMap;
  readonly pop_pools?: PoolMap;
  readonly pools?: readonly string[];
  readonly pool_weights?: Weights;
  readonly random_steering?: { readonly default_weight: number; readonly pool_weights: Weights } | null;
}

/** A load balancer of the file with ids in place of the names of its pools. Reports names that no pool has. */
export function withPoolIds(loadBalancer: LoadBalancer, at: Path, pools: NameIndex, report: Report): Fields {
  const { rules, pool_sets, id: _id, ...fields } = loadBalancer;
  const resolve = resolver(pools, report);
  const resolved = resolve(fields, at);
  return {
    ...resolved,
    // The dashboard's default (docs/reference/load-balancing.md 1.1).
    fallback_pool: resolved.fallback_pool ?? resolved.default_pools.at(-1) ?? '',
    rules: rules.map((rule, index) => inOverrides(rule, [...at, 'rules', index], resolve)),
    pool_sets: pool_sets.map((set, index) => inOverrides(set, [...at, 'pool_sets', index], resolve)),
  };
}

type Resolve = <T extends Naming>(from: T, at: Path) => T;

function inOverrides<O extends Naming, T extends { readonly overrides?: O }>(from: T, at: Path, resolve: Resolve): T {
  return from.overrides === undefined ? from : { ...from, overrides: resolve(from.overrides, [...at, 'overrides']) };
}

function resolver(index: NameIndex, report: Report): Resolve {
  const list = (names: readonly string[], at: Path) =>
    names.map((name, position) => index.resolve(name, [...at, position]));
  const map = (byPlace: PoolMap, at: Path) =>
    Object.fromEntries(Object.entries(byPlace).map(([place, names]) => [place, list(names, [...at, place])]));
  const weights = (byName: Weights, at: Path) => {
    const byId = new Map<string, number>();
    for (const [name, weight] of Object.entries(byName)) {
      const id = index.resolve(name, [...at, name]);
      if (byId.has(id)) {
        report({ path: [...at, name], code: 'not_unique', message: 'is there twice, by its name and by its id' });
      }
      byId.set(id, weight);
    }
    return Object.fromEntries(byId);
  };

  return (from, at) => {
    const resolved: { -readonly [K in keyof Naming]: Naming[K] } = {};
    for (const key of ['default_pools', 'pools'] as const) {
      if (from[key]) resolved[key] = list(from[key], [...at, key]);
    }
    for (const key of ['region_pools', 'country_pools', 'pop_pools'] as const) {
      if (from[key]) resolved[key] = map(from[key], [...at, key]);
    }
    if (from.fallback_pool !== undefined) {
      resolved.fallback_pool = index.resolve(from.fallback_pool, [...at, 'fallback_pool']);
    }
    if (from.pool_weights) resolved.pool_weights = weights(from.pool_weights, [...at, 'pool_weights']);
    if (from.random_steering) {
      const { pool_weights, ...rest } = from.random_steering;
      const where = [...at, 'random_steering', 'pool_weights'];
      resolved.random_steering = { ...rest, pool_weights: weights(pool_weights, where) };
    }
    return { ...from, ...resolved };
  };
}
