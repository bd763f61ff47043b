/**
 * `npm run bench:tunnels [-- --quick]`: cloudflared's wire beside our connector's, and what connections cost that are
 * idle. See bench/README.md.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { encodeToken } from '../protocol/token.js';
import { randomUuid } from '../runtime/ids.js';
import { CloudflaredPeer } from '../test/support/cloudflared-peer.js';
import { generator, load } from './load.js';
import { transfer } from './measures.js';
import { freePort, processorSeconds, type Running, residentMemory, start, typescript, until200 } from './processes.js';
import { median, medianRatio } from './statistics.js';
import { megabytes, table } from './table.js';
import { MAIN, startOrigin, type Target } from './targets.js';

const { values: options } = parseArgs({ options: { quick: { type: 'boolean' } } });
const { rounds, seconds, times, idle } = options.quick
  ? { rounds: 3, seconds: 2, times: 1, idle: 5 }
  : { rounds: 5, seconds: 5, times: 3, idle: 30 };
const BYTES = 100e6;
const IDLE_TUNNELS = 250;
const CONNECTIONS = 4;
/** What README promises: see bench/README.md. */
const IDLE_GROWTH = 120e6;
const ACCOUNT = '0'.repeat(32);
const SECRET = 'YmVuY2htYXJrIHNlY3JldCwgbm90IGZvciBhbnkgb3RoZXIgdXNl';
const { CLOUDFLARED_BIN } = process.env;

if (!existsSync(MAIN)) throw new Error('dist/main.cjs is missing: run `npm run build` first');

interface Edge {
  readonly running: Running;
  readonly url: string;
  readonly api: string;
  readonly connectors: string;
  readonly cloudflared: readonly string[];
  readonly caFile: string;
  stop(): Promise<void>;
}

const tunnelId = (index: number): string => `c0500000-0000-4000-8000-${String(index).padStart(12, '0')}`;
const hostOf = (tunnel: string): string => `${tunnel}.example.com`;

