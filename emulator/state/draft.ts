import { isDeepStrictEqual } from 'node:util';
import type { Ids } from '../../runtime/ids.js';
import { copyOf, type EditableMap } from '../../runtime/layered-map.js';
import { type DeletedObjects, NOTHING_DELETED, REMEMBERED_KINDS, rememberDeleted } from './deleted.js';
import { problemsOf } from './issues.js';
import { COMPLETE } from './kinds.js';
import type { Managed, ManagedBy, VirtualNetwork } from './objects.js';
import { SCHEMAS } from './schemas/index.js';
import type { AccountSnapshot, Change, Collections, Draft, Kind, ObjectOf, Writable } from './state.types.js';
import { ValidationError } from './validation-error.js';

export const KINDS = Object.keys(SCHEMAS) as readonly Kind[];

type Parts = Parameters<Draft['assign']>[0];
type Maps = { [K in Kind]: ReadonlyMap<string, ObjectOf<K>> };

/** Kinds whose ids are UUIDs (docs/reference/api.md 1.1). */
const UUID_KINDS: ReadonlySet<Kind> = new Set(['tunnels', 'virtual_networks', 'routes', 'hostname_routes']);

export interface DraftOptions {
  readonly base: AccountSnapshot;
  readonly by: ManagedBy;
  /** Model time, for the timestamps. */
  readonly now: number;
  readonly ids: Ids;
}

export interface FinishedDraft {
  readonly after: AccountSnapshot;
  readonly changes: readonly Change[];
  /** Of what is not an object, something changed: settings, data centers, clients, locations, the account itself. */
  readonly partsChanged: boolean;
}

/** An account in the making. Collections are copied when they are first written, so that snapshots never change. */
export class AccountDraft implements Draft {
  private readonly maps: Maps;
  /** Collections that belong to this draft alone and may be written in place. */
  private readonly owned = new Set<Kind>();
  /** What was written or deleted, by kind. */
  private readonly touched = new Map<Kind, Set<string>>();
  private parts: Parts = {};
  private open = true;
  private remembers = true;

  constructor(private readonly options: DraftOptions) {
    this.maps = collectionsOf(options.base);
  }

  read(): AccountSnapshot {
    this.owned.clear();
    return Object.freeze({ ...this.options.base, ...this.parts, ...this.maps });
  }

  put<K extends Kind>(kind: K, given: Writable<K>): ObjectOf<K> {
    this.requireOpen();
    const id = given.id ?? this.newId(kind);
    const parsed = SCHEMAS[kind].safeParse(given);
    if (!parsed.success) throw new ValidationError(problemsOf(parsed.error.issues, given, [kind, id]));
    const existing = this.maps[kind].get(id);
    const before: ObjectOf<Kind> | undefined = existing as ObjectOf<Kind> | undefined;
    const body = COMPLETE[kind](parsed.data as never, {
      given,
      before: existing,
      account: this.maps,
      now: this.options.now,
    });
    if (existing && before && isDeepStrictEqual(body, bodyOf(before)) && this.keeper(before) === before.managed_by) {
      return existing;
    }
    const object = deepFreeze({
      ...body,
      id,
      managed_by: this.keeper(before),
      created_on: before?.created_on ?? this.options.now,
      modified_on: this.options.now,
    }) as unknown as ObjectOf<K>;
    this.set(kind, id, object);
    if (kind === 'virtual_networks' && this.maps.virtual_networks.get(id)?.is_default_network) this.demoteOthers(id);
    return object;
  }

  /** A file takes over what it names; what it does not name stays the API's, and the API leaves a file's object the file's. */
  private keeper(before: Managed | undefined): ManagedBy {
    return this.options.by === 'file' ? 'file' : (before?.managed_by ?? 'api');
  }

  /** docs/reference/api.md 2.5: promoting one default network demotes the other. */
  private demoteOthers(id: string): void {
    for (const other of [...this.maps.virtual_networks.values()]) {
      if (other.id === id || !other.is_default_network) continue;
      const demoted: VirtualNetwork = { ...other, is_default_network: false, modified_on: this.options.now };
      this.set('virtual_networks', other.id, Object.freeze(demoted));
    }
  }

  delete(kind: Kind, id: string): void {
    this.requireOpen();
    if (!this.maps[kind].has(id)) return;
    this.writable(kind, id).delete(id);
    if (kind === 'tunnels') {
      // docs/reference/api.md 2.5: deleting a tunnel deletes its routes.
      this.deleteWhere('routes', (route) => route.tunnel_id === id);
      this.deleteWhere('hostname_routes', (route) => route.tunnel_id === id);
      this.delete('configurations', id);
    }
    if (kind === 'zones') {
      this.deleteWhere('load_balancers', (loadBalancer) => loadBalancer.zone_id === id);
      this.deleteWhere('dns_records', (record) => record.zone_id === id);
    }
  }

