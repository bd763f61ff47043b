import type { DnsRecord, LoadBalancer, Tunnel, Zone } from '../state/objects.js';
import type { AccountSnapshot } from '../state/state.types.js';
import { tunnelHostname } from '../state/tunnel-hostname.js';
import { compileLoadBalancer } from './compile-load-balancer.js';
import { compilePool } from './compile-pool.js';
import { compileRecords, leadsSomewhere } from './compile-records.js';
import { buildHostIndex } from './host-index.js';
import { createSessionTokens, type SessionTokens } from './session/tokens.js';
import type { CompiledPool, HostTarget, SteeringSnapshot } from './snapshot.types.js';
import type { Endpoint, Reason } from './steering.types.js';

/** What of the account its names are compiled with. */
interface Parts {
  readonly pools: ReadonlyMap<string, CompiledPool>;
  readonly tokens: SessionTokens;
  readonly zones: ReadonlyMap<string, Zone>;
  readonly tunnels: ReadonlyMap<string, Tunnel>;
}

/** What one name has. */
interface Named {
  loadBalancer?: LoadBalancer;
  readonly records: DnsRecord[];
}

/** Compiles the account for {@link SteeringSnapshot}: once per transaction, so that a request only looks up. */
export function compileSnapshot(account: AccountSnapshot): SteeringSnapshot {
  const pools = new Map([...account.pools].map(([id, pool]) => [id, compilePool(pool)]));
  const parts: Parts = {
    pools,
    tokens: createSessionTokens(`${account.account.id} ${account.account.api_token}`),
    zones: account.zones,
    tunnels: account.tunnels,
  };
  const targets = new Map<string, HostTarget>();
  for (const tunnel of account.tunnels.values()) targets.set(tunnelHostname(tunnel.id), tunnelTarget(tunnel));
  for (const [name, named] of byName(account)) {
    const target = targetOf(name, named, parts);
    if (target) targets.set(name, target);
  }
  const index = buildHostIndex(targets);
  return { revision: account.revision, find: (host) => index.find(host), names: answered(targets) };
}

function answered(targets: ReadonlyMap<string, HostTarget>): readonly string[] {
  return [...targets].flatMap(([name, { kind }]) =>
    !name.startsWith('*.') && (kind === 'load_balancer' || kind === 'dns_record') ? [name] : [],
  );
}

function byName(account: AccountSnapshot): Map<string, Named> {
  const names = new Map<string, Named>();
  const at = (name: string): Named => {
    const key = name.toLowerCase();
    let named = names.get(key);
    if (!named) {
      named = { records: [] };
      names.set(key, named);
    }
    return named;
  };
  for (const loadBalancer of account.load_balancers.values()) {
    // Those of the account itself have no host (docs/reference/load-balancing.md 1.1, public and private).
    if (loadBalancer.zone_id !== '') at(loadBalancer.name).loadBalancer = loadBalancer;
  }
  for (const record of account.dns_records.values()) if (leadsSomewhere(record)) at(record.name).records.push(record);
  return names;
}

/** A load balancer beats the record of the same name unless it is disabled (docs/reference/load-balancing.md 1.1). */
function targetOf(
  name: string,
  { loadBalancer, records }: Named,
  { zones, tunnels, ...parts }: Parts,
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
    const alwaysUseHttps = zones.get(loadBalancer.zone_id)?.settings.always_use_https ?? false;
    const target = compileLoadBalancer(loadBalancer, { ...parts, alwaysUseHttps }, matched);
    return { kind: 'load_balancer', target };
  }

  const opening = loadBalancer
    ? [reason('load_balancer', 'skipped', 'disabled: DNS records of the same name take over')]
    : [];
  const [first, ...others] = records.filter((record) => record.proxied);
  if (first) {
    const reasons = [...opening, reason('dns_record', 'matched', how)];
    return { kind: 'dns_record', target: compileRecords([first, ...others], tunnels), reasons };
  }
  if (records.length > 0) {
    const why = reason('dns_record', 'dns_only', `${how}, but it is not proxied (proxied: false): it only answers DNS`);
    return { kind: 'dns_only', name, what: 'DNS record', reasons: [...opening, why] };
  }
  if (!loadBalancer) return undefined;
  const none = reason('dns_record', 'none', 'no DNS record has the name of the disabled load balancer');
  return { kind: 'disabled', reasons: [...opening, none] };
}

function tunnelTarget(tunnel: Tunnel): HostTarget {
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
