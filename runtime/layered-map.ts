/** Below this a plain copy costs no more than what keeps it from being one. */
const SMALL = 256;

/** What a copy can do: a Map, or what behaves like one. */
export interface EditableMap<V> extends ReadonlyMap<string, V> {
  set(key: string, value: V): unknown;
  /** Whether it was there. */
  delete(key: string): boolean;
}

/**
 * A copy of a map that costs little however large the map is, in the same order, to be changed without the other
 * noticing. The one that was copied must not change any more.
 *
 * ```
 * a map of n          what its copies changed since, at most some sqrt(n)
 * (shared)      <---  replaced, removed, appended  (each copy's own)
 * ```
 *
 * A copy takes the changes along and shares the rest; now and then, when the changes are many, everything is copied.
 */
export function copyOf<V>(map: ReadonlyMap<string, V>): EditableMap<V> {
  if (map instanceof LayeredMap) return map.copy();
  return map.size < SMALL ? new Map(map) : new LayeredMap(map);
}

/** Values may not be undefined. Behaves as a Map does, its order included. */
class LayeredMap<V> implements EditableMap<V> {
  /** In the place that they have in the base. */
  private replaced = new Map<string, V>();
  /** Of the base. */
  private removed = new Set<string>();
  /** Behind the base, keys of it that were removed before among them. */
  private appended = new Map<string, V>();

  constructor(private readonly base: ReadonlyMap<string, V>) {}

  copy(): EditableMap<V> {
    const { replaced, removed, appended } = this;
    const changes = replaced.size + removed.size + appended.size;
    if (changes * changes > 2 * this.base.size)
      return this.size < SMALL ? new Map(this) : new LayeredMap(new Map(this));
    const copy = new LayeredMap(this.base);
    copy.replaced = new Map(replaced);
    copy.removed = new Set(removed);
    copy.appended = new Map(appended);
    return copy;
  }

  get size(): number {
    return this.base.size - this.removed.size + this.appended.size;
  }

  get(key: string): V | undefined {
    const changed = this.replaced.get(key) ?? this.appended.get(key);
    if (changed !== undefined) return changed;
    return this.removed.size > 0 && this.removed.has(key) ? undefined : this.base.get(key);
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  set(key: string, value: V): void {
    const stays = !this.appended.has(key) && this.base.has(key) && !this.removed.has(key);
    (stays ? this.replaced : this.appended).set(key, value);
  }

  delete(key: string): boolean {
    if (this.appended.delete(key)) return true;
    if (!this.base.has(key) || this.removed.has(key)) return false;
    this.replaced.delete(key);
    this.removed.add(key);
    return true;
  }

  *entries(): MapIterator<[string, V]> {
    const { base, replaced, removed, appended } = this;
    for (const entry of base) {
      const [key] = entry;
      const value = replaced.get(key);
      if (value !== undefined) yield [key, value];
      else if (!removed.has(key)) yield entry;
    }
    yield* appended;
  }

  *keys(): MapIterator<string> {
    for (const [key] of this.entries()) yield key;
  }

  *values(): MapIterator<V> {
    for (const [, value] of this.entries()) yield value;
  }

  [Symbol.iterator](): MapIterator<[string, V]> {
    return this.entries();
  }

  forEach(visit: (value: V, key: string, map: ReadonlyMap<string, V>) => void): void {
    for (const [key, value] of this.entries()) visit(value, key, this);
  }
}
