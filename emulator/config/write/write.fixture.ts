import { createState } from '../../state/state.js';
import type { AccountSnapshot } from '../../state/state.types.js';
import { accountOf, applyConfig, configFromObject, parseConfig } from '../index.js';
import type { ConfigInput } from '../schema.js';
import { writeConfig, writtenAccount } from './write.js';

/** The account that an edge has which starts from a file. */
export function accountFrom(text: string): AccountSnapshot {
  const loaded = parseConfig(text, 'colocal.yaml');
  const state = createState({ clock: { now: () => 0 }, account: accountOf(loaded) });
  applyConfig(state, loaded);
  return state.read();
}

export function accountOfObject(object: ConfigInput): AccountSnapshot {
  const loaded = configFromObject(object);
  const state = createState({ clock: { now: () => 0 }, account: accountOf(loaded) });
  applyConfig(state, loaded);
  return state.read();
}

/** With all secrets, as a file to start from. */
export function textOf(account: AccountSnapshot): string {
  return writeConfig(writtenAccount(account), { secrets: true, head: [] }).text;
}

/** An account apart from what begins anew: who manages an object, times and counts. */
export function bare(account: AccountSnapshot): object {
  return JSON.parse(
    JSON.stringify({ ...account, revision: 0 }, (key, value: unknown) => {
      if (['managed_by', 'created_on', 'modified_on', 'disabled_at', 'version'].includes(key)) return undefined;
      return value instanceof Map ? Object.fromEntries(value) : value;
    }),
  ) as object;
}
