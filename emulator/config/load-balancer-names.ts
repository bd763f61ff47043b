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
  readonly default_pools?: readonly string[] | undefined;
  readonly fallback_pool?: string | undefined;
  readonly region_pools?: PoolMap | undefined;
  readonly country_pools?: PoolMap | undefined;
  readonly pop_pools?: PoolMap | undefined;
  readonly pools?: readonly string[] | undefined;
  readonly pool_weights?: Weights | undefined;
  readonly random_steering?: { readonly pool_weights?: Weights | undefined } | null | undefined;
}

/** A load balancer of the file with ids in place of the names of its pools. Reports names that no pool has. */
export function withPoolIds(loadBalancer: LoadBalancer, at: Path, pools: NameIndex, report: Report): Fields {
  const { id: _id, ...fields } = loadBalancer;
  const resolved = withPools(fields, at, (name, path) => pools.resolve(name, path), report);
  // The dashboard's default (docs/reference/load-balancing.md 1.1).
  return { ...resolved, fallback_pool: resolved.fallback_pool ?? resolved.default_pools.at(-1) ?? '' };
}

interface Whole extends Naming {
  readonly rules?: readonly { readonly overrides?: Naming }[] | undefined;
  readonly pool_sets?: readonly { readonly overrides?: Naming }[] | undefined;
}

/** What stands for a pool, in place of what stood for it at `path`. */
export type Translate = (pool: string, path: Path) => string;

/** A load balancer with other words for its pools, wherever it names one. Reports weights that are there twice. */
export function withPools<T extends Whole>(loadBalancer: T, at: Path, translate: Translate, report: Report): T {
  const { rules, pool_sets } = loadBalancer;
  const resolve = resolver(translate, report);
  return {
    ...resolve(loadBalancer, at),
    ...(rules ? { rules: rules.map((rule, index) => inOverrides(rule, [...at, 'rules', index], resolve)) } : {}),
    ...(pool_sets
      ? { pool_sets: pool_sets.map((set, index) => inOverrides(set, [...at, 'pool_sets', index], resolve)) }
      : {}),
  };
}

type Resolve = <T extends Naming>(from: T, at: Path) => T;

function inOverrides<O extends Naming, T extends { readonly overrides?: O }>(from: T, at: Path, resolve: Resolve): T {
  return from.overrides === undefined ? from : { ...from, overrides: resolve(from.overrides, [...at, 'overrides']) };
}

function resolver(translate: Translate, report: Report): Resolve {
  const list = (names: readonly string[], at: Path) =>
    names.map((name, position) => translate(name, [...at, position]));
  const map = (byPlace: PoolMap, at: Path) =>
    Object.fromEntries(Object.entries(byPlace).map(([place, names]) => [place, list(names, [...at, place])]));
  const weights = (byName: Weights, at: Path) => {
    const byId = new Map<string, number>();
    for (const [name, weight] of Object.entries(byName)) {
      const id = translate(name, [...at, name]);
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
      resolved.fallback_pool = translate(from.fallback_pool, [...at, 'fallback_pool']);
    }
    if (from.pool_weights) resolved.pool_weights = weights(from.pool_weights, [...at, 'pool_weights']);
    if (from.random_steering?.pool_weights) {
      const where = [...at, 'random_steering', 'pool_weights'];
      resolved.random_steering = {
        ...from.random_steering,
        pool_weights: weights(from.random_steering.pool_weights, where),
      };
    }
    return { ...from, ...resolved };
  };
}
