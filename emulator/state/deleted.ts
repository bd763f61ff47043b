import type { Change, Collections, ObjectOf } from './state.types.js';

/**
 * Kinds whose deleted objects the API still lists: `is_deleted`, and a deleted tunnel even answers by its id
 * (docs/reference/api.md 2.4, 2.5). A kind that joins needs only its name here.
 */
export const REMEMBERED_KINDS = [
  'tunnels',
  'virtual_networks',
  'routes',
] as const satisfies readonly (keyof Collections)[];

export type RememberedKind = (typeof REMEMBERED_KINDS)[number];

/** An object as it was when it was deleted. */
export interface Deleted<K extends RememberedKind = RememberedKind> {
  readonly object: ObjectOf<K>;
  /** Model time, milliseconds since the epoch. */
  readonly deleted_at: number;
}

/** The deleted objects by id, in the order of their deletion. An id that is in use again is not among them. */
export type DeletedObjects = { readonly [K in RememberedKind]: ReadonlyMap<string, Deleted<K>> };

/** As many of a kind are remembered; then the oldest is forgotten. */
export const MOST_DELETED = 1000;

export const NOTHING_DELETED: DeletedObjects = Object.freeze({
  tunnels: new Map(),
  virtual_networks: new Map(),
  routes: new Map(),
});

/** What is remembered after a transaction's changes. `before` itself when they do not matter to it. */
export function rememberDeleted(before: DeletedObjects, changes: readonly Change[], now: number): DeletedObjects {
  const maps: { [K in RememberedKind]?: Map<string, Deleted> } = {};
  const writable = (kind: RememberedKind): Map<string, Deleted> => {
    maps[kind] ??= new Map<string, Deleted>(before[kind]);
    return maps[kind];
  };
  for (const { kind, id, before: object, after } of changes) {
    if (!isRemembered(kind)) continue;
    if (after) {
      if (before[kind].has(id)) writable(kind).delete(id);
    } else if (object) {
      writable(kind).set(id, Object.freeze({ object: object as ObjectOf<RememberedKind>, deleted_at: now }));
    }
  }
  const changed = Object.values(maps);
  if (changed.length === 0) return before;
  for (const map of changed) {
    for (const id of map.keys()) {
      if (map.size <= MOST_DELETED) break;
      map.delete(id);
    }
  }
  return Object.freeze({ ...before, ...maps } as DeletedObjects);
}

function isRemembered(kind: string): kind is RememberedKind {
  return REMEMBERED_KINDS.some((each) => each === kind);
}
