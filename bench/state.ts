/**
 * `npm run bench:state [-- --quick]`: what one change costs, by the size of the account. See bench/README.md.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { CHANGES, desiredOf, emptyEdge, type Size } from './state-accounts.js';
import { median, medianRatio } from './statistics.js';
import { table } from './table.js';

/** Every change in every round, on all sizes in turn. */
const FULL = { rounds: 21, changes: 200, loads: 5 };
const QUICK = { rounds: 7, changes: 60, loads: 2 };
/** What the large account may cost: milliseconds, and against the small one. */
const GOALS = { milliseconds: 2, ratio: 3 };

const SMALL: Size = { pools: 10, tunnels: 10, routes: 100 };
const LARGE: Size = { pools: 1_000, tunnels: 1_000, routes: 10_000 };

const { values: options } = parseArgs({ options: { quick: { type: 'boolean' } } });
const run = options.quick ? QUICK : FULL;

/** Milliseconds of processor time, the garbage collector's included. */
function timed(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e3;
}

function loaded(size: Size) {
  const edge = emptyEdge();
  edge.state.applyFile(desiredOf(edge.state, size));
  return edge;
}

const loads = Array.from({ length: run.loads }, () => {
  const edge = emptyEdge();
  const desired = desiredOf(edge.state, LARGE);
  return timed(() => edge.state.applyFile(desired));
});

const [small, large] = [loaded(SMALL), loaded(LARGE)];
let time = 0;
/** Milliseconds a change. */
function changed(edge: typeof small, size: Size, change: (typeof CHANGES)[string]): number {
  const milliseconds = timed(() => {
    for (let i = 0; i < run.changes; i++) {
      const now = time++;
      edge.state.transact('api', (draft) => change(draft, size, now));
    }
  });
  return milliseconds / run.changes;
}

const cases = Object.entries(CHANGES).map(([name, change]) => {
  const rounds = { small: [] as number[], large: [] as number[] };
  // Compiled by then.
  changed(small, SMALL, change);
  changed(large, LARGE, change);
  return { name, change, rounds };
});
for (let round = 0; round < run.rounds; round++) {
  for (const { change, rounds } of cases) {
    rounds.small.push(changed(small, SMALL, change));
    rounds.large.push(changed(large, LARGE, change));
  }
}

const sizeOf = ({ pools, tunnels, routes }: Size): string => `${pools} pools, ${tunnels} tunnels, ${routes} routes`;
console.log(
  `Node ${process.version}, ${availableParallelism()} processors, median of ${run.rounds} rounds, milliseconds`,
);
console.log(`small: ${sizeOf(SMALL)}; large: ${sizeOf(LARGE)}\n`);
const reached = (is: boolean): string => (is ? 'yes' : 'NO');
console.log(
  table([
    ['one change', 'small', 'large', 'large / small', `under ${GOALS.milliseconds} ms`, `under ${GOALS.ratio} times`],
    ...cases.map(({ name, rounds }) => {
      const ratio = medianRatio(rounds.large, rounds.small);
      const cost = median(rounds.large);
      return [
        name,
        median(rounds.small).toFixed(3),
        cost.toFixed(3),
        ratio.toFixed(2),
        reached(cost < GOALS.milliseconds),
        reached(ratio < GOALS.ratio),
      ];
    }),
  ]),
);
console.log(
  `\nlarge, loaded by one file: ${median(loads).toFixed(0)} ms (${loads.map((each) => each.toFixed(0)).join(', ')})`,
);
