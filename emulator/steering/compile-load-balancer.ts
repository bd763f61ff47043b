import type { LoadBalancer } from '../state/objects.js';
import { compilePoolSets, passedOver } from './compile-pool-set.js';
import { compileRules } from './compile-rules.js';
import { compileSettings, type SettingsParts } from './compile-settings.js';
import { effectiveOf, withOverrides, withPoolSet } from './effective.js';
import type { CompiledLoadBalancer, CompiledPoolSet, CompiledRule, CompiledSettings } from './snapshot.types.js';
import type { Reason } from './steering.types.js';

/** Combinations of pool sets and rules whose settings are kept. More would hardly ever come. */
const MAX_COMBINATIONS = 1_000;

/** `matched` says how the load balancer was found. Pools that do not exist are left out: the state takes no such reference. */
export function compileLoadBalancer(
  loadBalancer: LoadBalancer,
  parts: Omit<SettingsParts, 'loadBalancer'>,
  matched: Reason,
): CompiledLoadBalancer {
  const base = effectiveOf(loadBalancer);
  const combinations = new Map<string, CompiledSettings>();
  const combine = (poolSet: CompiledPoolSet | undefined, rules: readonly CompiledRule[]): CompiledSettings => {
    const overrides = poolSet && loadBalancer.pool_sets[poolSet.index]?.overrides;
    let settings = overrides ? withPoolSet(base, overrides) : base;
    for (const { index } of rules) settings = withOverrides(settings, loadBalancer.rules[index]?.overrides ?? {});
    return compileSettings(settings, { ...parts, loadBalancer });
  };
  const plain = combine(undefined, []);

  return {
    loadBalancer,
    opening: [matched],
    poolSets: compilePoolSets(loadBalancer.pool_sets),
    noPoolSet: passedOver(loadBalancer.pool_sets),
    rules: compileRules(loadBalancer.rules),
    settingsFor(poolSet, rules) {
      if (!poolSet && rules.length === 0) return plain;
      let key = poolSet ? `${poolSet.index}` : '';
      for (const { index } of rules) key += `,${index}`;
      let settings = combinations.get(key);
      if (!settings) {
        if (combinations.size >= MAX_COMBINATIONS) combinations.delete(combinations.keys().next().value ?? '');
        settings = combine(poolSet, rules);
        combinations.set(key, settings);
      }
      return settings;
    },
  };
}
