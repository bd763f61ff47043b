import { DATA_CENTERS } from '../geo/data-centers.js';
import { REGIONS } from '../geo/regions.js';
import type { Problem } from '../state/state.types.js';
import type { ConfigFile } from './schema.js';
import type { Sections } from './sections.js';

type Path = Problem['path'];
type LoadBalancer = ConfigFile['zones'][number]['load_balancers'][number];
type Maps = Partial<Pick<LoadBalancer, 'region_pools' | 'pop_pools'>>;

/** Pools for places from which no request can come, because no configured data center is there. */
export function* placeWarnings({ zones, data_centers }: Sections): Generator<Problem> {
  const pops = new Set(data_centers);
  const regions = new Set(data_centers.map((code) => DATA_CENTERS.get(code)?.region));
  const asPop = (code: string, path: Path) => {
    if (!DATA_CENTERS.has(code) || pops.has(code)) return [];
    return [{ path, code: 'no_data_center', message: `is not used: ${code} is not among data_centers` }];
  };
  const asRegion = (code: string, path: Path) => {
    if (!REGIONS.has(code) || regions.has(code)) return [];
    return [{ path, code: 'no_data_center', message: `is not used: none of data_centers is in ${code}` }];
  };

  function* maps({ pop_pools = {}, region_pools = {} }: Maps, at: Path): Generator<Problem> {
    for (const code of Object.keys(region_pools)) yield* asRegion(code, [...at, 'region_pools', code]);
    for (const code of Object.keys(pop_pools)) yield* asPop(code, [...at, 'pop_pools', code]);
  }

  for (const { value: zone, at } of zones) {
    for (const [index, loadBalancer] of (zone?.load_balancers ?? []).entries()) {
      const where = [...at, 'load_balancers', index];
      yield* maps(loadBalancer, where);
      for (const [position, { overrides }] of loadBalancer.rules.entries()) {
        if (overrides) yield* maps(overrides, [...where, 'rules', position, 'overrides']);
      }
      for (const [position, { match }] of loadBalancer.pool_sets.entries()) {
        const topology = [...where, 'pool_sets', position, 'match', 'topology'];
        for (const [item, code] of (match?.topology?.regions ?? []).entries()) {
          yield* asRegion(code, [...topology, 'regions', item]);
        }
        for (const [item, code] of (match?.topology?.pops ?? []).entries()) {
          yield* asPop(code, [...topology, 'pops', item]);
        }
      }
    }
  }
}
