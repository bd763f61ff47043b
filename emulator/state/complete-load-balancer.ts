import type * as z from 'zod';
import type { LoadBalancer, Rule, RuleOverrides, SessionAffinity } from './load-balancer.types.js';
import type { Managed } from './objects.js';
import { addressFor } from './private-address.js';
import type { Schemas } from './schemas/index.js';
import { SESSION_DEFAULTS, SESSION_TTL } from './session-defaults.js';
import type { Collections } from './state.types.js';

type Parsed = z.output<Schemas['load_balancers']>;

/** A load balancer with the defaults that depend on other fields (docs/reference/api.md 2.2). */
export function completeLoadBalancer(
  parsed: Parsed,
  {
    before,
    account,
  }: { readonly before: LoadBalancer | undefined; readonly account: Pick<Collections, 'load_balancers'> },
): Omit<LoadBalancer, keyof Managed> {
  const { address, session_affinity, session_affinity_ttl, session_affinity_attributes, rules, ...rest } = parsed;
  const affinity = affinityOf(session_affinity);
  return {
    ...rest,
    name: parsed.name.toLowerCase(),
    ...(parsed.zone_id === '' ? { address: addressFor(parsed.name, address, account.load_balancers, before) } : {}),
    session_affinity: affinity,
    ...(affinity === 'none' ? {} : { session_affinity_ttl: session_affinity_ttl ?? SESSION_TTL[affinity].default }),
    // Without affinity only what was sent: clients must get it back, and a rule may take it up.
    ...(affinity === 'none' && session_affinity_attributes === undefined
      ? {}
      : { session_affinity_attributes: { ...SESSION_DEFAULTS, ...session_affinity_attributes } }),
    rules: rules.map(completeRule),
  };
}

function affinityOf(given: Parsed['session_affinity']): SessionAffinity {
  return given === '' ? 'none' : given;
}

/** Inside overrides only what was sent. */
function completeRule({ overrides, ...rule }: Parsed['rules'][number]): Rule {
  return {
    ...rule,
    terminates: rule.terminates || rule.fixed_response !== undefined,
    ...(overrides === undefined ? {} : { overrides: completeOverrides(overrides) }),
  };
}

function completeOverrides({
  session_affinity,
  ...overrides
}: NonNullable<Parsed['rules'][number]['overrides']>): RuleOverrides {
  return session_affinity === undefined ? overrides : { ...overrides, session_affinity: affinityOf(session_affinity) };
}
