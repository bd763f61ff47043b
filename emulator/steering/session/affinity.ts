import type { LoadBalancer, SessionAffinity, ZeroDowntimeFailover } from '../../state/objects.js';
import { SESSION_DEFAULTS, SESSION_TTL } from '../../state/session-defaults.js';
import { type EffectiveSettings, resolvedPolicy } from '../effective.js';
import type { CompiledEndpoint, CompiledPool } from '../snapshot.types.js';
import { cookieAttributes } from './cookies.js';
import { compileHeaderKey, type HeaderKey } from './header-key.js';
import { endpointTag, type SessionTokens } from './tokens.js';

/** An endpoint to which a session may be pinned. */
export interface PinnedTarget {
  readonly pool: CompiledPool;
  readonly endpoint: CompiledEndpoint;
}

/** How a load balancer keeps clients at their endpoints (docs/reference/load-balancing.md section 5). */
export interface CompiledAffinity {
  readonly type: Exclude<SessionAffinity, 'none'>;
  readonly loadBalancerId: string;
  /** Seconds: from creation for cookies, from the last use for headers. */
  readonly ttl: number;
  readonly failover: ZeroDowntimeFailover;
  /** Milliseconds for which a disabled endpoint keeps its sessions. */
  readonly drain: number;
  readonly tokens: SessionTokens;
  /** What stands behind the cookie's own attributes. */
  readonly cookieAttributes: string;
  readonly keyOf: HeaderKey;
  /** By {@link endpointTag}. A session that leads elsewhere is not honoured (14.17, 14.21). */
  readonly targets: () => ReadonlyMap<string, PinnedTarget>;
}

export interface AffinityParts {
  readonly loadBalancer: LoadBalancer;
  readonly settings: EffectiveSettings;
  readonly pools: ReadonlyMap<string, CompiledPool>;
  readonly tokens: SessionTokens;
  readonly alwaysUseHttps: boolean;
}

/** undefined: the load balancer keeps no sessions. */
export function compileAffinity(parts: AffinityParts): CompiledAffinity | undefined {
  const { settings, tokens, loadBalancer } = parts;
  const { session_affinity: type } = settings;
  if (type === 'none') return undefined;
  const attributes = { ...SESSION_DEFAULTS, ...settings.session_affinity_attributes };
  let targets: ReadonlyMap<string, PinnedTarget> | undefined;
  return {
    type,
    loadBalancerId: loadBalancer.id,
    ttl: settings.session_affinity_ttl ?? SESSION_TTL[type].default,
    failover: attributes.zero_downtime_failover,
    drain: attributes.drain_duration * 1000,
    tokens,
    cookieAttributes: cookieAttributes(attributes, parts.alwaysUseHttps),
    keyOf: compileHeaderKey(attributes),
    targets: () => {
      targets ??= targetsOf(settings, parts.pools);
      return targets;
    },
  };
}

function targetsOf(
  settings: EffectiveSettings,
  pools: ReadonlyMap<string, CompiledPool>,
): ReadonlyMap<string, PinnedTarget> {
  const targets = new Map<string, PinnedTarget>();
  for (const id of poolsOf(settings)) {
    const pool = pools.get(id);
    for (const endpoint of pool?.all ?? []) if (pool) targets.set(tagOf(endpoint), { pool, endpoint });
  }
  return targets;
}

/** Every pool to which a request with these settings can get. */
function poolsOf(settings: EffectiveSettings): ReadonlySet<string> {
  const { pools, default_pools, region_pools, country_pools, pop_pools, fallback_pool } = settings;
  if (pools) return new Set([...pools, fallback_pool]);
  if (resolvedPolicy(settings) !== 'geo') return new Set([...default_pools, fallback_pool]);
  const mapped = [region_pools, country_pools, pop_pools].flatMap((map) => Object.values(map).flat());
  return new Set([...default_pools, ...mapped, fallback_pool]);
}

const TAGS = new WeakMap<CompiledEndpoint, string>();

export function tagOf(endpoint: CompiledEndpoint): string {
  let tag = TAGS.get(endpoint);
  if (tag === undefined) {
    tag = endpointTag(endpoint.attempt.pool.id, endpoint.origin.name);
    TAGS.set(endpoint, tag);
  }
  return tag;
}
