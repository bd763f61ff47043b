import { chmodSync, closeSync, existsSync, openSync, readFileSync, readSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { RootDatabase } from 'lmdb';
import { ColocalError, messageOf } from '../../../runtime/errors.js';
import { damageOf, HEAD_LENGTH, headDamageOf } from './check-file.js';
import { stateDamaged, stateFolderUnusable, stateInUse } from './errors.js';

export const DATA_FILE = 'data.mdb';
const LOCK_FILE = 'lock.mdb';

/** A folder of entries on the disk, that belongs to this process alone. */
export interface Database {
  entries(): Iterable<readonly [key: string, value: Buffer]>;
  /** All or nothing; resolves when it is on the disk. `undefined` removes. Rejects with what the disk said. */
  write(entries: Iterable<readonly [key: string, value: Buffer | undefined]>): Promise<void>;
  close(): Promise<void>;
}

/** Whose files have the layout that is checked. */
const IS_64_BIT = process.arch === 'x64' || process.arch === 'arm64';

/** Folders open in this process: the database gives all of a process the same lock. */
const openHere = new Set<string>();

/** A process that was killed leaves its place among the readers; the kernel knows that it is gone. */
const READER = /^\s*(\d+)\s/gm;

/**
 * Opens the database in a folder that exists, and makes an empty one when there is none. LMDB lets processes share a
 * database; this store may not be shared, so the first to be among its readers owns it. The kernel forgets an owner
 * that dies, however that happens.
 *
 * @throws STATE_IN_USE, STATE_DAMAGED, STATE_FOLDER_UNUSABLE
 */
export async function openDatabase(folder: string): Promise<Database> {
  const path = realpathSync(folder);
  if (openHere.has(path)) throw stateInUse({ folder, by: 'another emulator in this process' });
  openHere.add(path);
  try {
    checkHead(join(path, DATA_FILE), folder);
    const { open, ABORT } = await import('lmdb');
    const root = open<Buffer, string>({
      path,
      noSubdir: false,
      encoding: 'binary',
      maxDbs: 1,
      // A commit has returned only when it is on the disk.
      overlappingSync: false,
      // Writes are put together by the writer. Besides, a failed batch of a turn would be an unhandled rejection.
      eventTurnBatching: false,
    });
    try {
      claim(root, ABORT, folder);
      // Only now: nobody else writes into it any more.
      check(join(path, DATA_FILE), folder);
      // The folder lets nobody else in; its files say so too. By name: closing the lock's file would give the lock away.
      for (const name of [DATA_FILE, LOCK_FILE]) chmodSync(join(path, name), 0o600);
    } catch (error) {
      await root.close();
      throw error;
    }
    return databaseOf(root, () => openHere.delete(path));
  } catch (error) {
    openHere.delete(path);
    throw error instanceof ColocalError ? error : unusable(folder, error);
  }
}

function unusable(folder: string, error: unknown): ColocalError {
  return stateFolderUnusable({ folder, why: messageOf(error) }, { cause: error });
}

function checkHead(file: string, folder: string): void {
  if (!IS_64_BIT || !existsSync(file)) return;
  const head = Buffer.alloc(HEAD_LENGTH);
  const descriptor = openSync(file, 'r');
  try {
    const length = readSync(descriptor, head);
    // Of nothing LMDB makes a database.
    if (length > 0) refuse(headDamageOf(head.subarray(0, length)), folder);
  } finally {
    closeSync(descriptor);
  }
}

function check(file: string, folder: string): void {
  if (IS_64_BIT) refuse(damageOf(readFileSync(file)), folder);
}

function refuse(damage: string | undefined, folder: string): void {
  if (damage !== undefined) throw stateDamaged({ folder, where: DATA_FILE, why: damage });
}

/** One process at a time: within a write transaction, which is given up so that nothing is written. */
function claim(root: RootDatabase<Buffer, string>, abort: unknown, folder: string): void {
  let owner: number | undefined;
  root.transactionSync(() => {
    root.readerCheck();
    const readers = [...root.readerList().matchAll(READER)].map(([, pid]) => Number(pid));
    owner = readers.find((pid) => pid !== process.pid);
    if (owner !== undefined) return abort;
    try {
      root.useReadTransaction().done();
    } catch {
      // Of another container: its processes have the same numbers.
      owner = process.pid;
    }
    return abort;
  });
  if (owner !== undefined) throw stateInUse({ folder, by: `the process ${owner}` });
}

function databaseOf(root: RootDatabase<Buffer, string>, closed: () => void): Database {
  return {
    *entries() {
      for (const { key, value } of root.getRange()) yield [key, value];
    },
    async write(entries) {
      try {
        await root.batch(() => {
          for (const [key, value] of entries) void (value === undefined ? root.remove(key) : root.put(key, value));
        });
      } catch (error) {
        throw await causeOf(error);
      }
    },
    async close() {
      await root.close();
      closed();
    },
  };
}

/** A failed commit says why in a promise beside it, which is settled by then, or soon. */
async function causeOf(error: unknown): Promise<unknown> {
  if (!(error instanceof Error) || !('commitError' in error)) return error;
  const why = Promise.resolve(error.commitError).then(
    () => error,
    (cause: unknown) => cause,
  );
  return Promise.race([why, new Promise((resolve) => setImmediate(() => resolve(error)))]);
}
