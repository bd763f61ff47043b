/**
 * `npm run bench:compare -- CHECKOUT [--rounds 10] [--seconds 4]`: processor time per request of this build beside that
 * of another checkout, which must have been built. See bench/README.md. Linux only.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { generator, load } from './load.js';
import { processorSeconds } from './processes.js';
import { median, medianRatio } from './statistics.js';
import { table } from './table.js';
import { MAIN, startOrigin, startTunnelled, type Target } from './targets.js';

const CONNECTIONS = 32;
/** Until the just-in-time compiler has seen every function often enough. */
const WARM_UP = 2;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '10' }, seconds: { type: 'string', default: '4' } },
});
const [checkout] = positionals;
if (checkout === undefined) throw new Error('name the checkout to compare with: npm run bench:compare -- ../before');
const before = join(checkout, 'dist', 'main.cjs');
for (const file of [before, MAIN])
  if (!existsSync(file)) throw new Error(`${file} is missing: run npm run build there`);
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);

console.log(`Node ${process.version}, load from ${generator}, ${rounds} rounds of ${seconds} s each\n`);
const origin = await startOrigin();
const measured = { before: [] as Cost[], now: [] as Cost[] };
for (let round = 0; round < rounds; round++) {
  // Whoever goes first finds another machine than who goes second.
  const order = round % 2 === 0 ? (['before', 'now'] as const) : (['now', 'before'] as const);
  for (const which of order) measured[which].push(await cost(origin.target, which === 'before' ? before : MAIN));
}
await origin.running.stop();

const rows = (['edge', 'connector'] as const).map((role) => {
  const of = (which: 'before' | 'now') => measured[which].map((each) => each[role]);
  const ratio = medianRatio(of('now'), of('before')).toFixed(2);
  return [role, spread(of('before')), spread(of('now')), ratio];
});
console.log('Microseconds of processor time per request: median (least to most)');
console.log(table([['', 'before', 'now', 'now / before'], ...rows]));

interface Cost {
  readonly edge: number;
  readonly connector: number;
}

/** Microseconds per request of processes that were just started. */
async function cost(target: Target, program: string): Promise<Cost> {
  const tunnelled = await startTunnelled(target, () => [], program);
  try {
    await load(tunnelled, '/health', CONNECTIONS, WARM_UP);
    await sleep(200);
    const used = () => [processorSeconds(tunnelled.edge), processorSeconds(tunnelled.connector)] as const;
    const [edge, connector] = used();
    const { requestsPerSecond } = await load(tunnelled, '/health', CONNECTIONS, seconds);
    const requests = requestsPerSecond * seconds;
    const [edgeAfter, connectorAfter] = used();
    return { edge: ((edgeAfter - edge) / requests) * 1e6, connector: ((connectorAfter - connector) / requests) * 1e6 };
  } finally {
    await tunnelled.stop();
  }
}

function spread(values: readonly number[]): string {
  const shown = (value: number) => value.toFixed(0);
  return `${shown(median(values))} (${shown(Math.min(...values))} to ${shown(Math.max(...values))})`;
}
