import type { WayMatch } from '../state/fault.types.js';
import type { AccountSnapshot } from '../state/state.types.js';
import type { Opening, WayFaultEffect } from './fault.types.js';
import { dataCenterOf, idsOf, poolNameOf } from './match.js';

/** What the index needs of each that it finds. */
export interface Indexed {
  readonly match: WayMatch;
  readonly dataCenter?: WayFaultEffect['dataCenter'];
}

interface Entry<T> {
  readonly value: T;
  /** Its place among all. */
  readonly place: number;
}

type Buckets<T> = Map<string, Entry<T>[]>;
type Visit<T> = (found: readonly Entry<T>[]) => void;

/** Finds what may match an opening by one of the keys of `match`. */
interface Finder<T> {
  /** Takes an entry whose match has this key; false: it has not. */
  add(entry: Entry<T>, match: WayMatch): boolean;
  find(opening: Opening, visit: Visit<T>): void;
  readonly isEmpty: boolean;
}

/**
 * Many faults of ways, by what they match, so that an opening looks at those that may touch it, and not at the thousand
 * others. Each fault stands under one key of its `match`, the first of these that it has; whether the others fit too is
 * asked when it is found.
 */
export class OpeningIndex<T extends Indexed> {
  private readonly finders: readonly Finder<T>[];
  private readonly always: Entry<T>[] = [];

  constructor(values: readonly T[], account: AccountSnapshot) {
    const finders: Finder<T>[] = [
      new ExactFinder(
        ({ connector }) => listed(connector),
        ({ opened }) => opened.connection?.connectorId,
      ),
      new ExactFinder(
        ({ endpoint }) => listed(endpoint),
        ({ path }) => path.endpoint.name,
      ),
      new ExactFinder(
        ({ tunnel }) => (tunnel === undefined ? [] : [...idsOf(tunnel, account.tunnels)]),
        ({ path }) => (path.kind === 'public' ? undefined : path.tunnelId),
      ),
      new ExactFinder(
        (match) => listed(poolNameOf(match, account)),
        ({ path }) => path.endpoint.pool,
      ),
      new HostFinder(),
      new PathFinder(),
      new HeaderFinder(),
      new ExactFinder(
        ({ method }) => listed(method),
        ({ options }) => options.facts?.method,
      ),
      new ExactFinder(
        ({ country }) => listed(country),
        ({ options }) => options.facts && (options.facts.country ?? options.from.country),
      ),
      ...(['ingress', 'egress'] as const).map((which) => new DataCenterFinder<T>(which)),
    ];
    for (const [place, value] of values.entries()) {
      const entry = { value, place };
      if (!finders.some((finder) => finder.add(entry, value.match))) this.always.push(entry);
    }
    this.finders = finders.filter((finder) => !finder.isEmpty);
  }

  /** Those that may match, in the order in which they were given. */
  find(opening: Opening): readonly T[] {
    let found: readonly Entry<T>[] | undefined = this.always.length > 0 ? this.always : undefined;
    let merged = false;
    const visit: Visit<T> = (more) => {
      merged ||= found !== undefined;
      found = found ? [...found, ...more] : more;
    };
    for (const finder of this.finders) finder.find(opening, visit);
    if (!found) return NONE;
    const entries: readonly Entry<T>[] = found;
    return (merged ? [...entries].sort((a, b) => a.place - b.place) : entries).map(({ value }) => value);
  }
}

const NONE: readonly never[] = [];

function listed(value: string | undefined): readonly string[] {
  return value === undefined ? [] : [value];
}

function put<T>(buckets: Buckets<T>, key: string, entry: Entry<T>): void {
  const bucket = buckets.get(key);
  if (bucket) bucket.push(entry);
  else buckets.set(key, [entry]);
}

class ExactFinder<T> implements Finder<T> {
  protected readonly buckets: Buckets<T> = new Map();

