import { KINDS } from '../draft.js';
import type { Change, Collections, Kind, ObjectOf } from '../state.types.js';
import { PrivateEndpoints } from './private-endpoints.js';
import { referencesOf } from './references.js';

/** An object of the account, by kind and id. */
export type ObjectKey = readonly [kind: Kind, id: string];

/** What objects of one kind may not share, or have to agree about with those that share it. */
const SHARED: { readonly [K in Kind]?: (object: ObjectOf<K>) => string } = {
  zones: ({ name }) => name,
  load_balancers: ({ name }) => name,
  dns_records: ({ name }) => name,
  pools: ({ name }) => name,
  tunnels: ({ name }) => name,
  virtual_networks: ({ name }) => name,
  routes: ({ network, virtual_network_id }) => `${network} ${virtual_network_id}`,
  hostname_routes: ({ hostname }) => hostname,
  spectrum: ({ name }) => name,
  faults: ({ name }) => name,
};

/** Who has a name, and who refers to whom: follows the account from change to change. */
export class AccountIndex {
  /** Ids by kind and what they share. */
  private readonly shared = new Map<string, Set<string>>();
  /** By kind and id, who refers to it. */
  private readonly referrers = new Map<string, Map<string, ObjectKey>>();
  private readonly endpoints = new PrivateEndpoints();

  follow(changes: readonly Change[]): void {
    this.remove(objectsOf(changes, 'before'));
    this.add(objectsOf(changes, 'after'));
  }

  /** Takes back what {@link follow} did with the same changes. */
  undo(changes: readonly Change[]): void {
    this.remove(objectsOf(changes, 'after'));
    this.add(objectsOf(changes, 'before'));
  }

  /** Those of the kind that share with the object what may not be shared, itself among them. */
  alike(kind: Kind, object: ObjectOf<Kind>): Iterable<string> {
    const key = sharedBy(kind, object);
    return (key !== undefined && this.shared.get(key)) || [];
  }

  referrersOf(kind: Kind, id: string): Iterable<ObjectKey> {
    return this.referrers.get(`${kind} ${id}`)?.values() ?? [];
  }

  /** Pools with an endpoint inside a CIDR of a virtual network. */
  poolsWithin(virtualNetworkId: string, network: string): Iterable<string> {
    return this.endpoints.within(virtualNetworkId, network);
  }

  private add(objects: Collections): void {
    for (const pool of objects.pools.values()) this.endpoints.add(pool);
    for (const kind of KINDS) {
      for (const [id, object] of objects[kind]) {
        const key = sharedBy(kind, object);
        if (key === undefined) continue;
        const ids = this.shared.get(key);
        if (ids) ids.add(id);
        else this.shared.set(key, new Set([id]));
      }
    }
    for (const { from, kind, id } of referencesOf(objects)) {
      const by = from.slice(0, 2) as unknown as ObjectKey;
      const target = `${kind} ${id}`;
      const known = this.referrers.get(target);
      if (known) known.set(by.join(' '), by);
      else this.referrers.set(target, new Map([[by.join(' '), by]]));
    }
  }

  private remove(objects: Collections): void {
    for (const pool of objects.pools.values()) this.endpoints.remove(pool);
    for (const kind of KINDS) {
      for (const [id, object] of objects[kind]) {
        const key = sharedBy(kind, object);
        const ids = key === undefined ? undefined : this.shared.get(key);
        ids?.delete(id);
        if (key !== undefined && ids?.size === 0) this.shared.delete(key);
      }
    }
    for (const { from, kind, id } of referencesOf(objects)) {
      const target = `${kind} ${id}`;
      const known = this.referrers.get(target);
      known?.delete(from.slice(0, 2).join(' '));
      if (known?.size === 0) this.referrers.delete(target);
    }
  }
}

function sharedBy(kind: Kind, object: ObjectOf<Kind>): string | undefined {
  const shared = SHARED[kind] as ((object: ObjectOf<Kind>) => string) | undefined;
  return shared && `${kind} ${shared(object)}`;
}

function objectsOf(changes: readonly Change[], when: 'before' | 'after'): Collections {
  return collect(
    changes.flatMap(({ kind, id, [when]: object }) => (object === undefined ? [] : [[kind, id, object] as const])),
  );
}

/** These objects as an account would have them, in the order given. */
export function collect(objects: Iterable<readonly [kind: Kind, id: string, object: ObjectOf<Kind>]>): Collections {
  const collections = { ...EMPTY };
  for (const [kind, id, object] of objects) {
    if (collections[kind] === NONE) collections[kind] = new Map();
    collections[kind].set(id, object);
  }
  return collections as unknown as Collections;
}

type Collected = Record<Kind, Map<string, ObjectOf<Kind>>>;

const NONE = new Map<string, ObjectOf<Kind>>();
const EMPTY = Object.fromEntries(KINDS.map((kind) => [kind, NONE])) as Collected;
