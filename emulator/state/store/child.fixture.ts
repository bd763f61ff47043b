import { writeSync } from 'node:fs';
import { ACCOUNT, pool } from '../account.fixture.js';
import { createState } from '../state.js';
import { openStore } from './store.js';

/*
 * A process that keeps an account: `child FOLDER`. It says what it found, then writes as fast as it can, and says what
 * was acknowledged. Every transaction changes the same few objects together, so that half of one can be told:
 *
 *   slot <i % SLOTS> a, slot <i % SLOTS> b   both say that they are of transaction i
 *   latest <i>                               made by transaction i, while `latest <i - 1>` goes
 */

export const SLOTS = 20;
/** Transactions that wait for the disk at once. */
const AT_ONCE = 8;

/** One line for the parent; written before anything else happens. */
function say(word: string, value: unknown): void {
  writeSync(1, `${word} ${JSON.stringify(value)}\n`);
}

async function main(folder: string): Promise<void> {
  say('started', process.pid);
  const store = await openStore({
    folder,
    accountId: ACCOUNT.id,
    onFailure: (error) => say('failed', { code: error.code, message: error.message }),
  });
  const state = createState({ clock: { now: () => 0 }, account: ACCOUNT, keeper: store });
  const found = Object.fromEntries([...state.read().pools.values()].map((each) => [each.name, each.description]));
  say('found', found);

  let next = 1 + Math.max(0, ...Object.values(found).map(Number));
  const write = async (): Promise<void> => {
    for (;;) {
      const number = next++;
      state.transact('api', (draft) => {
        for (const half of ['a', 'b']) draft.put('pools', of(`slot ${number % SLOTS} ${half}`, number));
        draft.delete('pools', `latest ${number - 1}`);
        draft.put('pools', of(`latest ${number}`, number));
      });
      await state.durable();
      say('acknowledged', number);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, write));
}

function of(name: string, number: number) {
  return { ...pool(name), id: name, description: String(number) };
}

const [folder] = process.argv.slice(2);
if (folder !== undefined) {
  main(folder).catch((error: unknown) => {
    const { code, message } = error as { code?: unknown; message?: unknown };
    say('ended', { code, message });
    process.exit(1);
  });
}