  constructor(
    private readonly keys: (match: WayMatch) => readonly string[],
    private readonly key: (opening: Opening) => string | undefined,
  ) {}

  add(entry: Entry<T>, match: WayMatch): boolean {
    const keys = this.keys(match);
    for (const key of keys) put(this.buckets, key, entry);
    return keys.length > 0;
  }

  find(opening: Opening, visit: Visit<T>): void {
    const key = this.key(opening);
    const found = key === undefined ? undefined : this.buckets.get(key);
    if (found) visit(found);
  }

  get isEmpty(): boolean {
    return this.buckets.size === 0;
  }
}

class DataCenterFinder<T extends Indexed> extends ExactFinder<T> {
  constructor(private readonly which: 'ingress' | 'egress') {
    super(
      ({ data_center }) => listed(data_center),
      (opening) => dataCenterOf(opening, which),
    );
  }

  override add(entry: Entry<T>, match: WayMatch): boolean {
    return (entry.value.dataCenter ?? 'ingress') === this.which && super.add(entry, match);
  }
}

/** Exact names, and wildcards by the part that they share. */
class HostFinder<T> implements Finder<T> {
  private readonly names: Buckets<T> = new Map();
  /** By `.example.com`. */
  private readonly endings: Buckets<T> = new Map();

  add(entry: Entry<T>, { host }: WayMatch): boolean {
    if (host === undefined) return false;
    const name = host.toLowerCase();
    if (name.startsWith('*.')) put(this.endings, name.slice(1), entry);
    else put(this.names, name, entry);
    return true;
  }

  find({ options: { facts } }: Opening, visit: Visit<T>): void {
    if (!facts) return;
    const { host } = facts;
    const found = this.names.get(host);
    if (found) visit(found);
    if (this.endings.size === 0) return;
    for (let dot = host.indexOf('.'); dot !== -1; dot = host.indexOf('.', dot + 1)) {
      const below = this.endings.get(host.slice(dot));
      if (below) visit(below);
    }
  }

  get isEmpty(): boolean {
    return this.names.size === 0 && this.endings.size === 0;
  }
}

/** By how paths begin: there are only so many different lengths of beginnings. */
class PathFinder<T> implements Finder<T> {
  private readonly buckets: Buckets<T> = new Map();
  private readonly lengths = new Set<number>();

  add(entry: Entry<T>, { path }: WayMatch): boolean {
    if (path === undefined) return false;
    put(this.buckets, path, entry);
    this.lengths.add(path.length);
    return true;
  }

  find({ options: { facts } }: Opening, visit: Visit<T>): void {
    if (!facts) return;
    for (const length of this.lengths) {
      const found = length <= facts.path.length ? this.buckets.get(facts.path.slice(0, length)) : undefined;
      if (found) visit(found);
    }
  }

  get isEmpty(): boolean {
    return this.buckets.size === 0;
  }
}

/** By the first header that is asked for, and its value. */
class HeaderFinder<T> implements Finder<T> {
  private readonly names = new Map<string, Buckets<T>>();

  add(entry: Entry<T>, { header }: WayMatch): boolean {
    const [first] = Object.entries(header ?? {});
    if (!first) return false;
    const name = first[0].toLowerCase();
    const values = this.names.get(name) ?? new Map();
    put(values, first[1], entry);
    this.names.set(name, values);
    return true;
  }

  find({ options: { facts } }: Opening, visit: Visit<T>): void {
    const headers = facts?.headers ?? [];
    const seen = new Set<readonly Entry<T>[]>();
    for (let i = 0; i + 1 < headers.length; i += 2) {
      const found = this.names.get((headers[i] as string).toLowerCase())?.get(headers[i + 1] as string);
      // A header may be there twice.
      if (!found || seen.has(found)) continue;
      seen.add(found);
      visit(found);
    }
  }

  get isEmpty(): boolean {
    return this.names.size === 0;
  }
}
