import { messageOf } from '../../../runtime/errors.js';
import type { Database } from './database.js';
import { decodeValue, type Entries, FORM_KEY } from './entries.js';
import { stateDamaged, stateNewer } from './errors.js';
import { formAfter, type Migration } from './migrations.js';

export interface ReadEntries {
  readonly form: number;
  readonly entries: Entries;
}

/**
 * All that a database has, checked bit for bit; `undefined` when it is new.
 *
 * @throws STATE_DAMAGED, STATE_NEWER
 */
export function readEntries(
  database: Pick<Database, 'entries'>,
  folder: string,
  migrations: readonly Migration[],
): ReadEntries | undefined {
  const raw = new Map<string, Buffer>();
  try {
    // What the database gives is overwritten when it gives the next.
    for (const [key, value] of database.entries()) raw.set(key, Buffer.from(value));
  } catch (error) {
    throw stateDamaged({ folder, where: 'its database', why: `cannot be read: ${messageOf(error)}` }, { cause: error });
  }
  if (raw.size === 0) return undefined;

  // First, because a newer form may say everything else in another way.
  const form = formOf(raw.get(FORM_KEY), folder);
  const known = formAfter(migrations);
  if (form > known) throw stateNewer({ folder, found: form, known });

  const entries: Entries = new Map();
  for (const [key, value] of raw) {
    const decoded = decodeValue(key, value);
    if (!decoded) throw stateDamaged({ folder, where: key, why: 'is not as it was written: its checksum is wrong' });
    entries.set(key, decoded.value);
  }
  return { form, entries };
}

function formOf(encoded: Buffer | undefined, folder: string): number {
  const form = encoded && decodeValue(FORM_KEY, encoded)?.value;
  if (typeof form === 'number' && Number.isSafeInteger(form) && form >= 1) return form;
  throw stateDamaged({ folder, where: 'the entry that says its form', why: encoded ? 'cannot be read' : 'is missing' });
}
