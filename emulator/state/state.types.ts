import type * as z from 'zod';
import type { DeletedObjects } from './deleted.js';
import type {
  Access,
  Account,
  ClientRule,
  DnsRecord,
  Fault,
  HostnameRoute,
  LoadBalancer,
  LocationRule,
  ManagedBy,
  Monitor,
  MonitorGroup,
  Pool,
  Route,
  Settings,
  SpectrumApplication,
  Tunnel,
  TunnelConfigurationVersion,
  VirtualNetwork,
  Zone,
} from './objects.js';
import type { Schemas } from './schemas/index.js';

/** The collections, by the API's names. Keys are object ids. */
export interface Collections {
  readonly zones: ReadonlyMap<string, Zone>;
  readonly load_balancers: ReadonlyMap<string, LoadBalancer>;
  readonly dns_records: ReadonlyMap<string, DnsRecord>;
  readonly pools: ReadonlyMap<string, Pool>;
  readonly monitors: ReadonlyMap<string, Monitor>;
  readonly monitor_groups: ReadonlyMap<string, MonitorGroup>;
  readonly tunnels: ReadonlyMap<string, Tunnel>;
  readonly configurations: ReadonlyMap<string, TunnelConfigurationVersion>;
  readonly virtual_networks: ReadonlyMap<string, VirtualNetwork>;
  readonly routes: ReadonlyMap<string, Route>;
  readonly hostname_routes: ReadonlyMap<string, HostnameRoute>;
  readonly spectrum: ReadonlyMap<string, SpectrumApplication>;
  readonly faults: ReadonlyMap<string, Fault>;
}

export type Kind = keyof Collections;
export type ObjectOf<K extends Kind> = Collections[K] extends ReadonlyMap<string, infer T> ? T : never;

type DeepReadonly<T> = T extends (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T;

/** What a writer gives of an object: the fields that can be written, those with a default optional. */
export type Writable<K extends Kind> = DeepReadonly<z.input<Schemas[K]>> & { readonly id?: string };

/** The whole account at one moment. Immutable: a transaction makes a new one. */
export interface AccountSnapshot extends Collections {
  /** Counts transactions. */
  readonly revision: number;
  readonly account: Account;
  readonly settings: Settings;
  /** Codes of the data centers that are configured. The first is the default. */
  readonly data_centers: readonly string[];
  readonly clients: readonly ClientRule[];
  readonly locations: readonly LocationRule[];
  /** What was deleted lately, of the kinds that the API still lists then. Kept by the state itself. */
  readonly deleted: DeletedObjects;
  /** What the file last said: digests of its objects by `kind/id`, and of what is not an object by its name. */
  readonly file: ReadonlyMap<string, string>;
  readonly access: Access;
}

/** What a transaction may do. Changes are seen by later reads of the same draft. */
export interface Draft {
  read(): AccountSnapshot;
  /**
   * Creates or replaces. Fields with a default may be absent, and so may `id`; `managed_by`, `created_on` and
   * `modified_on` are the state's. Throws `ValidationError` when the object alone is not valid.
   */
  put<K extends Kind>(kind: K, object: Writable<K>): ObjectOf<K>;
  delete(kind: Kind, id: string): void;
  /** Brings these objects into this order, behind those that are not named. Nothing else about them changes. */
  arrange(kind: Kind, ids: readonly string[]): void;
  /** Replaces what is not an object: settings, data centers, clients, locations, access, the account itself. */
  assign(
    part: Partial<
      Pick<AccountSnapshot, 'account' | 'settings' | 'data_centers' | 'clients' | 'locations' | 'access' | 'file'>
    >,
  ): void;
  /** Nothing counts as deleted afterwards, what this transaction deletes included. */
  forgetDeleted(): void;
}

/** One thing that is wrong, at a place in the object or file. */
export interface Problem {
  /**
   * Keys and indexes from the root: in the state `['pools', '<id>', 'origins', 1, 'weight']`, in a file with the
   * position in place of the id.
   */
  readonly path: readonly (string | number)[];
  /** Stable, e.g. `unknown_key`, `unknown_reference`, `duplicate_address`. */
  readonly code: string;
  /**
   * What is wrong, what is allowed, how to fix it. Begins with its verb (`must be ...`, `is not ...`) when the
   * subject is the field at `path`; otherwise a whole sentence.
   */
  readonly message: string;
  /** The least and the greatest number that is allowed, where the schema does not have them. */
  readonly range?: readonly [number, number];
}

export interface Change {
  readonly kind: Kind;
  readonly id: string;
  readonly action: 'created' | 'replaced' | 'deleted';
  readonly before?: ObjectOf<Kind>;
  readonly after?: ObjectOf<Kind>;
}

export interface StateEvent {
  readonly before: AccountSnapshot;
  readonly after: AccountSnapshot;
  readonly by: ManagedBy;
  readonly changes: readonly Change[];
}

/** One object as the file wants it. Discriminated by `kind`. */
export type DesiredObject = {
  [K in Kind]: {
    readonly kind: K;
    readonly id: string;
    readonly object: Writable<K>;
    /** Where it stands in the file, e.g. `['zones', 0, 'load_balancers', 1]`. */
    readonly at: readonly (string | number)[];
  };
}[Kind];

/** What a file says of the account. */
export interface Desired {
  /** Without `api_token`, the running one stays, or a random one is made. */
  readonly account: { readonly id: string; readonly name: string; readonly api_token?: string };
  readonly settings: Settings;
  readonly data_centers: readonly string[];
  readonly clients: readonly ClientRule[];
  readonly locations: readonly LocationRule[];
  readonly access: Access;
  /** Every id at most once in its kind. */
  readonly objects: readonly DesiredObject[];
}

export interface State {
  read(): AccountSnapshot;
  /** All or nothing: throws `ValidationError` (with its problems) and changes nothing when the result would be invalid. */
  transact<T>(by: ManagedBy, change: (draft: Draft) => T): T;
  /** Called after each transaction that changed something, in order. Returns the way to stop. */
  subscribe(listener: (event: StateEvent) => void): () => void;
  /**
   * Resolves when all that was accepted before the call will be there after a crash; at once when nothing is kept.
   * Rejects with STATE_NOT_KEPT when it could not be written: then it is in effect, and lost with the process.
   */
  durable(): Promise<void>;
}

/** Where a state is kept beyond its process. */
export interface Keeper {
  /** What was kept; undefined: nothing yet. */
  readonly kept: AccountSnapshot | undefined;
  /** Throws when nothing more can be kept, so that nothing more is accepted. */
  check(): void;
  /** Takes what a transaction made of the account, to write it soon. `before` is undefined for all of a new account. */
  keep(before: AccountSnapshot | undefined, after: AccountSnapshot, changes: readonly Change[]): void;
  /** As {@link State.durable}. */
  durable(): Promise<void>;
}

/** The state as its owner holds it. */
export interface AccountState extends State {
  /**
   * Makes the file's objects what the file says: creates, replaces and deletes only those. What the API changed
   * holds until its text in the file changes. One transaction; throws as `transact` does.
   */
  applyFile(desired: Desired): void;
  /** Returns the file's objects to the file and removes the API's. One transaction. */
  reset(): void;
}
