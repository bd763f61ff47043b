import type { Clock } from '../../runtime/clock.js';
import { createIds, derivedUuid, type Ids } from '../../runtime/ids.js';
import { createRng } from '../../runtime/rng.js';
import { DEFAULT_DATA_CENTER_CODES } from '../geo/data-centers.js';
import { followRoutes, type RouteChange } from '../network/routes.js';
import { NOTHING_DELETED } from './deleted.js';
import { AccountDraft, deepFreeze, type FinishedDraft, KINDS } from './draft.js';
import { createFileMemory } from './file-objects.js';
import type { Account, ManagedBy, VirtualNetwork } from './objects.js';
import { settingsSchema } from './schemas/settings.js';
import type { AccountSnapshot, AccountState, Change, Draft, Keeper, StateEvent } from './state.types.js';
import { AccountIndex } from './validate/account-index.js';
import { validate, validateChanges } from './validate/index.js';
import { ValidationError } from './validation-error.js';

export interface StateOptions {
  /** Gives the timestamps. */
  readonly clock: Pick<Clock, 'now'>;
  readonly account: Account;
  /** Ids of objects that come without one. Default: a sequence of its own, the same in every run. */
  readonly ids?: Ids;
  /** Where the account is kept. What it has of an account is begun with, in place of an empty one. */
  readonly keeper?: Keeper;
}

/**
 * The account in memory, with nothing but its default virtual network (docs/reference/api.md 2.5: every account
 * starts with one, named `default`). Throws `ValidationError` when the account itself is not valid.
 */
export function createState(options: StateOptions): AccountState {
  const { keeper } = options;
  let current = keeper?.kept ?? emptyAccount(options.account, options.clock.now());
  const ids = options.ids ?? createIds(createRng(nameOfIds(current)));
  if (!keeper?.kept) {
    const problems = validate(current, current);
    if (problems.length > 0) throw new ValidationError(problems);
    keeper?.keep(undefined, current, []);
  }
  const index = new AccountIndex();
  index.follow(everythingIn(current));

  const listeners = new Set<(event: StateEvent) => void>();
  const undelivered: StateEvent[] = [];
  let delivering = false;
  let changing = false;

  /** A listener that makes a transaction of its own does not overtake the others: events come to all in order. */
  function deliver(event: StateEvent): void {
    undelivered.push(event);
    if (delivering) return;
    delivering = true;
    for (let next = undelivered.shift(); next; next = undelivered.shift()) {
      for (const listener of [...listeners]) notify(listener, next);
    }
    delivering = false;
  }

  /** Throws when what would be is not valid. What follows from the account follows it from here on. */
  function accept({ after, changes, partsChanged }: FinishedDraft, before: AccountSnapshot, by: ManagedBy): void {
    followRoutes(before.routes, after.routes, changes.filter(({ kind }) => kind === 'routes') as RouteChange[]);
    index.follow(changes);
    // Anything may be judged by settings, data centers and places; and a file is read as a whole.
    const isWhole = partsChanged || by === 'file';
    const problems = isWhole ? validate(after, before) : validateChanges(after, before, changes, index);
    if (problems.length === 0) return;
    index.undo(changes);
    throw new ValidationError(problems);
  }

  function transact<T>(by: ManagedBy, change: (draft: Draft) => T): T {
    if (changing) throw new Error('a transaction cannot start inside another one');
    keeper?.check();
    const draft = new AccountDraft({ base: current, by, now: options.clock.now(), ids });
    const before = current;
    changing = true;
    let result: T;
    let finished: ReturnType<AccountDraft['finish']>;
    try {
      result = change(draft);
    } finally {
      finished = draft.finish();
      changing = false;
    }
    if (!finished) return result;
    accept(finished, before, by);
    current = finished.after;
    keeper?.keep(before, current, finished.changes);
    deliver({ before, after: current, by, changes: finished.changes });
    return result;
  }

  const memory = createFileMemory(defaultNetworkId(options.account.id));
  return {
    read: () => current,
    transact,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    applyFile: (desired) => memory.apply(transact, desired),
    reset: () => memory.reset(transact),
    durable: () => keeper?.durable() ?? Promise.resolve(),
  };
}

/** The ids of an account that was kept go on elsewhere in chance: those given before are not given to something else. */
function nameOfIds({ account, revision }: AccountSnapshot): string {
  return revision === 0 ? `ids of ${account.id}` : `ids of ${account.id} after ${revision}`;
}

/** The id of the virtual network that every account starts with. */
export function defaultNetworkId(accountId: string): string {
  return derivedUuid(accountId, 'virtual_networks', 'default');
}

function emptyAccount(account: Account, now: number): AccountSnapshot {
  const network: VirtualNetwork = {
    id: defaultNetworkId(account.id),
    name: 'default',
    comment: '',
    is_default_network: true,
    hosts: {},
    managed_by: 'file',
    created_on: now,
    modified_on: now,
  };
  return Object.freeze({
    revision: 0,
    account: deepFreeze({ ...account }),
    settings: deepFreeze(settingsSchema.parse({})),
    data_centers: DEFAULT_DATA_CENTER_CODES,
    clients: Object.freeze([]),
    locations: Object.freeze([]),
    access: deepFreeze({ users: [], policies: [] }),
    zones: new Map(),
    load_balancers: new Map(),
    dns_records: new Map(),
    pools: new Map(),
    monitors: new Map(),
    monitor_groups: new Map(),
    tunnels: new Map(),
    configurations: new Map(),
    virtual_networks: new Map([[network.id, deepFreeze(network)]]),
    routes: new Map(),
    hostname_routes: new Map(),
    spectrum: new Map(),
    faults: new Map(),
    deleted: NOTHING_DELETED,
    file: new Map(),
  });
}

function everythingIn(account: AccountSnapshot): Change[] {
  const changes: Change[] = [];
  for (const kind of KINDS)
    for (const [id, after] of account[kind]) changes.push({ kind, id, action: 'created', after });
  return changes;
}

/** The transaction stands whatever a listener does: its error is the process's to report, not the writer's. */
function notify(listener: (event: StateEvent) => void, event: StateEvent): void {
  try {
    listener(event);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
