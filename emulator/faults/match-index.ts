/** A value that is found by what it matches. */
export interface Entry<T> {
  readonly value: T;
  /** Its place among all. */
  readonly place: number;
}

export type Buckets<T> = Map<string, Entry<T>[]>;
/** What was found; undefined: nothing. */
export type Found<T> = readonly Entry<T>[] | undefined;

/** Finds what may match a subject by one of the keys of `match`. */
export interface Finder<T, Subject> {
  /** Takes an entry whose match has this key; false: it has not. */
  add(entry: Entry<T>): boolean;
  find(subject: Subject): Found<T>;
  readonly isEmpty: boolean;
}

/**
 * Many faults, by what they match, so that a request looks at those that may touch it, and not at the thousand others.
 * Each stands under one key of its `match`, the first for which there is a finder that takes it; whether the other keys
 * fit too is asked when it is found.
 */
export class MatchIndex<T, Subject> {
  private readonly finders: readonly Finder<T, Subject>[];
  /** What has none of the keys. */
  private readonly always: Found<T>;

  constructor(values: readonly T[], finders: readonly Finder<T, Subject>[]) {
    const entries = values.map((value, place) => ({ value, place }));
    const always = entries.filter((entry) => !finders.some((finder) => finder.add(entry)));
    this.always = always.length === 0 ? undefined : always;
    this.finders = finders.filter((finder) => !finder.isEmpty);
  }

  /** Those that may match, in the order in which they were given. */
  find(subject: Subject): readonly T[] {
    let found: Found<T> = this.always;
    let sorted = true;
    for (const finder of this.finders) {
      const more = finder.find(subject);
      if (!more) continue;
      sorted = found === undefined;
      found = both(found, more);
    }
    if (!found) return NONE;
    return (sorted ? found : [...found].sort((a, b) => a.place - b.place)).map(({ value }) => value);
  }
}

/** What two have found. */
export function both<T>(a: Found<T>, b: Found<T>): Found<T> {
  return a && b ? [...a, ...b] : (a ?? b);
}

const NONE: readonly never[] = [];

export function put<T>(buckets: Buckets<T>, key: string, entry: Entry<T>): void {
  const bucket = buckets.get(key);
  if (bucket) bucket.push(entry);
  else buckets.set(key, [entry]);
}

/** By a key whose value the subject must have exactly. */
export class ExactFinder<T, Subject> implements Finder<T, Subject> {
  private readonly buckets: Buckets<T> = new Map();

  /**
   * @param values what a match asks for, any of which will do; undefined: it does not ask
   * @param key what the subject has
   */
  constructor(
    private readonly values: (value: T) => Iterable<string> | undefined,
    private readonly key: (subject: Subject) => string | undefined,
  ) {}

  add(entry: Entry<T>): boolean {
    const values = this.values(entry.value);
    if (!values) return false;
    for (const value of new Set(values)) put(this.buckets, value, entry);
    return true;
  }

  find(subject: Subject): Found<T> {
    const key = this.key(subject);
    return key === undefined ? undefined : this.buckets.get(key);
  }

  get isEmpty(): boolean {
    return this.buckets.size === 0;
  }
}

/** One value, as {@link ExactFinder} asks for it. */
export function one(value: string | undefined): readonly string[] | undefined {
  return value === undefined ? undefined : [value];
}
