import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { defaultNetwork } from './kinds.js';
import type { AccountSnapshot, Desired, DesiredObject, Draft, Kind, State, Writable } from './state.types.js';

/**
 * Brings the file's objects into the account. The account remembers, for each of them, a digest of its text in the
 * file. An object is written only when that changed, so what the API did to it in between holds.
 */
export interface FileMemory {
  apply(transact: State['transact'], desired: Desired): void;
  reset(transact: State['transact']): void;
}

/** Later kinds refer to earlier ones. */
const ORDER: readonly Kind[] = [
  'zones',
  'monitors',
  'monitor_groups',
  'virtual_networks',
  'tunnels',
  'configurations',
  'routes',
  'hostname_routes',
  'pools',
  'load_balancers',
  'dns_records',
  'spectrum',
  'faults',
];

const PARTS = ['account', 'settings', 'data_centers', 'clients', 'locations', 'access'] as const;

type Digests = AccountSnapshot['file'];

export function createFileMemory(builtInNetworkId: string): FileMemory {
  let latest: Desired | undefined;

  return {
    apply(transact, desired) {
      const next = digestsOf(desired);
      transact('file', (draft) => {
        const digests = draft.read().file;
        removeVanished(draft, digests, next);
        assignParts(draft, desired, (part) => digests.get(part) !== next.get(part));
        makeRoomForDefault(draft, desired, builtInNetworkId);
        const changed = desired.objects.filter((object) => digests.get(keyOf(object)) !== next.get(keyOf(object)));
        putAll(draft, withParts(changed, desired, draft));
        ensureDefault(draft, desired, builtInNetworkId);
        draft.assign({ file: next });
      });
      // Only now: a refused file is not remembered.
      latest = desired;
    },

    reset(transact) {
      const desired = latest;
      transact('file', (draft) => {
        draft.forgetDeleted();
        const account = draft.read();
        for (const kind of ORDER) {
          for (const object of account[kind].values()) if (object.managed_by === 'api') draft.delete(kind, object.id);
        }
        if (!desired) return;
        assignParts(draft, desired, () => true);
        restoreDefault(draft, desired, builtInNetworkId);
        putAll(
          draft,
          desired.objects.filter((object) => !isUnchangedConfiguration(draft, object)),
        );
        ensureDefault(draft, desired, builtInNetworkId);
        arrangeAll(draft, desired);
      });
    },
  };
}

function keyOf(object: Pick<DesiredObject, 'kind' | 'id'>): string {
  return `${object.kind}/${object.id}`;
}

function digestsOf(desired: Desired): Digests {
  const digests = new Map<string, string>();
  for (const part of PARTS) digests.set(part, digestOf(desired[part]));
  for (const object of desired.objects) digests.set(keyOf(object), digestOf(object.object));
  return digests;
}

/** Order of keys does not count: moving a line changes nothing. */
function digestOf(value: unknown): string {
  const text = JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
  return createHash('sha256').update(text).digest('hex');
}

/** Deletes what the file named before and does not name now. */
function removeVanished(draft: Draft, before: Digests, after: Digests): void {
  for (const kind of ORDER) {
    for (const id of draft.read()[kind].keys()) {
      const key = keyOf({ kind, id });
      if (before.has(key) && !after.has(key)) draft.delete(kind, id);
    }
  }
}

function assignParts(draft: Draft, desired: Desired, differs: (part: (typeof PARTS)[number]) => boolean): void {
  if (differs('account')) {
    draft.assign({
      account: { ...desired.account, api_token: desired.account.api_token ?? draft.read().account.api_token },
    });
  }
  if (differs('settings')) draft.assign({ settings: desired.settings });
  if (differs('data_centers')) draft.assign({ data_centers: desired.data_centers });
  if (differs('clients')) draft.assign({ clients: desired.clients });
  if (differs('locations')) draft.assign({ locations: desired.locations });
  if (differs('access')) draft.assign({ access: desired.access });
}

function putAll(draft: Draft, objects: readonly DesiredObject[]): void {
  for (const kind of ORDER) for (const object of objects) if (object.kind === kind) putOne(draft, object);
}

/**
 * What stands inside an object's text went with it when the API deleted it (a tunnel's routes, a zone's load
 * balancers), so it comes back with it.
 */
function withParts(changed: readonly DesiredObject[], desired: Desired, draft: Draft): readonly DesiredObject[] {
  const account = draft.read();
  if (changed.length === desired.objects.length) return changed;
  const all = new Set(changed);
  const revived = changed.filter(({ kind, id }) => !account[kind].has(id));
  return desired.objects.filter(
    (object) => all.has(object) || revived.some(({ at }) => at.every((part, index) => object.at[index] === part)),
  );
}

/** What was deleted and is back has its old place: of two faults the first one may count. */
function arrangeAll(draft: Draft, { objects }: Desired): void {
  for (const kind of ORDER) {
    draft.arrange(
      kind,
      objects.filter((object) => object.kind === kind).map(({ id }) => id),
    );
  }
}

function putOne(draft: Draft, desired: DesiredObject): void {
  draft.put(desired.kind, { ...desired.object, id: desired.id } as Writable<typeof desired.kind>);
}

/** Writing a configuration again would give it a new version, and push it to every connector. */
function isUnchangedConfiguration(draft: Draft, desired: DesiredObject): boolean {
  if (desired.kind !== 'configurations') return false;
  return isDeepStrictEqual(draft.read().configurations.get(desired.id)?.config, desired.object.config);
}

/** A file that gives the network `default` an id of its own means the one that the account started with. */
function makeRoomForDefault(draft: Draft, desired: Desired, builtInNetworkId: string): void {
  const own = namedDefault(desired);
  if (own && own.id !== builtInNetworkId) draft.delete('virtual_networks', builtInNetworkId);
}

/** Undoes what the API did to the network that the account started with, unless the file speaks of it. */
function restoreDefault(draft: Draft, desired: Desired, builtInNetworkId: string): void {
  if (namedDefault(desired)) return;
  const chosen = desired.objects.some(
    (object) => object.kind === 'virtual_networks' && object.object.is_default_network,
  );
  draft.put('virtual_networks', { id: builtInNetworkId, name: 'default', is_default_network: !chosen });
}

function namedDefault(desired: Desired): DesiredObject | undefined {
  return desired.objects.find((object) => object.kind === 'virtual_networks' && object.object.name === 'default');
}

/** Exactly one network is the default. When the file's choice is gone, it is again the one called `default`. */
function ensureDefault(draft: Draft, desired: Desired, builtInNetworkId: string): void {
  const account = draft.read();
  if (defaultNetwork(account)) return;
  const id = namedDefault(desired)?.id ?? builtInNetworkId;
  const { name, comment, hosts } = account.virtual_networks.get(id) ?? { name: 'default', comment: '', hosts: {} };
  draft.put('virtual_networks', { id, name, comment, hosts, is_default_network: true });
}
