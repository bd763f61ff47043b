import type { DnsRecord, LoadBalancer, Tunnel } from '../state/objects.js';
import { poolReferences } from '../state/pool-references.js';
import type { AccountSnapshot } from '../state/state.types.js';
import { tunnelHostname } from '../state/tunnel-hostname.js';
import { compileLoadBalancer } from './compile-load-balancer.js';
import { compilePool } from './compile-pool.js';
import { compileRecords } from './compile-records.js';
import type { SessionTokens } from './session/tokens.js';
import type { CompiledPool, HostTarget } from './snapshot.types.js';
import type { Endpoint, Reason } from './steering.types.js';

/** What one name has. */
export interface Named {
  readonly loadBalancer: LoadBalancer | undefined;
  readonly records: readonly DnsRecord[];
}

/** A load balancer beats the record of the same name unless it is disabled (docs/reference/load-balancing.md 1.1). */
export function compileTarget(
  name: string,
  { loadBalancer, records }: Named,
  account: AccountSnapshot,
  tokens: SessionTokens,
): HostTarget | undefined {
  const how = name.startsWith('*.') ? 'the wildcard covers the host' : 'the host is its name';
  const reason = (step: string, outcome: string, detail: string): Reason =>
    Object.freeze({ step, subject: name, outcome, detail });

  if (loadBalancer?.enabled) {
    if (!loadBalancer.proxied) {
      const why = reason(
        'load_balancer',
        'dns_only',
        `${how}, but it is not proxied (proxied: false): it only answers DNS`,
      );
      return { kind: 'dns_only', name, what: 'load balancer', reasons: [why] };
    }
    const beaten = records.length > 0 ? '; it beats the DNS record of the same name' : '';
    const matched = reason('load_balancer', 'matched', `${how}${beaten}`);
    const alwaysUseHttps = account.zones.get(loadBalancer.zone_id)?.settings.always_use_https ?? false;
    const parts = { pools: poolsOf(loadBalancer, account), tokens, alwaysUseHttps };
    const target = compileLoadBalancer(loadBalancer, parts, matched);
    return { kind: 'load_balancer', target };
  }

  const opening = loadBalancer
    ? [reason('load_balancer', 'skipped', 'disabled: DNS records of the same name take over')]
    : [];
  const [first, ...others] = records.filter((record) => record.proxied);
  if (first) {
    const reasons = [...opening, reason('dns_record', 'matched', how)];
    return { kind: 'dns_record', target: compileRecords([first, ...others], account.tunnels), reasons };
  }
  if (records.length > 0) {
    const why = reason('dns_record', 'dns_only', `${how}, but it is not proxied (proxied: false): it only answers DNS`);
    return { kind: 'dns_only', name, what: 'DNS record', reasons: [...opening, why] };
  }
  if (!loadBalancer) return undefined;
  const none = reason('dns_record', 'none', 'no DNS record has the name of the disabled load balancer');
  return { kind: 'disabled', reasons: [...opening, none] };
}

/** Its own pools, and no others: what it was compiled to holds as long as they do. */
export function poolsOf(loadBalancer: LoadBalancer, account: AccountSnapshot): ReadonlyMap<string, CompiledPool> {
  const pools = new Map<string, CompiledPool>();
  for (const { pool: id } of poolReferences(loadBalancer)) {
    const pool = account.pools.get(id);
    if (pool) pools.set(id, compilePool(pool));
  }
  return pools;
}

/** What a tunnel's own host name stands for. */
export function compileTunnel(tunnel: Tunnel): HostTarget {
  const endpoint: Endpoint = Object.freeze({ name: tunnel.name, address: tunnelHostname(tunnel.id), port: 0 });
  return {
    kind: 'tunnel_hostname',
    attempt: Object.freeze({ endpoint, fallback: false }),
    reasons: [
      Object.freeze({
        step: 'tunnel_hostname',
        subject: tunnel.name,
        outcome: 'matched',
        detail: 'the host is the tunnel’s own name',
      }),
    ],
  };
}
