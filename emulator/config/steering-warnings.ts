import type { Problem } from '../state/state.types.js';
import type { ConfigFile } from './schema.js';
import type { Sections } from './sections.js';

type Path = Problem['path'];
type LoadBalancer = ConfigFile['zones'][number]['load_balancers'][number];
type Pool = ConfigFile['pools'][number];

/** One choice among pools: the load balancer's, or one that a rule or a pool set makes in its place. */
interface Choice {
  readonly policy: string;
  readonly pools: readonly string[];
  readonly at: Path;
}

/** Steering policies that lack what they decide by. */
export function* steeringWarnings({ zones, pools }: Sections): Generator<Problem> {
  const named = new Map<string, Pool>();
  for (const { value: pool } of pools) {
    if (!pool) continue;
    named.set(pool.name, pool);
    if (pool.id !== undefined) named.set(pool.id, pool);
  }
  for (const { value: zone, at } of zones) {
    for (const [index, loadBalancer] of (zone?.load_balancers ?? []).entries()) {
      const where = [...at, 'load_balancers', index];
      yield* hiddenByGeo(loadBalancer, where);
      for (const choice of choicesOf(loadBalancer, where)) yield* inTheDark(choice, named);
    }
  }
}

/** What an absent policy means: docs/reference/load-balancing.md 1.1. */
function isGeo({ steering_policy, region_pools, country_pools, pop_pools }: LoadBalancer): boolean {
  if (steering_policy !== '') return steering_policy === 'geo';
  return [region_pools, country_pools, pop_pools].some((map) => Object.keys(map).length > 0);
}

/** docs/reference/load-balancing.md 8.1, 14.34. */
function* hiddenByGeo(loadBalancer: LoadBalancer, at: Path): Generator<Problem> {
  if (!isGeo(loadBalancer)) return;
  for (const [index, { disabled, overrides }] of loadBalancer.rules.entries()) {
    const shown = overrides?.steering_policy !== undefined && overrides.steering_policy !== 'geo';
    if (disabled || overrides?.default_pools === undefined || overrides.pools || shown) continue;
    yield {
      path: [...at, 'rules', index, 'overrides', 'default_pools'],
      code: 'hidden_by_geo',
      message: `has an effect only for places without pools of their own, because ${loadBalancer.name} steers by geo; write pools to replace those too`,
    };
  }
}

function* choicesOf({ steering_policy, default_pools, rules, pool_sets }: LoadBalancer, at: Path): Generator<Choice> {
  yield { policy: steering_policy, pools: default_pools, at };
  for (const [index, { overrides }] of rules.entries()) {
    if (overrides?.steering_policy === undefined) continue;
    const pools = overrides.pools ?? overrides.default_pools ?? default_pools;
    yield { policy: overrides.steering_policy, pools, at: [...at, 'rules', index, 'overrides'] };
  }
  for (const [index, { overrides }] of pool_sets.entries()) {
    if (overrides?.steering_policy === undefined) continue;
    const pools = overrides.pools ?? [];
    yield { policy: overrides.steering_policy, pools, at: [...at, 'pool_sets', index, 'overrides'] };
  }
}

function* inTheDark({ policy, pools, at }: Choice, named: ReadonlyMap<string, Pool>): Generator<Problem> {
  const path = [...at, 'steering_policy'];
  const those = (matches: (pool: Pool) => boolean) => {
    const found = new Set(pools.map((name) => named.get(name)).filter((pool) => pool !== undefined));
    return [...found].filter(matches).map(({ name }) => name);
  };
  if (policy === 'proximity') {
    const nowhere = those(({ latitude }) => latitude === undefined);
    if (nowhere.length > 0) {
      const message = `is proximity, and these pools have no latitude and longitude, so they come last: ${nowhere.join(', ')}`;
      yield { path, code: 'no_coordinates', message };
    }
  }
  if (policy === 'dynamic_latency') {
    const unwatched = those(({ monitor, monitor_group }) => monitor === undefined && monitor_group === undefined);
    if (unwatched.length > 0) {
      const message = `is dynamic_latency, and these pools have no monitor, so nothing measures them and they come last: ${unwatched.join(', ')}`;
      yield { path, code: 'not_measured', message };
    }
    const partly = those(({ check_regions }) => check_regions !== null && !check_regions.includes('ALL_REGIONS'));
    if (partly.length > 0) {
      const message = `is dynamic_latency, and these pools are measured from some regions only: ${partly.join(', ')}; write check_regions: [ALL_REGIONS], or leave it out, to have every region know them`;
      yield { path, code: 'not_measured', message };
    }
  }
}