  private deleteWhere<K extends Kind>(kind: K, matches: (object: ObjectOf<K>) => boolean): void {
    const ids: string[] = [];
    for (const [id, object] of this.maps[kind]) if (matches(object)) ids.push(id);
    for (const id of ids) this.delete(kind, id);
  }

  arrange(kind: Kind, ids: readonly string[]): void {
    this.requireOpen();
    const wanted = ids.filter((id) => this.maps[kind].has(id));
    const named = new Set(wanted);
    const found = [...this.maps[kind].keys()].filter((id) => named.has(id));
    if (found.every((id, at) => id === wanted[at])) return;
    for (const id of wanted) {
      const objects: EditableMap<ObjectOf<Kind>> = this.writable(kind, id);
      const object = objects.get(id);
      objects.delete(id);
      if (object) objects.set(id, object);
    }
  }

  assign(part: Parts): void {
    this.requireOpen();
    const changed = Object.entries(part).filter(
      ([key, value]) =>
        !isDeepStrictEqual(value, this.parts[key as keyof Parts] ?? this.options.base[key as keyof Parts]),
    );
    this.parts = { ...this.parts, ...deepFreeze(structuredClone(Object.fromEntries(changed))) };
  }

  forgetDeleted(): void {
    this.requireOpen();
    this.remembers = false;
  }

  /** Ends the draft. `undefined` when nothing changed. */
  finish(): FinishedDraft | undefined {
    this.open = false;
    const after = this.read();
    const changes = KINDS.flatMap((kind) => [...this.changesOf(kind, after)]);
    const partsChanged = Object.keys(this.parts).length > 0;
    const deleted = this.deletedAfter(changes);
    if (changes.length === 0 && !partsChanged && deleted === after.deleted) return undefined;
    const revision = this.options.base.revision + 1;
    return { after: Object.freeze({ ...after, deleted, revision }), changes, partsChanged };
  }

  private deletedAfter(changes: readonly Change[]): DeletedObjects {
    const { base, now } = this.options;
    if (this.remembers) return rememberDeleted(base.deleted, changes, now);
    return REMEMBERED_KINDS.every((kind) => base.deleted[kind].size === 0) ? base.deleted : NOTHING_DELETED;
  }

  /** By what was touched: an account is large, a change mostly small. */
  private *changesOf(kind: Kind, result: Collections): Generator<Change> {
    for (const id of this.touched.get(kind) ?? []) {
      const before: ObjectOf<Kind> | undefined = this.options.base[kind].get(id);
      const after: ObjectOf<Kind> | undefined = result[kind].get(id);
      if (after && !before) yield { kind, id, action: 'created', after };
      else if (after && before && after !== before) yield { kind, id, action: 'replaced', before, after };
      else if (before && !after) yield { kind, id, action: 'deleted', before };
    }
  }

  private set<K extends Kind>(kind: K, id: string, object: ObjectOf<K>): void {
    this.writable(kind, id).set(id, object);
  }

  /** The collection, in which the object of that id is about to change. */
  private writable<K extends Kind>(kind: K, id: string): EditableMap<ObjectOf<K>> {
    if (!this.owned.has(kind)) {
      Object.assign(this.maps, { [kind]: copyOf(this.maps[kind] as ReadonlyMap<string, ObjectOf<K>>) });
      this.owned.add(kind);
    }
    const touched = this.touched.get(kind);
    if (touched) touched.add(id);
    else this.touched.set(kind, new Set([id]));
    return this.maps[kind] as unknown as EditableMap<ObjectOf<K>>;
  }

  private newId(kind: Kind): string {
    const make = UUID_KINDS.has(kind) ? this.options.ids.uuid : this.options.ids.hex32;
    let id = make();
    while (this.maps[kind].has(id)) id = make();
    return id;
  }

  private requireOpen(): void {
    if (!this.open) throw new Error('the transaction of this draft has ended');
  }
}

function collectionsOf(account: Collections): Maps {
  return {
    zones: account.zones,
    load_balancers: account.load_balancers,
    dns_records: account.dns_records,
    pools: account.pools,
    monitors: account.monitors,
    monitor_groups: account.monitor_groups,
    tunnels: account.tunnels,
    configurations: account.configurations,
    virtual_networks: account.virtual_networks,
    routes: account.routes,
    hostname_routes: account.hostname_routes,
    spectrum: account.spectrum,
    faults: account.faults,
  };
}

function bodyOf(object: ObjectOf<Kind>): object {
  const { id: _id, managed_by: _by, created_on: _created, modified_on: _modified, ...body } = object;
  return body;
}

export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const part of Object.values(value)) deepFreeze(part);
  return Object.freeze(value);
}
