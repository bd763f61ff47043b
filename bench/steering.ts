/**
 * `npm run bench:steering [-- --quick]`: what a decision costs. See bench/README.md.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadBalancer } from '../emulator/steering/account.fixture.js';
import { compileSnapshot, SnapshotCompiler } from '../emulator/steering/compile.js';
import { typescript } from './processes.js';
import { median, medianRatio } from './statistics.js';
import { accountOf, decision, poolOf, type Setup } from './steering-cases.js';
import { TYPICAL } from './steering-typical.js';
import { megabytes, table } from './table.js';

/** Every case in every round, so that whatever else the machine does falls on all of them. Milliseconds. */
const FULL = { rounds: 21, slice: 40, memory: 1_000_000, compiles: 11 };
const QUICK = { rounds: 5, slice: 20, memory: 200_000, compiles: 5 };
/** What the issue promises. The ratio has room for what noise does to two small numbers. */
const GOALS = { typicalMicroseconds: 10, unrelated: 1.5, growthBytes: 1e6 };

const { values: options } = parseArgs({ options: { quick: { type: 'boolean' } } });
const size = options.quick ? QUICK : FULL;

const policies = [
  'off',
  'geo',
  'random',
  'dynamic_latency',
  'proximity',
  'least_outstanding_requests',
  'least_connections',
] as const;

const TYPICAL_NAME = 'typical: 10 pools, 3 rules, cookie';
const CASES: Readonly<Record<string, Setup>> = {
  [TYPICAL_NAME]: TYPICAL,
  'typical, session begins': { ...TYPICAL, session: 'new' },
  'typical, session by header': { ...TYPICAL, session: 'header' },
  'typical, no session': { pools: 10, rules: 3 },
  'typical, no monitors': { ...TYPICAL, monitors: false },
  'typical, 10,000 other load balancers': { ...TYPICAL, others: 10_000 },
  'typical, 10,000 unrelated pools': { ...TYPICAL, unrelated: 10_000 },
  ...Object.fromEntries([1, 10, 100].map((rules) => [`10 pools, ${rules} rules`, { rules }])),
  ...Object.fromEntries(
    policies.flatMap((policy) =>
      [1, 10, 100, 1_000].map((pools) => [`${policy}, ${pools} pools`, { policy, pools }] as const),
    ),
  ),
  'random, 10 pools, no monitors': { monitors: false },
};

interface Case {
  readonly name: string;
  readonly decide: () => void;
  /** Decisions in a slice of time. */
  readonly times: number;
  /** Nanoseconds per decision, one value a round. */
  readonly rounds: number[];
}

const cases = Object.entries(CASES).map(([name, setup]): Case => {
  const decide = decision(setup);
  timed(decide, 2_000);
  const nanoseconds = timed(decide, 2_000);
  return { name, decide, times: Math.max(20, Math.round((size.slice * 1e6) / nanoseconds)), rounds: [] };
});
for (let round = 0; round < size.rounds; round++)
  for (const { decide, times, rounds } of cases) rounds.push(timed(decide, times));

const roundsOf = (name: string): readonly number[] => cases.find((each) => each.name === name)?.rounds ?? [];
console.log(`Node ${process.version}, ${availableParallelism()} processors, median of ${size.rounds} rounds\n`);
console.log(
  table([
    ['decision', 'ns', 'fastest', 'slowest', '/ typical'],
    ...cases.map(({ name, rounds }) => [
      name,
      median(rounds).toFixed(0),
      Math.min(...rounds).toFixed(0),
      Math.max(...rounds).toFixed(0),
      medianRatio(rounds, roundsOf(TYPICAL_NAME)).toFixed(2),
    ]),
  ]),
);

const compile = measureCompile();
console.log(`\n${table([['snapshot of 1,000 load balancers, 1,000 pools', 'ms'], ...compile])}\n`);
const memory = measureMemory();
const growth = memory.after - memory.before;
const spent = `${megabytes(memory.before)} MB before, ${megabytes(memory.after)} MB after`;
console.log(`heap, ${size.memory} decisions: ${spent}\n`);

