import type { LoadBalancer } from '../state/objects.js';
import { poolReferences } from '../state/pool-references.js';
import type { AccountSnapshot, Change } from '../state/state.types.js';
import { compileForConnections } from './compile-connections.js';
import type { SessionTokens } from './session/tokens.js';
import type { CompiledLoadBalancer } from './snapshot.types.js';

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
  if (address === undefined) return;
  const words = { matched: `${address} is its address`, kind: 'a private load balancer' };
  targets.set(address, compileForConnections(loadBalancer, account, tokens, words));
}
