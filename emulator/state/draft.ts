import { isDeepStrictEqual } from 'node:util';
import type { Ids } from '../../runtime/ids.js';
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

/** An account in the making. Collections are copied when they are first written, so that snapshots never change. */
export class AccountDraft implements Draft {
  private readonly maps: Maps;
  /** Collections that belong to this draft alone and may be written in place. */
  private readonly owned = new Set<Kind>();
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
    this.writable(kind).set(id, object);
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
      this.writable('virtual_networks').set(other.id, Object.freeze(demoted));
    }
  }

  delete(kind: Kind, id: string): void {
    this.requireOpen();
    if (!this.maps[kind].has(id)) return;
    this.writable(kind).delete(id);
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
    for (const [id, object] of [...this.maps[kind]]) if (matches(object)) this.delete(kind, id);
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
  finish(): { readonly after: AccountSnapshot; readonly changes: readonly Change[] } | undefined {
    this.open = false;
    const after = this.read();
    const changes = KINDS.flatMap((kind) => differences(kind, this.options.base, after));
    const deleted = this.deletedAfter(changes);
    if (changes.length === 0 && Object.keys(this.parts).length === 0 && deleted === after.deleted) return undefined;
    return { after: Object.freeze({ ...after, deleted, revision: this.options.base.revision + 1 }), changes };
  }

  private deletedAfter(changes: readonly Change[]): DeletedObjects {
    const { base, now } = this.options;
    if (this.remembers) return rememberDeleted(base.deleted, changes, now);
    return REMEMBERED_KINDS.every((kind) => base.deleted[kind].size === 0) ? base.deleted : NOTHING_DELETED;
  }

  private writable<K extends Kind>(kind: K): Map<string, ObjectOf<K>> {
    if (!this.owned.has(kind)) {
      Object.assign(this.maps, { [kind]: new Map(this.maps[kind]) });
      this.owned.add(kind);
    }
    return this.maps[kind] as Map<string, ObjectOf<K>>;
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
    faults: account.faults,
  };
}

function bodyOf(object: ObjectOf<Kind>): object {
  const { id: _id, managed_by: _by, created_on: _created, modified_on: _modified, ...body } = object;
  return body;
}

function differences(kind: Kind, base: Collections, result: Collections): Change[] {
  const [before, after] = [base[kind], result[kind]];
  if (before === after) return [];
  const changes: Change[] = [];
  for (const [id, object] of after) {
    const old = before.get(id);
    if (!old) changes.push({ kind, id, action: 'created', after: object });
    else if (old !== object) changes.push({ kind, id, action: 'replaced', before: old, after: object });
  }
  for (const [id, object] of before) if (!after.has(id)) changes.push({ kind, id, action: 'deleted', before: object });
  return changes;
}

export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const part of Object.values(value)) deepFreeze(part);
  return Object.freeze(value);
}
