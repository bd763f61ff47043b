import type { Route } from '../state/objects.js';
import { type Cidr, type IpAddress, parseCidr, parseIp } from './ip-address.js';
import { createTrie, type Trie } from './trie.js';

/**
 * Which tunnel a private address belongs to: the account's routes, by virtual network. The longest prefix wins
 * (docs/reference/load-balancing.md 9.1); the same CIDR may stand in several virtual networks. Immutable.
 */
export interface RouteTable {
  /** The route that covers `ip` in that virtual network; undefined when none does, or `ip` is not an IP address. */
  lookup(virtualNetworkId: string, ip: string): Route | undefined;
}

/** The tries of one virtual network. */
interface Families {
  readonly 4: Trie<Route>;
  readonly 6: Trie<Route>;
}

/** Endpoints are few and asked for again and again; a scan of a whole subnet must not fill the memory. */
const PARSED_LIMIT = 4096;

export function buildRouteTable(routes: Iterable<Route>): RouteTable {
  const networks = new Map<string, Families>();
  for (const route of routes) {
    const cidr: Cidr | undefined = parseCidr(route.network);
    // The state takes only valid networks; one that is not cannot cover anything.
    if (!cidr) continue;
    let families = networks.get(route.virtual_network_id);
    if (!families) {
      families = { 4: createTrie<Route>(), 6: createTrie<Route>() };
      networks.set(route.virtual_network_id, families);
    }
    families[cidr.family].set(cidr, route);
  }

  const parsed = new Map<string, IpAddress | undefined>();
  const parse = (text: string): IpAddress | undefined => {
    const known = parsed.get(text);
    if (known || parsed.has(text)) return known;
    if (parsed.size >= PARSED_LIMIT) parsed.clear();
    const ip = parseIp(text);
    parsed.set(text, ip);
    return ip;
  };

  return {
    lookup(virtualNetworkId, text) {
      const families = networks.get(virtualNetworkId);
      if (!families) return undefined;
      const ip = parse(text);
      return ip && families[ip.family].lookup(ip);
    },
  };
}
