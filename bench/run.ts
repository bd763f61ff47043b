/**
 * `npm run bench [-- --quick] [--profile DIR]`: see bench/README.md.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { generator, type Load } from './load.js';
import { type Direction, largeBodies, smallBodies, starts, transfer } from './measures.js';
import { type Growth, watchMemory } from './memory.js';
import { residentMemory } from './processes.js';
import { describeProfiles } from './profile.js';
import { median, medianRatio } from './statistics.js';
import { megabytes, table } from './table.js';
import { MAIN, startOrigin, startProxy, startTunnelled, type Target } from './targets.js';

const FULL = { rounds: 5, seconds: 5, largeRounds: 3, largeTimes: 5, starts: 11, settle: 1_000, longBytes: 1e9 };
const QUICK = { rounds: 3, seconds: 2, largeRounds: 3, largeTimes: 2, starts: 5, settle: 500, longBytes: 1e9 };
const LARGE_BYTES = 100e6;
/** What issue and README promise: see bench/README.md. */
const GOALS = { throughput: 0.5, start: 3, idle: 2.5, growthBytes: 64e6 };

const { values: options } = parseArgs({ options: { quick: { type: 'boolean' }, profile: { type: 'string' } } });
const size = options.quick ? QUICK : FULL;

if (!existsSync(MAIN)) throw new Error('dist/main.cjs is missing: run `npm run build` first');

const goals: { what: string; value: number; text: string; goal: string; reached: boolean }[] = [];

if (options.profile) await profile(resolve(options.profile));
else await measure();

async function measure(): Promise<void> {
  console.log(`Node ${process.version}, ${availableParallelism()} processors, load from ${generator}\n`);
  const started = await measureStarts();
  const origin = await startOrigin();
  const proxy = await startProxy(origin.target);
  const growth = await measureGrowth(origin.target);
  const tunnelled = await startTunnelled(origin.target);
  const targets = [origin.target, proxy.target, tunnelled];
  const small = await measureSmall(targets);
  const download = await measureLarge(targets, 'download');
  const upload = await measureLarge(targets, 'upload');
  for (const running of [tunnelled, proxy.running, origin.running]) await running.stop();

  const row = (goal: (typeof goals)[number]): string[] => [
    goal.what,
    goal.text,
    goal.goal,
    goal.reached ? 'yes' : 'NO',
  ];
  console.log(`Goals\n${table([['', 'measured', 'goal', 'reached'], ...goals.map(row)])}\n`);
  const at = new Date().toISOString();
  const machine = { node: process.version, platform: process.platform, processors: availableParallelism() };
  const folder = join(import.meta.dirname, 'results');
  const file = join(folder, `${at.replaceAll(':', '-')}.json`);
  mkdirSync(folder, { recursive: true });
  const report = { at, machine, generator, size, goals, small, download, upload, started, growth };
  writeFileSync(file, `${JSON.stringify(report, undefined, 2)}\n`);
  console.log(`Written to ${file}`);
}

function goal(
  what: string,
  value: number,
  text: string,
  limit: number,
  atLeast: boolean,
  unit = (n: number) => String(n),
): void {
  const reached = atLeast ? value >= limit : value <= limit;
  goals.push({ what, value, text, goal: `${atLeast ? 'at least' : 'at most'} ${unit(limit)}`, reached });
}

async function measureStarts(): Promise<unknown> {
  const { bare, edge } = await starts(size.starts, size.settle);
  const rows = [['Start', 'ready ms', 'idle MB']];
  for (const [name, values] of [
    ['bare server', bare],
    ['edge', edge],
  ] as const) {
    const idle = values.idle.length > 0 ? megabytes(median(values.idle)) : '-';
    rows.push([name, median(values.ready).toFixed(0), idle]);
  }
  console.log(`${table(rows)}\n`);
  const ready = medianRatio(edge.ready, bare.ready);
  goal('start to ready, edge / bare server', ready, ready.toFixed(2), GOALS.start, false);
  if (edge.idle.length > 0) {
    const idle = medianRatio(edge.idle, bare.idle);
    goal('idle memory, edge / bare server', idle, idle.toFixed(2), GOALS.idle, false);
  }
  return { bare, edge };
}

