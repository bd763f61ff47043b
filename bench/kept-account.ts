import { createState } from '../emulator/state/state.js';
import type { AccountState } from '../emulator/state/state.types.js';
import { openStore, type Store } from '../emulator/state/store/store.js';

/** How much of everything an account has. */
export interface Size {
  readonly pools: number;
  readonly tunnels: number;
  readonly routes: number;
}

/** The account that the goals are about, and a hundredth of it. */
export const LARGE: Size = { pools: 1_000, tunnels: 1_000, routes: 10_000 };
export const SMALL: Size = { pools: 10, tunnels: 10, routes: 100 };

export const ACCOUNT = { id: '0'.repeat(32), name: 'bench', api_token: 't'.repeat(40) };

export interface Opened {
  readonly store: Store;
  readonly state: AccountState;
  readonly milliseconds: number;
}

/** The account that a folder keeps, as an edge opens it. */
export async function openKept(folder: string): Promise<Opened> {
  const start = performance.now();
  const store = await openStore({
    folder,
    accountId: ACCOUNT.id,
    onFailure: (error) => {
      throw error;
    },
  });
  const state = createState({ clock: { now: () => Date.now() }, account: ACCOUNT, keeper: store });
  return { store, state, milliseconds: performance.now() - start };
}

/** An account in memory alone. */
export function unkept(): AccountState {
  return createState({ clock: { now: () => Date.now() }, account: ACCOUNT });
}

/** Makes everything in one transaction, as a client of the API would. */
export function fill(state: AccountState, size: Size): void {
  state.transact('api', (draft) => {
    for (let index = 0; index < size.tunnels; index++)
      draft.put('tunnels', { id: uuid(index), name: `tunnel-${index}` });
    for (let index = 0; index < size.pools; index++) {
      const name = `pool-${index}`;
      draft.put('pools', { id: `pool${index}`.padEnd(32, '0'), name, origins: [{ name: 'a', address: '192.0.2.1' }] });
    }
    for (let index = 0; index < size.routes; index++) {
      const network = `10.${index >> 8}.${index & 255}.0/24`;
      draft.put('routes', { network, tunnel_id: uuid(index % size.tunnels) });
    }
  });
}

function uuid(index: number): string {
  return `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
}
