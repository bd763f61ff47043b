/**
 * `npm run bench:probing [-- --seconds N]`: what it costs to probe 500 endpoints every 15 seconds from 39 data
 * centers, three in each of the 13 regions. See bench/README.md.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { StateView } from '../emulator/control/state-view.schema.js';
import { freePort, processorSeconds, residentMemory, start, statusOf, until200 } from './processes.js';
import { median } from './statistics.js';
import { megabytes, table } from './table.js';
import { MAIN } from './targets.js';

const POOLS = 10;
const ENDPOINTS_PER_POOL = 50;
const INTERVAL = 15;
const DATA_CENTERS = 39;
const MEAN = (POOLS * ENDPOINTS_PER_POOL * DATA_CENTERS) / INTERVAL;

const { values: options } = parseArgs({ options: { seconds: { type: 'string', default: String(2 * INTERVAL) } } });
const seconds = Number(options.seconds);

if (!existsSync(MAIN)) throw new Error('dist/main.cjs is missing: run `npm run build` first');

// One port per endpoint of a pool; the pools share them, since only within a pool names and places must differ.

const servers = Array.from({ length: ENDPOINTS_PER_POOL }, () =>
  createServer((_request, response) => answer(response)),
);
/** When each probe came in, since they are counted. */
let arrivals: number[] = [];
const answer = (response: { end(): void }): void => {
  arrivals.push(performance.now());
  response.end();
};

const ports = await Promise.all(
  servers.map(
    (server) =>
      new Promise<number>((resolve) =>
        server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)),
      ),
  ),
);
const folder = mkdtempSync(join(tmpdir(), 'colocal-probing-'));

try {
  const idle = await measure(false);
  const probing = await measure(true);
  const row = (name: string, { cpu, memory, counts }: Measured): string[] => [
    name,
    `${(cpu * 100).toFixed(1)} %`,
    memory === undefined ? '-' : megabytes(memory),
    median(counts).toFixed(0),
    String(Math.max(...counts)),
  ];
  console.log(
    `${POOLS * ENDPOINTS_PER_POOL} endpoints, every ${INTERVAL} s, from ${DATA_CENTERS} data centers: ${MEAN} probes a second; ${seconds} s, Node ${process.version}\n`,
  );
  console.log(
    table([
      ['edge', 'of one processor', 'memory MB', 'probes/s', 'busiest second'],
      row('without monitors', idle),
      row('with monitors', probing),
    ]),
  );
  const busiest = Math.max(...probing.counts);
  console.log(`\nbusiest second / mean: ${(busiest / MEAN).toFixed(2)} (goal: at most 2)`);
  console.log(
    `checks that failed although every endpoint answers: ${probing.failing.length} ${probing.failing[0] ?? ''}`,
  );
  console.log(`first results of all of them: ${(probing.firstResults / 1000).toFixed(1)} s after the start`);
} finally {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  rmSync(folder, { recursive: true, force: true });
}

interface Measured {
  /** Processor seconds per second. */
  readonly cpu: number;
  readonly memory: number | undefined;
  /** Probes in each second. */
  readonly counts: readonly number[];
  /** Endpoints that some data center finds unhealthy, though all of them answer. */
  readonly failing: readonly string[];
  /** Milliseconds from the start. */
  readonly firstResults: number;
}

async function measure(monitored: boolean): Promise<Measured> {
  const { file, api } = await writeConfig(monitored);
  const from = performance.now();
  const edge = start('edge', [MAIN, 'up', '--config', file, '--log-level', 'warn']);
  try {
    await until200(`${api}/colocal/v1/ready`);
    // Thousands of first probes come at once: this may take longer than anybody's patience with `until200`.
    while ((await statusOf(`${api}/colocal/v1/ready?for=health`)) !== 200) await sleep(200);
    const firstResults = performance.now() - from;
    await sleep(1_000);
    arrivals = [];
    const before = processorSeconds(edge);
    const began = performance.now();
    await sleep(seconds * 1_000);
    const counts = new Array<number>(seconds).fill(0);
    for (const at of arrivals) {
      const second = Math.floor((at - began) / 1_000);
      if (second < seconds) counts[second] = (counts[second] ?? 0) + 1;
    }
    const cpu = (processorSeconds(edge) - before) / ((performance.now() - began) / 1_000);
    return { cpu, memory: residentMemory(edge.pid), counts, firstResults, failing: await failing(api) };
  } finally {
    await edge.stop();
  }
}

async function writeConfig(monitored: boolean): Promise<{ file: string; api: string }> {
  const api = await freePort();
  const pools = Array.from({ length: POOLS }, (_, pool) => {
    const origins = ports.map((port, index) => `      - {name: e${index}, address: 127.0.0.1, port: ${port}}`);
    const monitor = monitored ? '    monitor: web\n    check_regions: [ALL_REGIONS]\n' : '';
    return `  - name: pool-${pool}\n${monitor}    origins:\n${origins.join('\n')}`;
  });
  const file = join(folder, `colocal-${monitored}.yaml`);
  writeFileSync(
    file,
    `listen: {http: 'off', https: 'off', connectors: 'off', cloudflared: 'off', on_ramp: 'off', api: '127.0.0.1:${api}'}
settings: {duplicate_addresses: allow}
monitors:
  - {name: web, expected_codes: '200', interval: ${INTERVAL}}
pools:
${pools.join('\n')}
`,
  );
  return { file, api: `http://127.0.0.1:${api}` };
}

async function failing(api: string): Promise<string[]> {
  const state = (await (await fetch(`${api}/colocal/v1/state`)).json()) as StateView;
  return state.pools.flatMap(({ endpoints }) =>
    endpoints.flatMap(({ health }) =>
      (health?.failing ?? []).map(({ failure_reason, detail }) => `${failure_reason}: ${detail}`),
    ),
  );
}
