/**
 * `npm run soak [-- --seconds 600] [-- --seed N]`: load and random faults for ten minutes, and whether what the process
 * holds is the same after everything has healed as before. Ends with status 1 when it is not. See bench/README.md.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createRng } from '../runtime/rng.js';
import { type Deeds, startChaos } from './soak/chaos.js';
import { type Held, heldNow, whatStayed } from './soak/held.js';
import { type Outcomes, startLoad } from './soak/load.js';
import { type Soaked, startSoaked } from './soak/setup.js';
import { megabytes, table } from './table.js';

const RATE = 100;
/** Seconds of load without faults, before each look at what is held: so that pools and caches are as full both times. */
const WARM = 5;
/**
 * Seconds until connections that nobody uses any more have closed by themselves, and failures that were repeated are
 * summed up for the last time (runtime/repeated.ts).
 */
const PATIENCE = 180;

const { values: options } = parseArgs({
  options: { seconds: { type: 'string', default: '600' }, seed: { type: 'string', default: '1' } },
});
const [seconds, seed] = [Number(options.seconds), Number(options.seed)];
if (!(seconds > 0 && Number.isFinite(seed))) throw new Error('usage: soak [--seconds N] [--seed N], both numbers');

const rng = createRng(seed);
const soaked = await startSoaked(seed);
const before = await calm(soaked, 'before');
console.log(`${seconds} s at ${RATE} requests a second under faults, seed ${seed}`);

const outcomes: Outcomes = new Map();
const deeds: Deeds = new Map();
const load = startLoad(soaked.emu, rng.fork('load'), RATE, outcomes);
const chaos = startChaos(soaked, rng.fork('chaos'), deeds);
await sleep(seconds * 1_000);
await chaos.heal();
await load.stop();
console.log(`\nwhat was done\n${counts(deeds)}\n\nwhat clients saw\n${counts(outcomes)}\n`);

const after = await calm(soaked, 'after');
const stayed = whatStayed(before, after);
console.log(
  table([
    ['held', 'before', 'after'],
    ['resident memory, MB', megabytes(before.rss), megabytes(after.rss)],
    ['heap, MB', megabytes(before.heap), megabytes(after.heap)],
    ...[...new Set([...before.handles.keys(), ...after.handles.keys()])]
      .sort()
      .map((kind) => [kind, String(before.handles.get(kind) ?? 0), String(after.handles.get(kind) ?? 0)]),
  ]),
);
console.log(stayed.length === 0 ? '\nas before: yes' : `\nas before: NO\n${stayed.join('\n')}`);
await soaked.close();
process.exitCode = stayed.length === 0 ? 0 : 1;

/** Load without faults that must succeed, then nothing; what is held after that. */
async function calm({ emu }: Soaked, when: 'before' | 'after'): Promise<Held> {
  const { pools } = emu.state.read();
  await emu.reset();
  const healthy: Outcomes = new Map();
  const load = startLoad(emu, rng.fork(when), RATE, healthy);
  await sleep(WARM * 1_000);
  await load.stop();
  const failed = [...healthy].filter(([outcome]) => !/ 200$|given up|echoed/.test(outcome));
  if (failed.length > 0)
    throw new Error(`without faults, ${when}: ${failed.map((each) => each.join(': ')).join(', ')}`);
  if (pools.size === 0) throw new Error('the pools are gone');
  await emu.reset();
  return heldNow(when === 'before' ? undefined : before, PATIENCE);
}

function counts(map: ReadonlyMap<string, number>): string {
  return table([...map].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, count]) => [name, String(count)]));
}
