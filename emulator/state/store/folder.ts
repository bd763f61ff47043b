import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { messageOf } from '../../../runtime/errors.js';
import { DATA_FILE } from './database.js';
import { stateFolderOther, stateFolderUnusable } from './errors.js';

/**
 * The folder of a state: made for its owner alone when it is not there, in one that is. One that holds something
 * else is refused: it was probably not meant.
 *
 * @throws STATE_FOLDER_UNUSABLE, STATE_FOLDER_OTHER
 */
export function prepareFolder(folder: string): void {
  const parent = dirname(resolve(folder));
  if (!existsSync(parent)) throw stateFolderUnusable({ folder, why: `${parent} does not exist` });
  try {
    if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
    if (!statSync(folder).isDirectory()) throw stateFolderOther({ folder, found: 'it is a file' });
    if (existsSync(join(folder, DATA_FILE))) return;
    const [found] = readdirSync(folder);
    if (found !== undefined) throw stateFolderOther({ folder, found });
  } catch (error) {
    if (stateFolderOther.is(error)) throw error;
    throw stateFolderUnusable({ folder, why: messageOf(error) }, { cause: error });
  }
}
