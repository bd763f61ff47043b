import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { ACCOUNT } from '../account.fixture.js';
import { createState } from '../state.js';
import type { AccountState } from '../state.types.js';
import { openStore, type Store, type StoreOptions } from './store.js';

/** A folder that does not exist, in one that does and is gone after the test. */
export function stateFolder(): string {
  const parent = mkdtempSync(join(tmpdir(), 'colocal-state-'));
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
  return join(parent, 'state');
}

/** An account that is kept. What its token would be without one that is kept differs every time. */
export async function keptState(
  folder: string,
  options: Partial<StoreOptions> = {},
): Promise<{ state: AccountState; store: Store; time: { now: number } }> {
  const store = await openStore({ folder, accountId: ACCOUNT.id, onFailure: () => undefined, ...options });
  onTestFinished(() => store.close());
  const time = { now: 1000 };
  const account = { ...ACCOUNT, api_token: `${starts++}`.padStart(40, 'x') };
  return { store, time, state: createState({ clock: { now: () => time.now }, account, keeper: store }) };
}
let starts = 0;