/** An edge with tunnels of these names, each behind a host of its own. */
async function startEdge(tunnels: readonly string[], origin: string): Promise<Edge> {
  const folder = mkdtempSync(join(tmpdir(), 'colocal-tunnels-'));
  const ports = await Promise.all(Array.from({ length: 4 + CONNECTIONS }, freePort));
  const [http, https, connectors, api, ...cloudflared] = ports.map((port) => `127.0.0.1:${port}`);
  const file = join(folder, 'colocal.yaml');
  const config = {
    account: { id: ACCOUNT },
    listen: { http, https, connectors, api, cloudflared },
    zones: [
      {
        name: 'example.com',
        load_balancers: tunnels.map((name) => ({ name: hostOf(name), proxied: true, default_pools: [name] })),
      },
    ],
    pools: tunnels.map((name) => ({
      name,
      origins: [{ name, tunnel: name, header: { Host: [hostOf(name)] } }],
    })),
    tunnels: tunnels.map((name, index) => ({
      name,
      id: tunnelId(index),
      tunnel_secret: SECRET,
      config: { ingress: [{ service: origin }] },
    })),
  };
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(config));
  const running = start('edge', [MAIN, 'up', '--config', file, '--log-level', 'warn']);
  const base = `http://${api}/colocal/v1`;
  await until200(`${base}/ready`);
  const caFile = join(folder, 'ca.pem');
  writeFileSync(caFile, await (await fetch(`${base}/ca`)).text());
  return {
    running,
    url: `http://${http}`,
    api: base,
    connectors: `ws://${connectors}`,
    cloudflared,
    caFile,
    async stop() {
      await running.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const tokenOf = (index: number): string =>
  encodeToken({ accountId: ACCOUNT, tunnelId: tunnelId(index), secret: SECRET });

function startCloudflared({ caFile, cloudflared }: Edge, token: string, origin: string): Running {
  if (CLOUDFLARED_BIN === undefined) {
    const args = typescript('cloudflared-connector.ts', caFile, cloudflared.join(','), token, origin);
    return start('cloudflared peer', args);
  }
  const environment = {
    TUNNEL_TOKEN: token,
    TUNNEL_EDGE: cloudflared.join(','),
    TUNNEL_CACERT: caFile,
    TUNNEL_TRANSPORT_PROTOCOL: 'http2',
    TUNNEL_METRICS: '127.0.0.1:0',
  };
  const args = ['tunnel', '--no-autoupdate', '--no-prechecks', 'run'];
  return start('cloudflared', args, environment, CLOUDFLARED_BIN);
}

interface Round {
  readonly amount: number;
  /** Milliseconds of the edge's processor time for 1,000 requests, or for 100 MB. */
  readonly processor: number;
}

async function measureTraffic(): Promise<void> {
  const origin = await startOrigin();
  const edge = await startEdge(['websocket', 'cloudflared'], origin.target.url);
  const connectors = [
    start('connector', [MAIN, 'agent', 'run', '--edge', edge.connectors, '--token', tokenOf(0)]),
    startCloudflared(edge, tokenOf(1), origin.target.url),
  ];
  await until200(`${edge.api}/ready?for=tunnels`);
  const targets: Target[] = ['websocket', 'cloudflared'].map((name) => ({
    name,
    url: edge.url,
    headers: { Host: hostOf(name) },
  }));
  const kinds: Readonly<Record<string, (target: Target) => Promise<[amount: number, units: number]>>> = {
    'small bodies, requests/s': async (target) => {
      const { requestsPerSecond } = await load(target, '/health', 64, seconds);
      return [requestsPerSecond, (requestsPerSecond * seconds) / 1_000];
    },
    'download, MB/s': async (target) => moved(await transfer(target, 'download', BYTES, times)),
    'upload, MB/s': async (target) => moved(await transfer(target, 'upload', BYTES, times)),
  };
  const rows = [['', 'websocket', 'cloudflared', 'ratio', 'edge ms', 'edge ms', 'ratio']];
  for (const [kind, work] of Object.entries(kinds)) {
    const results = new Map<string, Round[]>(targets.map(({ name }) => [name, []]));
    for (const { name, ...target } of targets) await until200(`${target.url}/health`, target.headers);
    // The first round is for the compiler, and does not count.
    for (let round = 0; round <= rounds; round++) {
      for (const target of targets) {
        const before = processorSeconds(edge.running);
        const [amount, units] = await work(target);
        const processor = ((processorSeconds(edge.running) - before) * 1_000) / units;
        if (round > 0) results.get(target.name)?.push({ amount, processor });
      }
    }
    const of = (name: string, key: keyof Round): number[] => (results.get(name) ?? []).map((each) => each[key]);
    const both = (key: keyof Round): string[] => [
      ...targets.map(({ name }) => median(of(name, key)).toFixed(0)),
      medianRatio(of('cloudflared', key), of('websocket', key)).toFixed(2),
    ];
    rows.push([kind, ...both('amount'), ...both('processor')]);
  }
  for (const each of [...connectors, edge, origin.running]) await each.stop();
  console.log(`${table(rows)}\n\nedge ms: its processor time for 1,000 requests, or for 100 MB\n`);
}

function moved(took: number): [number, number] {
  return [(BYTES * times) / 1e6 / took, times];
}

async function measureIdle(): Promise<void> {
  const names = Array.from({ length: IDLE_TUNNELS }, (_, index) => `tunnel-${index}`);
  const edge = await startEdge(names, 'http://127.0.0.1:9');
  await sleep(1_000);
  const before = residentMemory(edge.running.pid);
  const from = performance.now();
  const peers = await Promise.all(names.map((_, index) => connect(edge, index)));
  const took = performance.now() - from;
  await until200(`${edge.api}/ready?for=tunnels`);
  await sleep(1_000);
  const cpu = processorSeconds(edge.running);
  await sleep(idle * 1_000);
  const share = (processorSeconds(edge.running) - cpu) / idle;
  const after = residentMemory(edge.running.pid);
  console.log(`${IDLE_TUNNELS * CONNECTIONS} connections of ${IDLE_TUNNELS} tunnels, idle for ${idle} s`);
  console.log(`  registered within ${(took / 1_000).toFixed(1)} s, ${(share * 100).toFixed(1)} % of one processor`);
  if (before !== undefined && after !== undefined) {
    const grown = after - before;
    const reached = grown <= IDLE_GROWTH ? 'reached' : 'NOT reached';
    console.log(
      `  memory ${megabytes(before)} MB without them, ${megabytes(after)} MB with them: ${megabytes(grown)} MB more (goal: at most ${megabytes(IDLE_GROWTH)}, ${reached})`,
    );
  }
  for (const peer of peers.flat()) peer.break();
  await edge.stop();
}

/** All connections of one tunnel's connector. */
async function connect({ cloudflared, caFile }: Edge, tunnel: number): Promise<CloudflaredPeer[]> {
  const connectorId = randomUuid();
  return Promise.all(
    cloudflared.map(async (address, index) => {
      const peer = await CloudflaredPeer.dial({ address, ca: readFileSync(caFile, 'utf8') });
      const secret = Buffer.from(SECRET, 'base64');
      const answer = await peer.register({
        accountTag: ACCOUNT,
        tunnelId: tunnelId(tunnel),
        secret,
        connectorId,
        index,
      });
      if (!answer.ok) throw new Error(answer.cause);
      return peer;
    }),
  );
}

console.log(
  `Node ${process.version}, load from ${generator}, cloudflared: ${CLOUDFLARED_BIN ?? 'the peer of the tests'}\n`,
);
await measureTraffic();
await measureIdle();