async function measureSmall(targets: readonly Target[]): Promise<unknown> {
  const results = await smallBodies(targets, size.rounds, size.seconds);
  const of = (name: string, key: keyof Load): number[] => (results.get(name) ?? []).map((round) => round[key]);
  const rows = [['Small bodies', 'requests/s', 'p50 ms', 'p99 ms', '/ origin', '/ proxy']];
  for (const { name } of targets) {
    rows.push([
      name,
      median(of(name, 'requestsPerSecond')).toFixed(0),
      median(of(name, 'p50')).toFixed(2),
      median(of(name, 'p99')).toFixed(2),
      ...['origin', 'proxy'].map((other) =>
        medianRatio(of(name, 'requestsPerSecond'), of(other, 'requestsPerSecond')).toFixed(2),
      ),
    ]);
  }
  console.log(`${table(rows)}\n`);
  const ratio = medianRatio(of('colocal', 'requestsPerSecond'), of('proxy', 'requestsPerSecond'));
  goal('small bodies, requests/s, colocal / proxy', ratio, ratio.toFixed(2), GOALS.throughput, true);
  return Object.fromEntries(results);
}

async function measureLarge(targets: readonly Target[], direction: Direction): Promise<unknown> {
  const results = await largeBodies(targets, direction, LARGE_BYTES, size.largeRounds, size.largeTimes);
  const of = (name: string): number[] => results.get(name) ?? [];
  const rows = [[`100 MB ${direction}`, 'MB/s', '/ origin', '/ proxy']];
  for (const { name } of targets) {
    const ratios = ['origin', 'proxy'].map((other) => medianRatio(of(name), of(other)).toFixed(2));
    rows.push([name, median(of(name)).toFixed(0), ...ratios]);
  }
  console.log(`${table(rows)}\n`);
  const ratio = medianRatio(of('colocal'), of('proxy'));
  goal(`100 MB ${direction}, MB/s, colocal / proxy`, ratio, ratio.toFixed(2), GOALS.throughput, true);
  return Object.fromEntries(results);
}

/** Fresh processes for each direction: what one left behind must not hide what the other needs. */
async function measureGrowth(origin: Target): Promise<Record<string, Record<string, Growth>>> {
  const results: Record<string, Record<string, Growth>> = {};
  const rows = [[`${size.longBytes / 1e9} GB through the tunnel`, 'before MB', 'peak MB', 'growth MB']];
  for (const direction of ['download', 'upload'] as const) {
    const tunnelled = await startTunnelled(origin);
    const pids = { edge: tunnelled.edge.pid, connector: tunnelled.connector.pid };
    const growths = await watchMemory(pids, () => transfer(tunnelled, direction, size.longBytes, 1));
    await tunnelled.stop();
    results[direction] = growths;
    for (const [name, { before, peak, growth }] of Object.entries(growths)) {
      rows.push([`${direction}, ${name}`, megabytes(before), megabytes(peak), megabytes(growth)]);
      const text = `${megabytes(growth)} MB`;
      goal(`memory growth, ${direction}, ${name}`, growth, text, GOALS.growthBytes, false, (n) => `${megabytes(n)} MB`);
    }
  }
  if (residentMemory(process.pid) === undefined) rows.push(['(memory cannot be read on this system)']);
  console.log(`${table(rows)}\n`);
  return results;
}

/** Runs each kind of load once with edge and connector under the profiler, and says where their time went. */
async function profile(folder: string): Promise<void> {
  const origin = await startOrigin();
  const kinds = {
    small: (target: Target) => smallBodies([target], 1, size.seconds),
    download: (target: Target) => transfer(target, 'download', LARGE_BYTES, size.largeTimes),
    upload: (target: Target) => transfer(target, 'upload', LARGE_BYTES, size.largeTimes),
  };
  for (const [kind, work] of Object.entries(kinds)) {
    const into = join(folder, kind);
    mkdirSync(into, { recursive: true });
    const flags = (role: string): string[] => [
      '--cpu-prof',
      `--cpu-prof-dir=${into}`,
      `--cpu-prof-name=${role}.cpuprofile`,
    ];
    const tunnelled = await startTunnelled(origin.target, flags);
    await work(tunnelled);
    await tunnelled.stop();
    console.log(`${kind}\n${describeProfiles(into)}\n`);
  }
  await origin.running.stop();
}
