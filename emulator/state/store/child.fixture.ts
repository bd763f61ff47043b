import { writeSync } from 'node:fs';
import { ACCOUNT, pool } from '../account.fixture.js';
import { createState } from '../state.js';
import { openStore } from './store.js';

/*
 * A process that keeps accounts: `child FOLDER...`. It says what it found in each, then writes as fast as it can, and
 * says what was acknowledged, with the number of the folder. Every transaction changes the same few objects together, so that half of one can be told:
 *
 *   slot-<i % SLOTS>-a, slot-<i % SLOTS>-b   both say that they are of transaction i
 *   latest-<i>                               made by transaction i, while `latest-<i - 1>` goes
 */

export const SLOTS = 20;
/** Transactions that wait for the disk at once. */
const AT_ONCE = 8;

/** What a line says: of which folder, and what. */
export type Line =
  | { readonly is: 'started' }
  | { readonly is: 'found'; readonly of: number; readonly pools: Readonly<Record<string, string>> }
  | { readonly is: 'acknowledged'; readonly of: number; readonly number: number }
  | { readonly is: 'failed' | 'ended'; readonly code: unknown; readonly message: unknown };

/** One line for the parent; written before anything else happens. */
function say(line: Line): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}

async function keep(folder: string, of: number): Promise<void> {
  const store = await openStore({
    folder,
    accountId: ACCOUNT.id,
    onFailure: ({ code, message }) => say({ is: 'failed', code, message }),
  });
  const state = createState({ clock: { now: () => 0 }, account: ACCOUNT, keeper: store });
  const pools = Object.fromEntries([...state.read().pools.values()].map((each) => [each.name, each.description]));
  say({ is: 'found', of, pools });

  let next = 1 + Math.max(0, ...Object.values(pools).map(Number));
  const write = async (): Promise<void> => {
    for (;;) {
      const number = next++;
      state.transact('api', (draft) => {
        for (const half of ['a', 'b']) draft.put('pools', numbered(`slot-${number % SLOTS}-${half}`, number));
        draft.delete('pools', `latest-${number - 1}`);
        draft.put('pools', numbered(`latest-${number}`, number));
      });
      await state.durable();
      say({ is: 'acknowledged', of, number });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, write));
}

function numbered(name: string, number: number) {
  return { ...pool(name), id: name, description: String(number) };
}

const folders = process.argv.slice(2);
// The test imports what stands above.
if (process.argv[1]?.endsWith('.cjs') && folders.length > 0) {
  say({ is: 'started' });
  Promise.all(folders.map(keep)).catch((error: unknown) => {
    const { code, message } = error as { code?: unknown; message?: unknown };
    say({ is: 'ended', code, message });
    process.exit(1);
  });
}
