import type { RememberedKind } from '../state/deleted.js';
import type { Managed } from '../state/objects.js';
import type { AccountSnapshot, ObjectOf } from '../state/state.types.js';
import { apiError } from './errors.js';
import type { Query } from './query.js';
import { instant } from './shown.js';

/** An object that is there, or was. */
export interface Lifetime<T> {
  readonly object: T;
  /** Model time, milliseconds; null: it is there. */
  readonly deletedAt: number | null;
}

/** One of the remembered kinds, as the generic code sees it: TypeScript does not see that all of them are managed. */
type Of<K extends RememberedKind> = ObjectOf<K> & Managed;

/** What is there of a kind, in the order in which it was made, and then what was deleted. */
export function lifetimes<K extends RememberedKind>(account: AccountSnapshot, kind: K): Lifetime<Of<K>>[] {
  const live = account[kind] as ReadonlyMap<string, ObjectOf<K>>;
  return [
    ...Array.from(live.values(), (object) => ({ object: object as Of<K>, deletedAt: null })),
    ...Array.from(account.deleted[kind].values(), ({ object, deleted_at }) => ({
      object: object as Of<K>,
      deletedAt: deleted_at,
    })),
  ];
}

/** The object with this id, were it deleted. */
export function lifetimeOf<K extends RememberedKind>(
  account: AccountSnapshot,
  kind: K,
  id: string,
): Lifetime<Of<K>> | undefined {
  const object = (account[kind] as ReadonlyMap<string, ObjectOf<K>>).get(id);
  if (object) return { object: object as Of<K>, deletedAt: null };
  const gone = account.deleted[kind].get(id);
  return gone && { object: gone.object as Of<K>, deletedAt: gone.deleted_at };
}

/**
 * `is_deleted` and `existed_at`, which all lists of tunnels and networks have (docs/reference/api.md 2.4): true means
 * only what was deleted, false only what is there, and absent both.
 */
export function inLifetime(query: Query): (lifetime: Lifetime<Managed>) => boolean {
  const isDeleted = query.flag('is_deleted');
  const at = instantOf(query, 'existed_at');
  return ({ object, deletedAt }) => {
    if (isDeleted !== undefined && isDeleted !== (deletedAt !== null)) return false;
    return at === undefined || (object.created_on <= at && (deletedAt === null || deletedAt > at));
  };
}

/** A time in the query, in milliseconds since the epoch; undefined when there is none. */
export function instantOf(query: Query, name: string): number | undefined {
  const text = query.text(name);
  if (text === undefined) return undefined;
  const at = Date.parse(text);
  if (Number.isNaN(at))
    throw apiError(400, 1000, `${name} must be a time such as 2024-01-31T12:00:00Z; it is "${text}"`);
  return at;
}

/** When it was made and deleted, as tunnels and networks spell it. */
export function lifetimeTimes({ object, deletedAt }: Lifetime<Managed>): {
  readonly created_at: string;
  readonly deleted_at: string | null;
} {
  return { created_at: instant(object.created_on), deleted_at: deletedAt === null ? null : instant(deletedAt) };
}
