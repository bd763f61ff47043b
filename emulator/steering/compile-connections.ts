import type { LoadBalancer } from '../state/objects.js';
import type { AccountSnapshot } from '../state/state.types.js';
import { compileLoadBalancer } from './compile-load-balancer.js';
import { poolsOf } from './compile-target.js';
import type { SessionTokens } from './session/tokens.js';
import type { CompiledLoadBalancer } from './snapshot.types.js';
import type { Reason } from './steering.types.js';

/** How the reasons speak of a load balancer of connections. */
interface Words {
  /** How it was found. */
  readonly matched: string;
  /** What it is, that it has no more. */
  readonly kind: string;
}

/**
 * A load balancer for connections: without what is HTTP's, which are rules, sessions, and failover across pools
 * (docs/reference/load-balancing.md 1.1, 6, 9.4).
 */
export function compileForConnections(
  loadBalancer: LoadBalancer,
  account: AccountSnapshot,
  tokens: SessionTokens,
  { matched, kind }: Words,
): CompiledLoadBalancer {
  const { name } = loadBalancer;
  const limited: LoadBalancer = { ...loadBalancer, rules: [], session_affinity: 'none', adaptive_routing: null };
  const parts = { pools: poolsOf(loadBalancer, account), tokens, alwaysUseHttps: false };
  const reason = (outcome: string, detail: string): Reason =>
    Object.freeze({ step: 'load_balancer', subject: name, outcome, detail });
  const target = compileLoadBalancer(limited, parts, reason('matched', matched));
  const without = withoutEffect(loadBalancer);
  if (without.length === 0) return { ...target, loadBalancer };
  const detail = `without ${without.join(', ')}: ${kind} has no such thing`;
  return { ...target, loadBalancer, opening: [...target.opening, reason('limited', detail)] };
}

function withoutEffect({ rules, session_affinity, adaptive_routing }: LoadBalancer): readonly string[] {
  return [
    ...(rules.length > 0 ? ['rules'] : []),
    ...(session_affinity === 'none' ? [] : ['session_affinity']),
    ...(adaptive_routing?.failover_across_pools ? ['failover_across_pools'] : []),
  ];
}
