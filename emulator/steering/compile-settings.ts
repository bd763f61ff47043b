import { compileLists } from './candidate-lists.js';
import { type EffectiveSettings, resolvedPolicy } from './effective.js';
import { POOL_STEERING } from './policies/pool-steering.js';
import { type AffinityParts, compileAffinity } from './session/affinity.js';
import type { CompiledSettings } from './snapshot.types.js';

/** What compiling a load balancer needs of the account. */
export type SettingsParts = Omit<AffinityParts, 'settings'>;

export function compileSettings(settings: EffectiveSettings, parts: SettingsParts): CompiledSettings {
  const fallback = parts.pools.get(settings.fallback_pool);
  return {
    steering: POOL_STEERING[resolvedPolicy(settings)],
    lists: compileLists(settings, parts.pools),
    fallback: fallback && !fallback.unavailable ? fallback : undefined,
    // docs/reference/load-balancing.md 2.7 and 14.10.
    fallbackRefused: Object.freeze({
      step: 'fallback',
      subject: fallback?.pool.name ?? settings.fallback_pool,
      outcome: 'refused',
      detail: `the fallback pool cannot take it: ${fallback?.unavailable?.detail ?? 'there is no such pool'}; answered 530 with error 1016`,
    }),
    failsOverAcrossPools: settings.adaptive_routing?.failover_across_pools ?? false,
    affinity: compileAffinity({ ...parts, settings }),
  };
}
