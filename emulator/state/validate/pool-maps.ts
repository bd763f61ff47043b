import type { RuleOverrides } from '../objects.js';
import type { Problem } from '../state.types.js';
import type { Check } from './index.js';
import { type PlaceKind, unknownPlace } from './place-codes.js';

const MAPS = [
  ['region_pools', 'region'],
  ['country_pools', 'country'],
  ['pop_pools', 'pop'],
] as const satisfies readonly (readonly [keyof RuleOverrides, PlaceKind])[];

/** Pools by place are kept under codes that exist, at the load balancer and in its rules (docs/reference/load-balancing.md 1.1). */
export const checkPoolMaps: Check = function* (_account, _before, suspects) {
  for (const [id, loadBalancer] of suspects.load_balancers) {
    const at = ['load_balancers', id];
    yield* checkMaps(loadBalancer, at);
    for (const [index, { overrides }] of loadBalancer.rules.entries()) {
      if (overrides) yield* checkMaps(overrides, [...at, 'rules', index, 'overrides']);
    }
  }
};

function* checkMaps(
  maps: Pick<RuleOverrides, 'region_pools' | 'country_pools' | 'pop_pools'>,
  at: Problem['path'],
): Generator<Problem> {
  for (const [key, kind] of MAPS) {
    for (const code of Object.keys(maps[key] ?? {})) {
      const wrong = unknownPlace(kind, code);
      if (wrong) yield { path: [...at, key, code], ...wrong };
    }
  }
}
