import type { Origin, Pool, Route } from '../state/objects.js';
import type { AccountSnapshot, Change } from '../state/state.types.js';
import { tunnelHostname } from '../state/tunnel-hostname.js';

/** What of health a change of the account is about. */
export interface Affected {
  /** Pools that are watched, or were, and may be watched otherwise now. */
  readonly pools: ReadonlySet<string>;
  /** Whether an endpoint may be reached by another way; undefined: none. */
  readonly way: ((origin: Origin) => boolean) | undefined;
}

/** Pools, and what watches them; ways lead by routes and tunnels. */
export function affectedBy(
  changes: readonly Change[],
  account: Pick<AccountSnapshot, 'pools' | 'monitor_groups'>,
): Affected {
  const pools = new Set<string>();
  const monitors = new Set<string>();
  const groups = new Set<string>();
  const networks = new Set<string>();
  const addresses = new Set<string>();
  for (const { kind, id, before, after } of changes) {
    const both = [before, after].filter((object) => object !== undefined);
    if (kind === 'pools' && both.some((pool) => isWatched(pool as Pool))) pools.add(id);
    if (kind === 'monitors') monitors.add(id);
    if (kind === 'monitor_groups') groups.add(id);
    if (kind === 'routes') for (const route of both) networks.add((route as Route).virtual_network_id);
    if (kind === 'tunnels' && both.length === 1) addresses.add(tunnelHostname(id));
  }
  if (monitors.size > 0) {
    for (const { id, members } of account.monitor_groups.values()) {
      if (members.some(({ monitor_id }) => monitors.has(monitor_id))) groups.add(id);
    }
  }
  if (monitors.size + groups.size > 0) {
    for (const { id, monitor, monitor_group } of account.pools.values()) {
      if (monitors.has(monitor ?? '') || groups.has(monitor_group ?? '')) pools.add(id);
    }
  }
  const way = ({ virtual_network_id, address }: Origin): boolean =>
    networks.has(virtual_network_id ?? '') || addresses.has(address.toLowerCase());
  return { pools, way: networks.size + addresses.size > 0 ? way : undefined };
}

export function isWatched({ monitor, monitor_group }: Pool): boolean {
  return monitor !== undefined || monitor_group !== undefined;
}

/** Of these pools, those with the ids. */
export function some(pools: AccountSnapshot['pools'], ids: Iterable<string>): AccountSnapshot['pools'] {
  const found = new Map<string, Pool>();
  for (const id of ids) {
    const pool = pools.get(id);
    if (pool) found.set(id, pool);
  }
  return found;
}
