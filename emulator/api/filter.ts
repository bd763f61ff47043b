import type { Query } from './query.js';

/** What one filter says of an object; undefined when nobody asked for it. */
export type Verdict = boolean | undefined;

/** What a filter on a text says, in all of its forms. */
export function textFilter(query: Query, name: string, value: string): Verdict {
  return query.asks(name) ? query.matches(name, value) : undefined;
}

/** Whether an object is in a list: all filters that are asked for must fit, or one of them with `match=any`. */
export function fits(query: Query, verdicts: readonly Verdict[]): boolean {
  const asked = verdicts.filter((verdict) => verdict !== undefined);
  if (asked.length === 0) return true;
  return query.text('match') === 'any' ? asked.includes(true) : !asked.includes(false);
}

/** By a key of each, stable; `direction=desc` turns it around. Without a key the order is left as it is. */
export function ordered<T>(
  items: readonly T[],
  query: Query,
  key: ((item: T) => string | number) | undefined,
): readonly T[] {
  const turned = query.text('direction')?.toLowerCase() === 'desc';
  if (!key) return turned ? [...items].reverse() : items;
  const sign = turned ? -1 : 1;
  return [...items].sort((a, b) => {
    const [left, right] = [key(a), key(b)];
    return left === right ? 0 : left < right ? -sign : sign;
  });
}
