import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePort, type Running, start, typescript, until200 } from './processes.js';

/** Where load is sent, and the processes behind it. */
export interface Target {
  readonly name: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Tunnelled extends Target {
  readonly edge: Running;
  readonly connector: Running;
  stop(): Promise<void>;
}

export const MAIN = resolve(import.meta.dirname, '../dist/main.cjs');
const HOST = 'app.example.com';

export async function startOrigin(): Promise<{ target: Target; running: Running }> {
  const port = await freePort();
  const running = start('origin', [MAIN, 'origin', '--name', 'bench', '--listen', `127.0.0.1:${port}`]);
  const url = `http://127.0.0.1:${port}`;
  await until200(`${url}/health`);
  return { target: { name: 'origin', url, headers: {} }, running };
}

export async function startProxy(origin: Target): Promise<{ target: Target; running: Running }> {
  const port = await freePort();
  const running = start('minimal proxy', typescript('minimal-proxy.ts', String(port), origin.url));
  const url = `http://127.0.0.1:${port}`;
  await until200(`${url}/health`);
  return { target: { name: 'proxy', url, headers: {} }, running };
}

/** A configuration with one tunnel to one origin, in a folder of its own. */
export async function writeConfig(origin: string, program = MAIN): Promise<EdgeConfig> {
  const folder = mkdtempSync(join(tmpdir(), 'colocal-bench-'));
  const [http, https, connectors, api] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const file = join(folder, 'colocal.yaml');
  // Another checkout's program may not know the listeners that are not wanted here.
  const extra = program === MAIN ? "cloudflared: 'off', on_ramp: 'off', " : '';
  writeFileSync(
    file,
    `listen: { http: '127.0.0.1:${http}', https: '127.0.0.1:${https}', connectors: '127.0.0.1:${connectors}', ${extra}api: '127.0.0.1:${api}' }
zones:
  - name: example.com
    load_balancers:
      - { name: ${HOST}, proxied: true, default_pools: [bench] }
pools:
  - name: bench
    origins:
      - { name: bench, tunnel: bench, header: { Host: [${HOST}] } }
tunnels:
  - name: bench
    tunnel_secret: YmVuY2htYXJrIHNlY3JldCwgbm90IGZvciBhbnkgb3RoZXIgdXNl
    config:
      ingress:
        - { hostname: ${HOST}, service: '${origin}' }
        - { service: http_status:404 }
`,
  );
  return {
    file,
    url: `http://127.0.0.1:${http}`,
    connectors: `ws://127.0.0.1:${connectors}`,
    ready: `http://127.0.0.1:${api}/colocal/v1/ready`,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export interface EdgeConfig {
  readonly file: string;
  readonly url: string;
  readonly connectors: string;
  readonly ready: string;
  remove(): void;
}

export function startEdge(config: EdgeConfig, nodeFlags: readonly string[] = [], program = MAIN): Running {
  return start('edge', [...nodeFlags, program, 'up', '--config', config.file, '--log-level', 'warn']);
}

/**
 * Edge and connector, as processes of their own. `flagsOf` gives Node's own flags for each, e.g. `--cpu-prof`; `program`
 * is the bundle that both run, this checkout's unless it is said.
 */
export async function startTunnelled(
  origin: Target,
  flagsOf: (role: 'edge' | 'connector') => readonly string[] = () => [],
  program = MAIN,
): Promise<Tunnelled> {
  const config = await writeConfig(origin.url, program);
  const edge = startEdge(config, flagsOf('edge'), program);
  await until200(config.ready);
  const token = execFileSync(process.execPath, [program, 'token', 'bench', '--config', config.file], {
    encoding: 'utf8',
  }).trim();
  const connector = start('connector', [
    ...flagsOf('connector'),
    program,
    ...['agent', 'run', '--edge', config.connectors, '--token', token, '--location', 'NRT'],
  ]);
  await until200(`${config.ready}?for=tunnels`);
  const headers = { Host: HOST };
  await until200(`${config.url}/health`, headers);
  return {
    name: 'colocal',
    url: config.url,
    headers,
    edge,
    connector,
    async stop() {
      await connector.stop();
      await edge.stop();
      config.remove();
    },
  };
}