const typical = median(roundsOf(TYPICAL_NAME)) / 1_000;
const ratio = (name: string): number => medianRatio(roundsOf(name), roundsOf(TYPICAL_NAME));
const goals = [
  goal(TYPICAL_NAME, typical, GOALS.typicalMicroseconds, (n) => `${n.toFixed(2)} us`),
  goal('10,000 other load balancers / none', ratio('typical, 10,000 other load balancers'), GOALS.unrelated),
  goal('10,000 unrelated pools / none', ratio('typical, 10,000 unrelated pools'), GOALS.unrelated),
  goal(`growth of the heap, ${size.memory} decisions`, growth, GOALS.growthBytes, (n) => `${megabytes(n)} MB`),
];
console.log(`Goals\n${table([['', 'measured', 'at most', 'reached'], ...goals])}\n`);

const at = new Date().toISOString();
const machine = { node: process.version, platform: process.platform, processors: availableParallelism() };
const folder = join(import.meta.dirname, 'results');
const file = join(folder, `steering-${at.replaceAll(':', '-')}.json`);
mkdirSync(folder, { recursive: true });
const decisions = Object.fromEntries(cases.map(({ name, rounds }) => [name, rounds]));
writeFileSync(file, `${JSON.stringify({ at, machine, size, goals, decisions, compile, memory }, undefined, 2)}\n`);
console.log(`Written to ${file}`);

/** Nanoseconds of processor time per call, the garbage collector's included: what else the machine runs does not count. */
function timed(work: () => void, times: number): number {
  const before = process.cpuUsage();
  for (let time = 0; time < times; time++) work();
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1e3) / times;
}

function goal(what: string, value: number, limit: number, unit = (n: number) => n.toFixed(2)): string[] {
  return [what, unit(value), unit(limit), value <= limit ? 'yes' : 'NO'];
}

/** Compiling everything, nothing changed, and one pool changed. What was compiled of a pool is kept as long as the pool. */
function measureCompile(): string[][] {
  const first: number[] = [];
  const again: number[] = [];
  const changed: number[] = [];
  for (let time = 0; time < size.compiles; time++) {
    const base = accountOf({ pools: 10, rules: 3, unrelated: 990 });
    const balancers = Array.from({ length: 999 }, (_, index) => {
      const ids = Array.from({ length: 3 }, (_, each) => `pool-${(index + each) % 1_000}`);
      return loadBalancer(`lb-${index}.example.com`, ids);
    });
    const load_balancers = new Map([...base.load_balancers, ...balancers.map((each) => [each.id, each] as const)]);
    const all = { ...base, load_balancers };
    const pool = poolOf(500, true);
    const edited = { ...all, pools: new Map([...all.pools, [pool.id, { ...pool, description: 'edited' }]]) };
    first.push(timed(() => compileSnapshot(all), 1) / 1e6);
    again.push(timed(() => compileSnapshot(all), 1) / 1e6);
    const compiler = new SnapshotCompiler();
    compiler.compile(all);
    const after = { ...pool, description: 'edited' };
    const change = {
      kind: 'pools',
      id: pool.id,
      action: 'replaced',
      before: all.pools.get(pool.id) ?? pool,
      after,
    } as const;
    changed.push(timed(() => compiler.compile(edited, { before: all, changes: [change] }), 1) / 1e6);
  }
  const row = (name: string, values: number[]): string[] => [name, median(values).toFixed(2)];
  return [row('compiled for the first time', first), row('again', again), row('one pool changed', changed)];
}

/** In a process of its own, whose collector can be called. */
function measureMemory(): { readonly before: number; readonly after: number } {
  const args = ['--expose-gc', ...typescript('steering-memory.ts', String(size.memory))];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
}
