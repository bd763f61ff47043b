/**
 * `npm run bench:network [-- --quick]`: route look-ups, insertion, deletion and memory by the number of routes, then
 * private TCP through a tunnel. See bench/README.md.
 */
import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import type { Measured } from './network-routes.js';
import { measurePrivateTcp } from './private-tcp.js';
import { typescript } from './processes.js';
import { median, medianRatio } from './statistics.js';
import { table } from './table.js';

const SIZES = [10, 1_000, 100_000] as const;
const GOALS = { lookups: 1e6 };

const { values: options } = parseArgs({ options: { quick: { type: 'boolean' } } });
const rounds = options.quick ? 5 : 15;

/** All sizes in one process, round by round, in which the collector can be called. */
function measured(family: 4 | 6): Measured[] {
  const args = ['--expose-gc', ...typescript('network-routes.ts', String(family), String(rounds), SIZES.join(','))];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
}

console.log(`Node ${process.version}, ${availableParallelism()} processors, median of ${rounds} rounds\n`);
for (const family of [4, 6] as const) {
  const sizes = measured(family);
  const middle = sizes.find(({ routes }) => routes === 1_000);
  console.log(
    table([
      [`IPv${family}`, 'look-ups/s', 'cost / 1,000 routes', 'insertion, us', 'deletion, us', 'bytes a route'],
      ...sizes.map(({ routes, lookup, insertion, deletion, bytes }) => [
        `${routes.toLocaleString('en')} routes`,
        `${(1e3 / median(lookup)).toFixed(1)} million`,
        middle ? medianRatio(lookup, middle.lookup).toFixed(2) : '',
        (median(insertion) / 1e3).toFixed(1),
        (median(deletion) / 1e3).toFixed(1),
        bytes.toFixed(0),
      ]),
    ]),
  );
  const rate = middle ? 1e9 / median(middle.lookup) : 0;
  console.log(
    `  over ${GOALS.lookups / 1e6} million a second with 1,000 routes: ${rate > GOALS.lookups ? 'yes' : 'NO'}\n`,
  );
}

await measurePrivateTcp(
  options.quick
    ? { rounds: 3, bytes: 200e6, seconds: 2, idle: 5_000 }
    : { rounds: 7, bytes: 500e6, seconds: 5, idle: 5_000 },
);
