/**
 * `npm run bench:faults [-- --quick]`: what the hooks of faults cost a request that no fault touches. See
 * bench/README.md.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ACCOUNT, active, opening } from '../emulator/faults/faults.fixture.js';
import { compileHooks } from '../emulator/faults/hooks.js';
import { createGeography } from '../emulator/geo/geography.js';
import { createVantageResolver } from '../emulator/geo/vantage.js';
import type { FaultInput } from '../emulator/state/schemas/fault.js';
import { createClock } from '../runtime/clock.js';
import { ManualDeadlines } from '../runtime/deadlines.js';
import { median, medianRatio } from './statistics.js';
import { table } from './table.js';

/** Every case in every round, so that whatever else the machine does falls on all of them. `slice`: milliseconds. */
const FULL = { rounds: 21, slice: 40 };
const QUICK = { rounds: 5, slice: 20 };
/** Nanoseconds that 1,000 faults may cost a request that none of them touches: a hundredth of what the edge does for it. */
const GOAL = 2_000;

const { values: options } = parseArgs({ options: { quick: { type: 'boolean' } } });
const size = options.quick ? QUICK : FULL;

/** Faults that do not match: the opening is of `web-a` in `web`, through `app`, for app.example.com. */
const MISSES: Readonly<Record<string, (number: number) => FaultInput>> = {
  endpoint: (n) => ({ name: `f${n}`, type: 'origin_refuse', match: { endpoint: `other-${n}` } }),
  pool: (n) => ({ name: `f${n}`, type: 'origin_status', status: 500, match: { pool: `other-${n}` } }),
  tunnel: (n) => ({ name: `f${n}`, type: 'connector_hung', match: { tunnel: `other-${n}` } }),
  host: (n) => ({ name: `f${n}`, type: 'origin_slow', delay: '1s', match: { host: `h${n}.example.com` } }),
  'host, wildcards': (n) => ({
    name: `f${n}`,
    type: 'origin_slow',
    delay: '1s',
    match: { host: `*.h${n}.example.com` },
  }),
  path: (n) => ({ name: `f${n}`, type: 'origin_reset', match: { path: `/path/${n}` } }),
  header: (n) => ({ name: `f${n}`, type: 'origin_truncated', match: { header: { 'X-Customer': `c${n}` } } }),
  link: (n) => ({
    name: `f${n}`,
    type: 'link_latency',
    between: 'edge-connector',
    latency: '1s',
    match: { endpoint: `other-${n}` },
  }),
  'data centers down': (n) => ({ name: `f${n}`, type: 'data_center_down', match: { data_center: codeOf(n) } }),
  partitions: (n) => ({
    name: `f${n}`,
    type: 'data_centers_partitioned',
    match: { data_center: codeOf(n) },
    from: [codeOf(n + 1)],
  }),
  probes: (n) => ({ name: `f${n}`, type: 'probes_failing', match: { endpoint: `other-${n}` } }),
};
const KINDS = Object.keys(MISSES);

function codeOf(number: number): string {
  return ['CDG', 'FRA', 'AMS', 'MAD'][number % 4] as string;
}

const clock = createClock({ mode: 'manual', deadlines: new ManualDeadlines() });
const geography = createGeography(['NRT', 'LHR']);
const subject = opening({ connector: 'c1', dataCenter: 'LHR' });
const headers = ['Host', 'app.example.com', 'User-Agent', 'bench', 'Accept', '*/*', 'X-Customer', 'blue'];

/** What the hooks do for one request: it comes in, a replica is chosen, its way is opened. */
function requestWith(faults: readonly FaultInput[]): () => void {
  const context = { account: ACCOUNT, clock, deadlines: new ManualDeadlines() };
  const hooks = compileHooks(
    faults.map((fault) => active(fault)),
    context,
  );
  const plain = createVantageResolver({ geography, clients: [], enabled: true });
  const vantage = hooks.ingress(plain);
  const { opened, path, options: opening_ } = subject;
  const { connection } = opened;
  if (!connection) throw new Error('the way leads through a connection');
  const { code } = opening_.from;
  return () => {
    if (vantage !== plain) vantage.resolve(headers, '127.0.0.1', 1);
    const { replicas } = hooks;
    if (replicas) {
      replicas.bars(code, connection);
      replicas.lost(connection.tunnelId, code, connection.dataCenter);
    }
    hooks.reach(opened, path, opening_);
  };
}

interface Case {
  readonly name: string;
  readonly run: () => void;
  readonly times: number;
  /** Nanoseconds per request, one value a round. */
  readonly rounds: number[];
}

const many = (count: number, kinds: readonly string[]): FaultInput[] =>
  Array.from({ length: count }, (_, n) => (MISSES[kinds[n % kinds.length] as string] as (n: number) => FaultInput)(n));

const NONE = 'no fault';
const MIXED = '1,000 of all kinds';
const cases = [
  caseOf(NONE, []),
  caseOf('10 of all kinds', many(10, KINDS)),
  caseOf(MIXED, many(1_000, KINDS)),
  ...KINDS.map((kind) => caseOf(`1,000 by ${kind}`, many(1_000, [kind]))),
];

function caseOf(name: string, faults: readonly FaultInput[]): Case {
  const run = requestWith(faults);
  timed(run, 20_000);
  const times = Math.max(20, Math.round((size.slice * 1e6) / timed(run, 20_000)));
  return { name, run, times, rounds: [] };
}

for (let round = 0; round < size.rounds; round++)
  for (const { run, times, rounds } of cases) rounds.push(timed(run, times));

const roundsOf = (name: string): readonly number[] => cases.find((each) => each.name === name)?.rounds ?? [];
console.log(`Node ${process.version}, ${availableParallelism()} processors, median of ${size.rounds} rounds\n`);
console.log(
  table([
    ['faults that do not match', 'ns per request', 'fastest', 'slowest', '/ 10 of all kinds'],
    ...cases.map(({ name, rounds }) => [
      name,
      median(rounds).toFixed(0),
      Math.min(...rounds).toFixed(0),
      Math.max(...rounds).toFixed(0),
      medianRatio(rounds, roundsOf('10 of all kinds')).toFixed(2),
    ]),
  ]),
);
const reached = median(roundsOf(MIXED));
console.log(`\n${MIXED}: ${reached.toFixed(0)} ns, at most ${GOAL} ns: ${reached <= GOAL ? 'yes' : 'NO'}`);

const at = new Date().toISOString();
const machine = { node: process.version, platform: process.platform, processors: availableParallelism() };
const folder = join(import.meta.dirname, 'results');
const file = join(folder, `faults-${at.replaceAll(':', '-')}.json`);
mkdirSync(folder, { recursive: true });
const measured = Object.fromEntries(cases.map(({ name, rounds }) => [name, rounds]));
writeFileSync(file, `${JSON.stringify({ at, machine, size, measured }, undefined, 2)}\n`);
console.log(`Written to ${file}`);

/** Nanoseconds of processor time per call, the garbage collector's included: what else the machine runs does not count. */
function timed(work: () => void, times: number): number {
  const before = process.cpuUsage();
  for (let time = 0; time < times; time++) work();
  const { user, system } = process.cpuUsage(before);
  return Math.max(0.1, ((user + system) * 1e3) / times);
}
