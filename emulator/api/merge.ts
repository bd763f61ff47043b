/** A JSON object. */
export type Json = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * A body with its nulls and, at the fields named, its empty texts left out: both mean "unset" to the service
 * (docs/reference/api.md 2.2). Lists stay lists; what is inside them is treated alike.
 */
export function withoutNulls(body: Json, emptyIsUnset: ReadonlySet<string> = NOTHING): Json {
  return Object.fromEntries(
    Object.entries(body)
      .filter(([key, value]) => value !== null && value !== undefined && !(value === '' && emptyIsUnset.has(key)))
      .map(([key, value]) => [key, cleaned(value)]),
  );
}

const NOTHING: ReadonlySet<string> = new Set();

function cleaned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(cleaned);
  return isObject(value) ? withoutNulls(value) : value;
}

/**
 * PATCH (docs/reference/api.md 2.2): what is given replaces what was, null unsets. Objects with fixed keys are merged
 * field by field; lists, and the maps named in `whole` (whose keys are data, e.g. `region_pools`), are replaced whole.
 */
export function merged(before: Json, patch: Json, whole: ReadonlySet<string> = NOTHING): Json {
  const entries = new Map(Object.entries(before));
  for (const [key, value] of Object.entries(patch)) {
    const old = entries.get(key);
    if (value === null) entries.delete(key);
    else if (isObject(value) && isObject(old) && !whole.has(key)) entries.set(key, merged(old, value, whole));
    else entries.set(key, cleaned(value));
  }
  return Object.fromEntries(entries);
}
