/**
 * `npm run bench:start [-- --quick]`: what an emulator in a test costs. See bench/README.md.
 */
import { createServer } from 'node:http';
import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { type ConfigInput, type Emulator, startEmulator } from '../emulator/index.js';
import { median, medianRatio } from './statistics.js';
import { table } from './table.js';

const { values: options } = parseArgs({ options: { quick: { type: 'boolean' } } });
const ROUNDS = options.quick ? 11 : 41;
const SITES = ['tokyo', 'london'];

/** Two sites that are watched every 60 seconds from the 39 data centers there are by default. */
const CONFIG: ConfigInput = {
  zones: [
    {
      name: 'example.com',
      load_balancers: [
        { name: 'app.example.com', proxied: true, default_pools: SITES },
        { name: 'near.example.com', proxied: true, default_pools: SITES, steering_policy: 'dynamic_latency' },
      ],
    },
  ],
  pools: SITES.map((name) => ({
    name,
    monitor: 'web',
    origins: [{ name, address: `${name}.example.net`, port: 8000 }],
  })),
  monitors: [{ name: 'web', path: '/', expected_codes: '2xx', interval: 60 }],
  locations: [
    { match: 'tokyo.example.net', data_center: 'NRT' },
    { match: 'london.example.net', data_center: 'LHR' },
  ],
};
const FEW: ConfigInput = { ...CONFIG, data_centers: ['NRT', 'KIX', 'LHR'] };

interface Spent {
  /** Milliseconds on the wall, which other programs on the machine lengthen, and of processor time. */
  readonly wall: number;
  readonly processor: number;
}

async function timed(work: () => Promise<unknown>): Promise<Spent> {
  const [started, used] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(used);
  return { wall: performance.now() - started, processor: (user + system) / 1e3 };
}

/** The least that a test with a server of its own does. */
async function bareServer(): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await new Promise((resolve) => server.close(resolve));
}

async function emulator(): Promise<void> {
  await (await startEmulator({ config: CONFIG, clock: 'manual' })).close();
}

async function answeredBy(emu: Emulator, host: string, colo: string, site: string): Promise<void> {
  const response = await emu.fetch(`http://${host}.example.com/`, { colo });
  const body = await response.text();
  if (body !== site) throw new Error(`${host} in ${colo} was answered ${response.status} by ${body}, not by ${site}`);
}

/** A site is lost and comes back, seen by a test: 60 seconds each way, of which none is real. */
async function minuteOfHealth(config: ConfigInput): Promise<void> {
  const emu = await startEmulator({ config, clock: 'manual' });
  const [tokyo] = await Promise.all(SITES.map((site) => emu.origin({ at: `${site}.example.net:8000`, body: site })));
  await emu.clock.advance('0s');
  await answeredBy(emu, 'app', 'NRT', 'tokyo');
  await tokyo?.stop();
  await emu.clock.advance('60s');
  await answeredBy(emu, 'app', 'NRT', 'london');
  await tokyo?.start();
  await emu.clock.advance('60s');
  await answeredBy(emu, 'app', 'NRT', 'tokyo');
  await emu.close();
}

/** Ten minutes of probes by one advance. */
async function profile(): Promise<void> {
  const emu = await startEmulator({ config: CONFIG, clock: 'manual' });
  for (const site of SITES) await emu.origin({ at: `${site}.example.net:8000`, body: site });
  await emu.clock.advance('10m');
  await answeredBy(emu, 'near', 'KIX', 'tokyo');
  await answeredBy(emu, 'near', 'CDG', 'london');
  await emu.close();
}

const CASES = [
  { name: 'node:http: createServer, listen, close', run: bareServer, goal: undefined },
  { name: 'startEmulator, close', run: emulator, goal: 100 },
  { name: 'a site lost and back, monitors of 60 s in 3 data centers', run: () => minuteOfHealth(FEW), goal: 200 },
  { name: 'a site lost and back, monitors of 60 s in 39 data centers', run: () => minuteOfHealth(CONFIG), goal: 200 },
  { name: 'dynamic_latency, 10 minutes of probes from 39 data centers', run: profile, goal: 1_000 },
] as const;

const rounds = CASES.map(({ name, run, goal }) => ({ name, run, goal, values: [] as Spent[] }));
// Compiled by then, and what is loaded on first use is loaded.
for (let warmUp = 0; warmUp < 3; warmUp++) for (const { run } of rounds) await run();
for (let round = 0; round < ROUNDS; round++) {
  for (const { run, values } of rounds) values.push(await timed(run));
}

const [bare] = rounds;
const wall = (values: readonly Spent[] = []): number[] => values.map((each) => each.wall);
console.log(
  `Node ${process.version}, ${availableParallelism()} processors, load ${loadavg()[0]?.toFixed(1)}, median of ${ROUNDS} rounds, milliseconds\n`,
);
console.log(
  table([
    ['', 'wall', 'processor', 'times the server', 'goal', 'reached'],
    ...rounds.map(({ name, values, goal }) => {
      const middle = median(wall(values));
      return [
        name,
        middle.toFixed(1),
        median(values.map((each) => each.processor)).toFixed(1),
        medianRatio(wall(values), wall(bare?.values)).toFixed(0),
        goal === undefined ? '' : `under ${goal}`,
        goal === undefined ? '' : middle < goal ? 'yes' : 'NO',
      ];
    }),
  ]),
);
