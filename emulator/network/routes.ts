import { copyOf } from '../../runtime/layered-map.js';
import type { Route } from '../state/objects.js';
import { type Cidr, type IpAddress, parseCidr, parseIp } from './ip-address.js';
import { emptyTrie, type Trie } from './trie.js';

/**
 * Which tunnel a private address belongs to: the account's routes, by virtual network. The longest prefix wins
 * (docs/reference/load-balancing.md 9.1); the same CIDR may stand in several virtual networks. Immutable.
 */
export interface RouteTable {
  /** The route that covers `ip` in that virtual network; undefined when none does, or `ip` is not an IP address. */
  lookup(virtualNetworkId: string, ip: string): Route | undefined;
  /** The route of exactly this CIDR, however it is written. */
  at(virtualNetworkId: string, network: string): Route | undefined;
}

/** A route that came, went, or became another. */
export interface RouteChange {
  readonly before?: Route | undefined;
  readonly after?: Route | undefined;
}

/** The tries of one virtual network. */
interface Families {
  readonly 4: Trie<Route>;
  readonly 6: Trie<Route>;
}

type Networks = ReadonlyMap<string, Families>;

/** Endpoints are few and asked for again and again; a scan of a whole subnet must not fill the memory. */
const PARSED_LIMIT = 4096;

/** By the collection that they were made of, which never changes. */
const TABLES = new WeakMap<ReadonlyMap<string, Route>, Table>();

/** The table of an account's routes: made once, or carried on from the table before by {@link followRoutes}. */
export function routeTableOf(routes: ReadonlyMap<string, Route>): RouteTable {
  let table = TABLES.get(routes);
  if (!table) {
    table = Table.of(routes.values());
    TABLES.set(routes, table);
  }
  return table;
}

/** Tells that `after` is `before` with these changes, so that its table costs no more than they do. */
export function followRoutes(
  before: ReadonlyMap<string, Route>,
  after: ReadonlyMap<string, Route>,
  changes: readonly RouteChange[],
): void {
  const table = TABLES.get(before);
  if (table && !TABLES.has(after)) TABLES.set(after, table.changed(changes));
}

class Table implements RouteTable {
  private constructor(
    private readonly networks: Networks,
    /** The same for all that follow from one another. */
    private readonly parse: (text: string) => IpAddress | undefined,
  ) {}

  static of(routes: Iterable<Route>): Table {
    return new Table(new Map(), rememberedIps()).changed(Array.from(routes, (after) => ({ after })));
  }

  lookup(virtualNetworkId: string, text: string): Route | undefined {
    const families = this.networks.get(virtualNetworkId);
    if (!families) return undefined;
    const ip = this.parse(text);
    return ip && families[ip.family].lookup(ip);
  }

  at(virtualNetworkId: string, network: string): Route | undefined {
    const cidr = parseCidr(network);
    return cidr && this.networks.get(virtualNetworkId)?.[cidr.family].at(cidr);
  }

  changed(changes: readonly RouteChange[]): Table {
    const networks = copyOf(this.networks);
    const put = (route: Route, write: (trie: Trie<Route>, cidr: Cidr) => Trie<Route>): void => {
      const cidr = parseCidr(route.network);
      // The state takes only valid networks; one that is not cannot cover anything.
      if (!cidr) return;
      const old = networks.get(route.virtual_network_id) ?? NO_ROUTES;
      const families: Families = { ...old, [cidr.family]: write(old[cidr.family], cidr) };
      if (families[4].isEmpty && families[6].isEmpty) networks.delete(route.virtual_network_id);
      else networks.set(route.virtual_network_id, families);
    };
    // First what goes: another may come to the same place.
    for (const { before } of changes) if (before) put(before, (trie, cidr) => trie.remove(cidr));
    for (const { after } of changes) if (after) put(after, (trie, cidr) => trie.set(cidr, after));
    return new Table(networks, this.parse);
  }
}

const NO_ROUTES: Families = { 4: emptyTrie<Route>(), 6: emptyTrie<Route>() };

function rememberedIps(): (text: string) => IpAddress | undefined {
  const parsed = new Map<string, IpAddress | undefined>();
  return (text) => {
    const known = parsed.get(text);
    if (known || parsed.has(text)) return known;
    if (parsed.size >= PARSED_LIMIT) parsed.clear();
    const ip = parseIp(text);
    parsed.set(text, ip);
    return ip;
  };
}
