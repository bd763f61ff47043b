import type { PoolHealth, Verdict, Vote } from '../../health/health.types.js';
import type { Finding } from '../scenario.types.js';
import type { ExpectSpec } from '../schema.js';

/** What is known of health, from within the edge or by its API. */
export interface KnownHealth {
  pool(id: string): PoolHealth | undefined;
  endpoint(
    poolId: string,
    name: string,
  ):
    | {
        readonly verdict: Verdict;
        readonly votes: readonly Pick<Vote, 'dataCenter' | 'verdict'>[];
        readonly regions: ReadonlyMap<string, Verdict>;
      }
    | undefined;
}

/** What is expected of health, and what it is now. */
export function findInHealth(
  { pools = {}, endpoints = {} }: NonNullable<ExpectSpec['health']>,
  health: KnownHealth,
  account: { readonly pools: ReadonlyMap<string, { readonly id: string; readonly name: string }> },
): Finding[] {
  const idOf = (name: string): string => [...account.pools.values()].find((pool) => pool.name === name)?.id ?? '';
  const finding = (what: string, wanted: string, found: string | undefined): Finding => ({
    what,
    wanted,
    found: found ?? 'not watched',
    met: found === wanted,
  });
  const findings = Object.entries(pools).map(([name, wanted]) =>
    finding(`pool ${name}`, wanted, health.pool(idOf(name))),
  );
  for (const [name, wanted] of Object.entries(endpoints)) {
    const [pool = '', endpoint = ''] = name.split('/');
    const known = health.endpoint(idOf(pool), endpoint);
    if (typeof wanted === 'string') {
      findings.push(finding(`endpoint ${name}`, wanted, known?.verdict));
      continue;
    }
    for (const [place, verdict] of Object.entries(wanted)) {
      const voted = known?.votes.find(({ dataCenter }) => dataCenter === place)?.verdict;
      const found: Verdict | undefined = known?.regions.get(place) ?? voted;
      findings.push(finding(`endpoint ${name} seen from ${place}`, verdict, found));
    }
  }
  return findings;
}
