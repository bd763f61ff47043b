/**
 * `npm run bench:api [-- --quick] [-- --folder DIR]`: what the v4 API does in a second, through a real edge. See
 * bench/README.md.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type ApiEdge, prepared, type Slice, slice, startApiEdge } from './api-edge.js';
import { LARGE, SMALL } from './kept-account.js';
import { median, medianRatio } from './statistics.js';
import { table } from './table.js';
import { MAIN } from './targets.js';

/** Milliseconds of each case in each round, all cases in turn. */
const FULL = { rounds: 7, milliseconds: 1_500, starts: 5 };
const QUICK = { rounds: 3, milliseconds: 500, starts: 2 };
const CLIENTS = 100;

const { values: options } = parseArgs({
  options: { quick: { type: 'boolean' }, folder: { type: 'string', default: tmpdir() } },
});
const run = options.quick ? QUICK : FULL;

if (!existsSync(MAIN)) throw new Error('dist/main.cjs is missing: run `npm run build` first');

// The disk counts: --folder says which.
const folder = mkdtempSync(join(options.folder, 'colocal-bench-'));
const edges: ApiEdge[] = [];

interface Case {
  readonly name: string;
  readonly edge: ApiEdge;
  readonly clients: number;
  readonly ask: (client: number, count: number) => Promise<unknown>;
  readonly slices: Slice[];
}

const POOLS = '/load_balancers/pools';

/** Each client has a pool of its own there. */
async function casesOf(edge: ApiEdge, onlyWrites: boolean): Promise<Case[]> {
  const ids: string[] = [];
  for (let client = 0; client < CLIENTS; client++) {
    const pool = { name: `own-${client}`, origins: [{ name: 'a', address: '192.0.2.1' }] };
    ids.push((JSON.parse(await edge.ask('POST', POOLS, pool)) as { result: { id: string } }).result.id);
  }
  const kinds: readonly (readonly [string, Case['ask']])[] = [
    ['GET a pool', (client) => edge.ask('GET', `${POOLS}/${ids[client]}`)],
    ['list of pools', () => edge.ask('GET', POOLS)],
    ['PATCH a pool', (client, count) => edge.ask('PATCH', `${POOLS}/${ids[client]}`, { description: `${count}` })],
  ];
  return kinds
    .slice(onlyWrites ? 2 : 0)
    .flatMap(([name, ask]) => [1, CLIENTS].map((clients) => ({ name, edge, clients, ask, slices: [] })));
}

/** Milliseconds that edges took to start, each started and stopped in turn with the others. */
async function starts(from: readonly Awaited<ReturnType<typeof prepared>>[]): Promise<number[][]> {
  const times = from.map((): number[] => []);
  for (let round = 0; round < run.starts; round++) {
    for (const [index, each] of from.entries()) {
      const edge = await startApiEdge('starting edge', each, 1);
      times[index]?.push(edge.started);
      await edge.stop();
    }
  }
  return times;
}

try {
  const none = { pools: 0, tunnels: 0, routes: 0 };
  const [empty, full] = await starts([
    await prepared(folder, 'empty', none, true),
    await prepared(folder, 'full', LARGE, true),
  ]);

  const cases: Case[] = [];
  for (const [size, which] of [
    [SMALL, 'small'],
    [LARGE, 'large'],
  ] as const) {
    for (const kept of [false, true]) {
      const name = `${which}${kept ? ', --state' : ''}`;
      const edge = await startApiEdge(name, await prepared(folder, name.replace(/\W+/, '-'), size, kept), CLIENTS);
      edges.push(edge);
      cases.push(...(await casesOf(edge, kept)));
    }
  }
  // Compiled by then.
  for (const { edge, clients, ask } of cases) await slice(edge, clients, 500, ask);
  const load = loadavg()[0] ?? 0;
  for (let round = 0; round < run.rounds; round++) {
    for (const { edge, clients, ask, slices } of cases) {
      slices.push(await slice(edge, clients, run.milliseconds, ask));
    }
  }

  const rates = ({ slices }: Case): number[] => slices.map(({ perSecond }) => perSecond);
  const costs = ({ slices }: Case): number[] => slices.map(({ processor }) => processor);
  const of = (edge: string, name: string, clients: number): Case => {
    const found = cases.find((each) => each.edge.name === edge && each.name === name && each.clients === clients);
    if (!found) throw new Error(`nothing was measured of ${name} at ${edge}`);
    return found;
  };
  console.log(
    `Node ${process.version}, ${availableParallelism()} processors, load ${load.toFixed(1)} before the measurement, median of ${run.rounds} rounds\n`,
  );
  console.log(
    table([
      ['account', 'request', 'clients', 'a second', '/ GET a pool, small', 'edge, ms each'],
      ...cases.map((each) => [
        each.edge.name,
        each.name,
        String(each.clients),
        median(rates(each)).toFixed(0),
        medianRatio(rates(each), rates(of('small', 'GET a pool', each.clients))).toFixed(2),
        median(costs(each)).toFixed(2),
      ]),
    ]),
  );
  const grown = (kept: string, clients: number): string[] => {
    const [small, large] = [of(`small${kept}`, 'PATCH a pool', clients), of(`large${kept}`, 'PATCH a pool', clients)];
    return [
      `PATCH${kept}`,
      String(clients),
      medianRatio(rates(small), rates(large)).toFixed(2),
      medianRatio(costs(large), costs(small)).toFixed(2),
    ];
  };
  console.log('\nlarge against small: 100 times the account');
  console.log(
    table([
      ['request', 'clients', 'time', 'processor'],
      ...['', ', --state'].flatMap((kept) => [1, CLIENTS].map((clients) => grown(kept, clients))),
    ]),
  );
  const [bare, loaded] = [median(empty ?? []), median(full ?? [])];
  console.log(
    `\nfrom spawning to ready, ms: ${loaded.toFixed(0)} with the large account in its state folder, ${bare.toFixed(0)} with an empty one; the account takes ${(loaded - bare).toFixed(0)}`,
  );
} finally {
  for (const edge of edges) await edge.stop();
  rmSync(folder, { recursive: true, force: true });
}
