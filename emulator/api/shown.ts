import type { Managed } from '../state/objects.js';

/** Model time as RFC 3339 in UTC (docs/reference/api.md 1.1). */
export function instant(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

/** When it was made and changed, as load balancing and DNS spell it. */
export function times(object: Managed): { readonly created_on: string; readonly modified_on: string } {
  return { created_on: instant(object.created_on), modified_on: instant(object.modified_on) };
}

/** What may be written of an object: all but what the state keeps about it. */
export function writable<T extends Managed>(object: T): Omit<T, keyof Managed> {
  const { id: _id, managed_by: _by, created_on: _created, modified_on: _modified, ...rest } = object;
  return rest;
}
