import * as z from 'zod';
import type { ColocalError } from '../../../runtime/errors.js';
import type { Keeper } from '../state.types.js';
import { ChangedEntries } from './changed-entries.js';
import { type Database, openDatabase } from './database.js';
import { FORM_KEY } from './entries.js';
import { stateDamaged, stateNotKept, stateOfAnotherAccount } from './errors.js';
import { prepareFolder } from './folder.js';
import { loadAccount } from './load.js';
import { formAfter, MIGRATIONS, type Migration, migrate } from './migrations.js';
import { readEntries } from './read-entries.js';
import { Writer } from './writer.js';

const keyPairSchema = z.object({ certificate: z.string(), privateKey: z.string() });
type KeyPair = z.output<typeof keyPairSchema>;

const CA_KEY = 'secret/ca';

/** An account that is kept in a folder (docs/state.md). */
export interface Store extends Keeper {
  /** The certificate authority, which is made when it is first needed. */
  readonly ca: { load(): Promise<KeyPair | undefined>; save(pair: KeyPair): Promise<void> };
  /** Writes what was accepted, and lets go of the folder. Idempotent. */
  close(): Promise<void>;
}

export interface StoreOptions {
  readonly folder: string;
  /** Id of the account that it is for. */
  readonly accountId: string;
  /** Called once, when a change could not be written; from then on none is accepted. */
  readonly onFailure: (error: ColocalError) => void;
  readonly migrations?: readonly Migration[];
  /** Default: {@link openDatabase}. */
  readonly open?: (folder: string) => Promise<Database>;
}

/**
 * Opens the state in a folder, and makes one when there is none. What cannot be read, is newer or is not valid is
 * refused and left as it is.
 *
 * @throws STATE_FOLDER_UNUSABLE, STATE_FOLDER_OTHER, STATE_IN_USE, STATE_DAMAGED, STATE_NEWER, STATE_INVALID,
 * STATE_OF_ANOTHER_ACCOUNT
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { folder, migrations = MIGRATIONS, open = openDatabase } = options;
  prepareFolder(folder);
  const database = await open(folder);
  try {
    return await storeOf(database, options, migrations);
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function storeOf(
  database: Database,
  { folder, accountId, onFailure }: StoreOptions,
  migrations: readonly Migration[],
): Promise<Store> {
  const writer = new Writer({ database, folder, onFailure });
  const changed = new ChangedEntries();
  const found = readEntries(database, folder, migrations);
  const migrated = found && migrate(found.entries, found.form, migrations);
  const loaded = migrated && loadAccount(migrated.entries, folder);
  const kept = loaded?.account;
  if (kept && kept.account.id !== accountId) {
    throw stateOfAnotherAccount({ folder, kept: kept.account.id, wanted: accountId });
  }
  for (const [key, position] of loaded?.positions ?? []) changed.know(key, position);
  // Only now: a state that is refused stays in the form that it has.
  if (migrated && migrated.changed.size > 0) {
    writer.add(migrated.changed);
    await writer.durable();
  }

  const keptCa = migrated?.entries.get(CA_KEY);
  let ca = keptCa === undefined ? undefined : keyPairOf(keptCa, folder);

  let closing: Promise<void> | undefined;
  return {
    kept,
    ca: {
      load: async () => ca,
      async save(pair) {
        ca = pair;
        writer.add([[CA_KEY, pair]]);
        await writer.durable();
      },
    },
    check() {
      if (closing) throw stateNotKept({ folder, why: 'it was closed' });
      writer.check();
    },
    keep(before, after, changes) {
      if (!before) writer.add([[FORM_KEY, formAfter(migrations)]]);
      writer.add(changed.of(before, after, changes));
    },
    durable: () => writer.durable(),
    close() {
      closing ??= writer
        .durable()
        .catch(() => undefined)
        .then(() => database.close());
      return closing;
    },
  };
}

function keyPairOf(kept: unknown, folder: string): KeyPair {
  const parsed = keyPairSchema.safeParse(kept);
  if (parsed.success) return parsed.data;
  throw stateDamaged({ folder, where: CA_KEY, why: 'is not a certificate with its key' });
}
