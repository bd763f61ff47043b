import type { LoadBalancer } from '../state/objects.js';
import { poolReferences } from '../state/pool-references.js';
import type { AccountSnapshot, Change } from '../state/state.types.js';
import { compileLoadBalancer } from './compile-load-balancer.js';
import { poolsOf } from './compile-target.js';
import type { SessionTokens } from './session/tokens.js';
import type { CompiledLoadBalancer } from './snapshot.types.js';
import type { Reason } from './steering.types.js';

/** The account's private load balancers by their addresses. Immutable. */
export class PrivateTargets {
  private constructor(private readonly targets: ReadonlyMap<string, CompiledLoadBalancer>) {}

  static of(account: AccountSnapshot, tokens: SessionTokens): PrivateTargets {
    const targets = new Map<string, CompiledLoadBalancer>();
    for (const each of account.load_balancers.values()) put(targets, each, account, tokens);
    return new PrivateTargets(targets);
  }

  find(address: string): CompiledLoadBalancer | undefined {
    return this.targets.get(address);
  }

  /** The same after these changes; itself when they are about other things. */
  changed(changes: readonly Change[], account: AccountSnapshot, tokens: SessionTokens): PrivateTargets {
    const gone: string[] = [];
    const wanted = new Set<string>();
    const pools = new Set<string>();
    for (const { kind, id, before } of changes) {
      if (kind === 'pools') pools.add(id);
      if (kind !== 'load_balancers') continue;
      const address = (before as LoadBalancer | undefined)?.address;
      if (address !== undefined) gone.push(address);
      wanted.add(id);
    }
    for (const { loadBalancer } of pools.size === 0 ? [] : this.targets.values()) {
      for (const { pool } of poolReferences(loadBalancer)) if (pools.has(pool)) wanted.add(loadBalancer.id);
    }
    const now = [...wanted].flatMap((id) => account.load_balancers.get(id) ?? []).filter(isPrivate);
    if (gone.length === 0 && now.length === 0) return this;
    const targets = new Map(this.targets);
    // First all of them: an address may have gone from one to another.
    for (const address of gone) targets.delete(address);
    for (const each of now) put(targets, each, account, tokens);
    return new PrivateTargets(targets);
  }
}

function isPrivate({ address }: LoadBalancer): boolean {
  return address !== undefined;
}

function put(
  targets: Map<string, CompiledLoadBalancer>,
  loadBalancer: LoadBalancer,
  account: AccountSnapshot,
  tokens: SessionTokens,
): void {
  const { address } = loadBalancer;
  if (address !== undefined) targets.set(address, compiled(loadBalancer, address, account, tokens));
}

/**
 * Without what is HTTP's: rules, sessions, and failover across pools, which layer 4 does not have
 * (docs/reference/load-balancing.md 1.1, 6, 9.4).
 */
function compiled(
  loadBalancer: LoadBalancer,
  address: string,
  account: AccountSnapshot,
  tokens: SessionTokens,
): CompiledLoadBalancer {
  const { name } = loadBalancer;
  const limited: LoadBalancer = { ...loadBalancer, rules: [], session_affinity: 'none', adaptive_routing: null };
  const parts = { pools: poolsOf(loadBalancer, account), tokens, alwaysUseHttps: false };
  const reason = (outcome: string, detail: string): Reason =>
    Object.freeze({ step: 'load_balancer', subject: name, outcome, detail });
  const target = compileLoadBalancer(limited, parts, reason('matched', `${address} is its address`));
  const without = withoutEffect(loadBalancer);
  if (without.length === 0) return { ...target, loadBalancer };
  const detail = `without ${without.join(', ')}: a private load balancer has no such thing`;
  return { ...target, loadBalancer, opening: [...target.opening, reason('limited', detail)] };
}

function withoutEffect({ rules, session_affinity, adaptive_routing }: LoadBalancer): readonly string[] {
  return [
    ...(rules.length > 0 ? ['rules'] : []),
    ...(session_affinity === 'none' ? [] : ['session_affinity']),
    ...(adaptive_routing?.failover_across_pools ? ['failover_across_pools'] : []),
  ];
}
