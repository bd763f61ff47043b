import type { LoadBalancer, PoolMap, PoolSetOverrides, RuleOverrides } from './load-balancer.types.js';

type Path = readonly (string | number)[];

/** A place in a load balancer that names a pool. */
export interface PoolReference {
  /** From the load balancer, e.g. `['rules', 0, 'overrides', 'fallback_pool']`. */
  readonly path: Path;
  /** The pool's id. */
  readonly pool: string;
}

/** Every pool that a load balancer refers to, used at present or not (docs/reference/load-balancing.md 1.1). */
export function* poolReferences(loadBalancer: LoadBalancer): Generator<PoolReference> {
  const { random_steering, rules, pool_sets } = loadBalancer;
  yield* selection(loadBalancer, []);
  yield* weights(random_steering?.pool_weights, ['random_steering', 'pool_weights']);
  for (const [index, { overrides }] of rules.entries()) {
    if (!overrides) continue;
    const at = ['rules', index, 'overrides'];
    yield* selection(overrides, at);
    yield* flat(overrides, at);
    yield* weights(overrides.random_steering?.pool_weights, [...at, 'random_steering', 'pool_weights']);
  }
  for (const [index, { overrides }] of pool_sets.entries()) {
    if (!overrides) continue;
    const at = ['pool_sets', index, 'overrides'];
    yield* flat(overrides, at);
    yield* one(overrides.fallback_pool, [...at, 'fallback_pool']);
  }
}

type Selection = Pick<
  RuleOverrides,
  'default_pools' | 'fallback_pool' | 'region_pools' | 'country_pools' | 'pop_pools'
>;

function* selection(from: Selection, at: Path): Generator<PoolReference> {
  yield* list(from.default_pools, [...at, 'default_pools']);
  yield* one(from.fallback_pool, [...at, 'fallback_pool']);
  yield* map(from.region_pools, [...at, 'region_pools']);
  yield* map(from.country_pools, [...at, 'country_pools']);
  yield* map(from.pop_pools, [...at, 'pop_pools']);
}

function* flat(from: Pick<PoolSetOverrides, 'pools' | 'pool_weights'>, at: Path): Generator<PoolReference> {
  yield* list(from.pools, [...at, 'pools']);
  yield* weights(from.pool_weights, [...at, 'pool_weights']);
}

function* one(pool: string | undefined, path: Path): Generator<PoolReference> {
  if (pool !== undefined) yield { path, pool };
}

function* list(pools: readonly string[] | undefined, path: Path): Generator<PoolReference> {
  for (const [index, pool] of (pools ?? []).entries()) yield { path: [...path, index], pool };
}

function* map(pools: PoolMap | undefined, path: Path): Generator<PoolReference> {
  for (const [place, those] of Object.entries(pools ?? {})) yield* list(those, [...path, place]);
}

function* weights(of: Readonly<Record<string, number>> | undefined, path: Path): Generator<PoolReference> {
  for (const pool of Object.keys(of ?? {})) yield { path: [...path, pool], pool };
}
