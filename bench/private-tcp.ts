import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { encodeToken } from '../protocol/token.js';
import { freePort, type Running, residentMemory, start, typescript, until200 } from './processes.js';
import { median, medianRatio } from './statistics.js';
import { megabytes, table } from './table.js';
import { MAIN } from './targets.js';

const execute = promisify(execFile);

const ACCOUNT = '0'.repeat(32);
const TUNNEL = 'c0600000-0000-4000-8000-000000000001';
const SECRET = 'YmVuY2htYXJrIHNlY3JldCwgbm90IGZvciBhbnkgb3RoZXIgdXNl';
/** What is asked for in the private network; the connector's map makes loopback of it. */
const ADDRESS = '10.99.0.1';
const CLIENT = 'private-tcp-client.ts';

export interface PrivateTcpSize {
  readonly rounds: number;
  /** Of one direction. */
  readonly bytes: number;
  /** For which connections are made and closed. */
  readonly seconds: number;
  readonly idle: number;
}

/** TCP into a private network, from the on-ramp through a tunnel, beside the same server reached directly. */
export async function measurePrivateTcp(size: PrivateTcpSize): Promise<void> {
  for (const part of [measureTraffic, measureIdle]) {
    // What traffic leaves behind on the heap would hide what connections cost.
    const setup = await startSetup();
    try {
      await part(setup, size);
    } finally {
      await setup.stop();
    }
  }
}

interface Setup {
  readonly direct: string;
  readonly tunnel: string;
  readonly edge: Running;
  readonly connector: Running;
  stop(): Promise<void>;
}

async function startSetup(): Promise<Setup> {
  const folder = mkdtempSync(join(tmpdir(), 'colocal-private-'));
  const [connectors, api, onRamp, port] = await Promise.all(Array.from({ length: 4 }, freePort));
  const file = join(folder, 'colocal.yaml');
  const off = { http: 'off', https: 'off', cloudflared: 'off' };
  const listen = {
    ...off,
    connectors: `127.0.0.1:${connectors}`,
    api: `127.0.0.1:${api}`,
    on_ramp: `127.0.0.1:${onRamp}`,
  };
  const config = { ingress: [{ service: 'http_status:404' }] };
  const tunnel = { name: 'private', id: TUNNEL, tunnel_secret: SECRET, config, routes: [{ network: `${ADDRESS}/32` }] };
  // JSON is YAML.
  writeFileSync(file, JSON.stringify({ account: { id: ACCOUNT }, listen, tunnels: [tunnel] }));
  const token = encodeToken({ accountId: ACCOUNT, tunnelId: TUNNEL, secret: SECRET });
  const server = start('server', typescript('private-tcp-server.ts', String(port)));
  const edge = start('edge', [MAIN, 'up', '--config', file, '--log-level', 'warn']);
  const ready = `http://127.0.0.1:${api}/colocal/v1/ready`;
  await until200(ready);
  const map = `${ADDRESS}/32=127.0.0.1/32`;
  const agent = ['agent', 'run', '--edge', `ws://127.0.0.1:${connectors}`, '--token', token, '--map', map];
  const connector = start('connector', [MAIN, ...agent]);
  await until200(`${ready}?for=tunnels`);
  return {
    direct: `127.0.0.1:${port}`,
    tunnel: `${ADDRESS}:${port}@${onRamp}`,
    edge,
    connector,
    async stop() {
      for (const each of [connector, edge, server]) await each.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function client(...args: readonly (string | number)[]): Promise<number> {
  const { stdout } = await execute(process.execPath, typescript(CLIENT, ...args.map(String)), { timeout: 300_000 });
  const number = Number(stdout);
  if (!(number > 0)) throw new Error(`the client's report is not understood: ${stdout}`);
  return number;
}

/** Each way in turn, round by round; a round nobody counts comes first. */
async function measureTraffic(setup: Setup, { rounds, bytes, seconds }: PrivateTcpSize): Promise<void> {
  const AT_ONCE = 16;
  const kinds = {
    'download, MB/s': async (target: string) => bytes / 1e6 / (await client('download', target, bytes)),
    'upload, MB/s': async (target: string) => bytes / 1e6 / (await client('upload', target, bytes)),
    [`connections/s, ${AT_ONCE} at once`]: (target: string) => client('connect', target, seconds, AT_ONCE),
  };
  const rows: string[][] = [['private TCP', 'direct', 'tunnel', 'tunnel / direct']];
  for (const [name, measured] of Object.entries(kinds)) {
    const direct: number[] = [];
    const tunnel: number[] = [];
    for (let round = -1; round < rounds; round++) {
      const values = [await measured(setup.direct), await measured(setup.tunnel)] as const;
      if (round < 0) continue;
      direct.push(values[0]);
      tunnel.push(values[1]);
    }
    rows.push([name, median(direct).toFixed(0), median(tunnel).toFixed(0), medianRatio(tunnel, direct).toFixed(2)]);
  }
  console.log(`${table(rows)}\n`);
}

/** What connections cost on which nothing happens. Linux only. */
async function measureIdle({ tunnel, edge, connector }: Setup, { idle }: PrivateTcpSize): Promise<void> {
  const memory = () => [edge, connector].map(({ pid }) => residentMemory(pid) ?? Number.NaN);
  const before = memory();
  const from = performance.now();
  const { stop, open } = await held(tunnel, idle);
  const took = (performance.now() - from) / 1_000;
  await sleep(2_000);
  const after = memory();
  console.log(`${open.toLocaleString('en')} idle private connections, opened within ${took.toFixed(1)} s`);
  ['edge', 'connector'].forEach((name, i) => {
    const [less, more] = [before[i] ?? Number.NaN, after[i] ?? Number.NaN];
    const each = ((more - less) / open / 1_000).toFixed(1);
    console.log(`  ${name}: ${megabytes(less)} MB before, ${megabytes(more)} MB with them (${each} KB each)`);
  });
  await stop();
}

/** Connections that a process of their own holds open. */
async function held(target: string, count: number): Promise<{ readonly open: number; stop(): Promise<void> }> {
  const args = typescript(CLIENT, 'idle', target, String(count));
  const child = execFile(process.execPath, args, { timeout: 300_000 });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const open = await new Promise<number>((resolve, reject) => {
    child.stdout?.once('data', (text) => resolve(Number(text)));
    child.stderr?.pipe(process.stderr);
    child.once('exit', (code) => reject(new Error(`the client ended with status ${code}`)));
  });
  if (open !== count) throw new Error(`${open} of ${count} connections stayed open`);
  return {
    open,
    async stop() {
      child.stdin?.end();
      await ended;
    },
  };
}
