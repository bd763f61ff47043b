import type { PoolMap } from '../state/objects.js';
import { type EffectiveSettings, resolvedPolicy, weightIn } from './effective.js';
import type { Candidate, CompiledPool } from './snapshot.types.js';
import type { Facts, Reason } from './steering.types.js';

/** The pools among which a policy chooses, in order. */
export interface CandidateList {
  readonly candidates: readonly Candidate[];
  /** Which list it is, where there was a choice. */
  readonly reason?: Reason;
  readonly noneAvailable: Reason;
}

/** Tells a request its candidates (docs/reference/load-balancing.md 3.2). */
export type CandidateLists = (facts: Facts) => CandidateList;

/**
 * A flat list where there is one; with `geo` the list of the data center, else of the country, else of the region: the
 * first that has an entry, alone; else `default_pools`.
 */
export function compileLists(settings: EffectiveSettings, pools: ReadonlyMap<string, CompiledPool>): CandidateLists {
  const weightOf = weightIn(settings);
  const listOf = (name: string, ids: readonly string[], reason?: Reason): CandidateList => ({
    // Once each: twice would be another weight, and the same endpoints again when it fails.
    candidates: [...new Set(ids)].flatMap((id) => {
      const pool = pools.get(id);
      return pool ? [{ pool, weight: weightOf(id) }] : [];
    }),
    ...(reason ? { reason } : {}),
    noneAvailable: Object.freeze({
      step: 'pool',
      outcome: 'none',
      detail: `none of the ${name} can take it`,
    }),
  });

  if (settings.pools !== undefined) {
    const list = listOf('pools that stand in place of the load balancer’s own', settings.pools);
    return () => list;
  }
  const byGeography = resolvedPolicy(settings) === 'geo';
  const defaults = listOf(
    'default pools',
    settings.default_pools,
    byGeography ? candidates('default_pools', 'no geographic list has this data center, country or region') : undefined,
  );
  if (!byGeography) return () => defaults;

  const compileMap = (key: string, map: PoolMap): ReadonlyMap<string, CandidateList> =>
    new Map(
      Object.entries(map).map(([code, ids]) => {
        const name = `${key}.${code}`;
        const reason = candidates(
          name,
          ids.length === 1 ? 'its pool is the only candidate' : `its ${ids.length} pools are the only candidates`,
        );
        return [code, listOf(`pools of ${name}`, ids, reason)];
      }),
    );
  const pops = compileMap('pop_pools', settings.pop_pools);
  const countries = compileMap('country_pools', settings.country_pools);
  const regions = compileMap('region_pools', settings.region_pools);
  return ({ dataCenter, dataCenterCountry, country, region }) =>
    pops.get(dataCenter) ?? countries.get(country ?? dataCenterCountry) ?? regions.get(region) ?? defaults;
}

function candidates(subject: string, detail: string): Reason {
  return Object.freeze({ step: 'candidates', subject, outcome: 'chosen', detail });
}
