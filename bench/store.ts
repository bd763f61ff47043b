/**
 * `npm run bench:store`: what keeping the state costs. See bench/README.md.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createState } from '../emulator/state/state.js';
import type { AccountState } from '../emulator/state/state.types.js';
import { openStore, type Store } from '../emulator/state/store/store.js';
import { median } from './statistics.js';
import { table } from './table.js';

/** The account that the goal is about, and a tenth of it. */
const SIZES = { pools: 1_000, tunnels: 1_000, routes: 10_000 };
const ACCOUNT = { id: '0'.repeat(32), name: 'bench', api_token: 't'.repeat(40) };
const OPENINGS = 5;
/** Milliseconds that each kind of writing is measured for. */
const SLICE = 5_000;

const { values: options } = parseArgs({ options: { folder: { type: 'string', default: tmpdir() } } });
// The disk is what is measured: --folder says which.
const parent = mkdtempSync(join(options.folder, 'colocal-bench-'));

interface Opened {
  readonly store: Store;
  readonly state: AccountState;
  readonly milliseconds: number;
}

async function open(folder: string): Promise<Opened> {
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

function fill(state: AccountState): void {
  state.transact('api', (draft) => {
    for (let index = 0; index < SIZES.tunnels; index++)
      draft.put('tunnels', { id: uuid(index), name: `tunnel-${index}` });
    for (let index = 0; index < SIZES.pools; index++) {
      const name = `pool-${index}`;
      draft.put('pools', { id: `pool${index}`.padEnd(32, '0'), name, origins: [{ name: 'a', address: '192.0.2.1' }] });
    }
    for (let index = 0; index < SIZES.routes; index++) {
      const network = `10.${index >> 8}.${index & 255}.0/24`;
      draft.put('routes', { network, tunnel_id: uuid(index % SIZES.tunnels) });
    }
  });
}

function uuid(index: number): string {
  return `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
}

/** Durable transactions a second of writers that each wait for their last one. */
async function writes(state: AccountState, writers: number): Promise<number> {
  const end = performance.now() + SLICE;
  let done = 0;
  const write = async (writer: number): Promise<void> => {
    for (let count = 0; performance.now() < end; count++) {
      const change = { id: `written ${writer}`, name: `written-${writer}`, description: String(count) };
      state.transact('api', (draft) =>
        draft.put('pools', { ...change, origins: [{ name: 'a', address: '192.0.2.1' }] }),
      );
      await state.durable();
      done++;
    }
  };
  await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
  return done / (SLICE / 1000);
}

try {
  const rows: string[][] = [];
  const small = await open(join(parent, 'small'));
  for (const writers of [1, 100]) {
    const rate = await writes(small.state, writers);
    rows.push([
      `small account, ${writers} ${writers === 1 ? 'writer' : 'writers at once'}`,
      `${rate.toFixed(0)} durable/s`,
    ]);
  }
  await small.store.close();

  const folder = join(parent, 'large');
  const large = await open(folder);
  const started = performance.now();
  fill(large.state);
  const filled = performance.now();
  await large.state.durable();
  rows.push(['12,000 objects in one transaction, accepted', `${(filled - started).toFixed(0)} ms`]);
  rows.push(['the same, on the disk after that', `${(performance.now() - filled).toFixed(0)} ms`]);
  await large.store.close();
  const openings: number[] = [];
  for (let count = 0; count < OPENINGS; count++) {
    const again = await open(folder);
    openings.push(again.milliseconds);
    await again.store.close();
  }
  rows.push(['opening 1,000 pools, 1,000 tunnels, 10,000 routes', `${median(openings).toFixed(0)} ms`]);
  rows.push(['its file', `${(statSync(join(folder, 'data.mdb')).size / 1e6).toFixed(1)} MB`]);
  const again = await open(folder);
  for (const writers of [1, 100]) {
    const rate = await writes(again.state, writers);
    rows.push([
      `this account, ${writers} ${writers === 1 ? 'writer' : 'writers at once'}`,
      `${rate.toFixed(0)} durable/s`,
    ]);
  }
  await again.store.close();
  console.log(table(rows));
} finally {
  rmSync(parent, { recursive: true, force: true });
}
