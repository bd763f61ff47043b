/**
 * `npm run bench:store`: what keeping the state costs. See bench/README.md.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { AccountState } from '../emulator/state/state.types.js';
import { fill, LARGE, openKept } from './kept-account.js';
import { median } from './statistics.js';
import { table } from './table.js';

const OPENINGS = 5;
/** Milliseconds that each kind of writing is measured for. */
const SLICE = 5_000;

const { values: options } = parseArgs({ options: { folder: { type: 'string', default: tmpdir() } } });
// The disk is what is measured: --folder says which.
const parent = mkdtempSync(join(options.folder, 'colocal-bench-'));

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
  const small = await openKept(join(parent, 'small'));
  for (const writers of [1, 100]) {
    const rate = await writes(small.state, writers);
    rows.push([
      `small account, ${writers} ${writers === 1 ? 'writer' : 'writers at once'}`,
      `${rate.toFixed(0)} durable/s`,
    ]);
  }
  await small.store.close();

  const folder = join(parent, 'large');
  const large = await openKept(folder);
  const started = performance.now();
  fill(large.state, LARGE);
  const filled = performance.now();
  await large.state.durable();
  rows.push(['12,000 objects in one transaction, accepted', `${(filled - started).toFixed(0)} ms`]);
  rows.push(['the same, on the disk after that', `${(performance.now() - filled).toFixed(0)} ms`]);
  await large.store.close();
  const openings: number[] = [];
  for (let count = 0; count < OPENINGS; count++) {
    const again = await openKept(folder);
    openings.push(again.milliseconds);
    await again.store.close();
  }
  rows.push(['opening 1,000 pools, 1,000 tunnels, 10,000 routes', `${median(openings).toFixed(0)} ms`]);
  rows.push(['its file', `${(statSync(join(folder, 'data.mdb')).size / 1e6).toFixed(1)} MB`]);
  const again = await openKept(folder);
  for (const writers of [1, 100]) {
    const rate = await writes(again.state, writers);
    rows.push([
      `this account, ${writers} ${writers === 1 ? 'writer' : 'writers at once'}`,
      `${rate.toFixed(0)} durable/s`,
    ]);
  }
  await again.store.close();
  console.log(`Node ${process.version}, ${availableParallelism()} processors, load ${loadavg()[0]?.toFixed(1)}\n`);
  console.log(table(rows));
} finally {
  rmSync(parent, { recursive: true, force: true });
}
