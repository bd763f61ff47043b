import type { ConfigProblem, LoadedConfig } from './config/index.js';
import type { Events } from './observe/journal.types.js';
import type { Store } from './state/store/store.js';

/** The event of a change that could not be written. */
export const STATE_NOT_KEPT = 'state.not_kept';

/** Of what the API deleted in a kept account, and the file still refers to. */
export const REMEDY_AT_START = 'change its text in the file to have it made again, or start with another --state DIR';

interface KeepOptions {
  readonly config: LoadedConfig;
  /** Folder of the state; absent: nothing is kept. */
  readonly state?: string;
}

/** What keeps the account on the disk; loaded only when there is something to keep. */
export async function openKept({ state: folder, config }: KeepOptions, events: Events): Promise<Store | undefined> {
  if (folder === undefined) return undefined;
  const { openStore } = await import('./state/store/store.js');
  return openStore({
    folder,
    accountId: config.desired.account.id,
    onFailure: (error) => events.emit(STATE_NOT_KEPT, `${error.message}; ${error.fix}`),
  });
}

/** The warnings to tell people of: secrets that were invented survive where they are kept. */
export function toTell(
  warnings: readonly ConfigProblem[],
  { state }: Pick<KeepOptions, 'state'>,
): readonly ConfigProblem[] {
  return state === undefined ? warnings : warnings.filter(({ code }) => code !== 'random_secret');
}
