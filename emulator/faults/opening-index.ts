import type { WayMatch } from '../state/fault.types.js';
import type { AccountSnapshot } from '../state/state.types.js';
import type { Opening, WayFaultEffect } from './fault.types.js';
import { dataCenterOf, idsOf, poolNameOf } from './match.js';
import {
  type Buckets,
  both,
  type Entry,
  ExactFinder,
  type Finder,
  type Found,
  MatchIndex,
  one,
  put,
} from './match-index.js';

/** What the index needs of each that it finds. */
export interface Indexed {
  readonly match: WayMatch;
  readonly dataCenter: WayFaultEffect['dataCenter'];
}

/** Faults of ways, by what they match. */
export function openingIndex<T extends Indexed>(
  values: readonly T[],
  account: AccountSnapshot,
): MatchIndex<T, Opening> {
  const exact = (
    asked: (match: WayMatch, value: T) => Iterable<string> | undefined,
    has: (opening: Opening) => string | undefined,
  ) => new ExactFinder<T, Opening>((value) => asked(value.match, value), has);
  return new MatchIndex<T, Opening>(values, [
    exact(
      ({ connector }) => one(connector),
      ({ opened }) => opened.connection?.connectorId,
    ),
    exact(
      ({ endpoint }) => one(endpoint),
      ({ path }) => path.endpoint.name,
    ),
    exact(
      ({ tunnel }) => (tunnel === undefined ? undefined : idsOf(tunnel, account.tunnels)),
      ({ path }) => (path.kind === 'public' ? undefined : path.tunnelId),
    ),
    exact(
      (match) => one(poolNameOf(match, account)),
      ({ path }) => path.endpoint.pool,
    ),
    new HostFinder<T>(),
    new PathFinder<T>(),
    new HeaderFinder<T>(),
    exact(
      ({ method }) => one(method),
      ({ options }) => options.facts?.method,
    ),
    exact(
      ({ country }) => one(country),
      ({ options }) => options.facts && (options.facts.country ?? options.from.country),
    ),
    ...(['ingress', 'egress'] as const).map((which) =>
      exact(
        ({ data_center }, { dataCenter = 'ingress' }) => (dataCenter === which ? one(data_center) : undefined),
        (opening) => dataCenterOf(opening, which),
      ),
    ),
  ]);
}

/** Exact names, and wildcards by the part that they share. */
class HostFinder<T extends Indexed> implements Finder<T, Opening> {
  private readonly names: Buckets<T> = new Map();
  /** By `.example.com`. */
  private readonly endings: Buckets<T> = new Map();

  add(entry: Entry<T>): boolean {
    const { host } = entry.value.match;
    if (host === undefined) return false;
    const name = host.toLowerCase();
    if (name.startsWith('*.')) put(this.endings, name.slice(1), entry);
    else put(this.names, name, entry);
    return true;
  }

  find({ options: { facts } }: Opening): Found<T> {
    if (!facts) return undefined;
    const { host } = facts;
    let found: Found<T> = this.names.get(host);
    if (this.endings.size === 0) return found;
    for (let dot = host.indexOf('.'); dot !== -1; dot = host.indexOf('.', dot + 1))
      found = both(found, this.endings.get(host.slice(dot)));
    return found;
  }

  get isEmpty(): boolean {
    return this.names.size === 0 && this.endings.size === 0;
  }
}

/** By how paths begin: there are only so many different lengths of beginnings. */
class PathFinder<T extends Indexed> implements Finder<T, Opening> {
  private readonly buckets: Buckets<T> = new Map();
  private readonly lengths = new Set<number>();

  add(entry: Entry<T>): boolean {
    const { path } = entry.value.match;
    if (path === undefined) return false;
    put(this.buckets, path, entry);
    this.lengths.add(path.length);
    return true;
  }

  find({ options: { facts } }: Opening): Found<T> {
    let found: Found<T>;
    if (!facts) return found;
    for (const length of this.lengths)
      if (length <= facts.path.length) found = both(found, this.buckets.get(facts.path.slice(0, length)));
    return found;
  }

  get isEmpty(): boolean {
    return this.buckets.size === 0;
  }
}

/** By the first header that is asked for, and its value. */
class HeaderFinder<T extends Indexed> implements Finder<T, Opening> {
  private readonly names = new Map<string, Buckets<T>>();

  add(entry: Entry<T>): boolean {
    const { header } = entry.value.match;
    const [first] = Object.entries(header ?? {});
    if (!first) return false;
    const name = first[0].toLowerCase();
    const values = this.names.get(name) ?? new Map();
    put(values, first[1], entry);
    this.names.set(name, values);
    return true;
  }

  find({ options: { facts } }: Opening): Found<T> {
    const headers = facts?.headers ?? [];
    const buckets: Entry<T>[][] = [];
    for (let i = 0; i + 1 < headers.length; i += 2) {
      const bucket = this.names.get((headers[i] as string).toLowerCase())?.get(headers[i + 1] as string);
      // A header may be there twice.
      if (bucket && !buckets.includes(bucket)) buckets.push(bucket);
    }
    return buckets.length === 0 ? undefined : buckets.flat();
  }

  get isEmpty(): boolean {
    return this.names.size === 0;
  }
}
