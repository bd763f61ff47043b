import type { SpectrumApplication } from '../state/objects.js';
import { poolReferences } from '../state/pool-references.js';
import type { AccountSnapshot, Change } from '../state/state.types.js';
import { compileForConnections } from './compile-connections.js';
import type { SessionTokens } from './session/tokens.js';
import type { CompiledLoadBalancer } from './snapshot.types.js';

/** The load balancers behind the account's Spectrum applications, by the ids of these. Immutable. */
export class SpectrumTargets {
  private constructor(private readonly targets: ReadonlyMap<string, CompiledLoadBalancer>) {}

  static of(account: AccountSnapshot, tokens: SessionTokens): SpectrumTargets {
    return new SpectrumTargets(compileAll(account, tokens, () => undefined));
  }

  find(applicationId: string): CompiledLoadBalancer | undefined {
    return this.targets.get(applicationId);
  }

  /** The same after these changes; itself when they are about other things. Applications are few: each has a listener. */
  changed(changes: readonly Change[], account: AccountSnapshot, tokens: SessionTokens): SpectrumTargets {
    const touched = { spectrum: new Set<string>(), load_balancers: new Set<string>(), pools: new Set<string>() };
    for (const { kind, id } of changes) if (Object.hasOwn(touched, kind)) touched[kind as keyof typeof touched].add(id);
    const isTouched = (id: string, { loadBalancer }: CompiledLoadBalancer): boolean =>
      touched.spectrum.has(id) ||
      touched.load_balancers.has(loadBalancer.id) ||
      (touched.pools.size > 0 && [...poolReferences(loadBalancer)].some(({ pool }) => touched.pools.has(pool)));
    const isSame = touched.spectrum.size === 0 && ![...this.targets].some(([id, target]) => isTouched(id, target));
    if (isSame) return this;
    return new SpectrumTargets(
      compileAll(account, tokens, (id) => {
        const target = this.targets.get(id);
        return target && !isTouched(id, target) ? target : undefined;
      }),
    );
  }
}

/** @param kept what was compiled before, and still holds */
function compileAll(
  account: AccountSnapshot,
  tokens: SessionTokens,
  kept: (id: string) => CompiledLoadBalancer | undefined,
): ReadonlyMap<string, CompiledLoadBalancer> {
  const targets = new Map<string, CompiledLoadBalancer>();
  for (const [id, application] of account.spectrum) {
    const target = kept(id) ?? compiled(application, account, tokens);
    if (target) targets.set(id, target);
  }
  return targets;
}

/** Proxied, whatever `proxied` says (docs/reference/load-balancing.md 9.4). */
function compiled(
  { name, load_balancer_id }: SpectrumApplication,
  account: AccountSnapshot,
  tokens: SessionTokens,
): CompiledLoadBalancer | undefined {
  const loadBalancer = account.load_balancers.get(load_balancer_id);
  const words = { matched: `it is behind the Spectrum application ${name}`, kind: 'Spectrum' };
  return loadBalancer && compileForConnections(loadBalancer, account, tokens, words);
}
