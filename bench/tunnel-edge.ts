import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeToken } from '../protocol/token.js';
import { freePort, type Running, start, typescript, until200 } from './processes.js';
import { MAIN } from './targets.js';

/** Connections of one connector, each to an address of its own. */
export const CONNECTIONS = 4;
export const ACCOUNT = '0'.repeat(32);
export const SECRET = 'YmVuY2htYXJrIHNlY3JldCwgbm90IGZvciBhbnkgb3RoZXIgdXNl';
export const { CLOUDFLARED_BIN } = process.env;

if (!existsSync(MAIN)) throw new Error('dist/main.cjs is missing: run `npm run build` first');

/** An edge of whose tunnels each is reached by a host of its own. */
export interface Edge {
  readonly running: Running;
  readonly url: string;
  readonly api: string;
  readonly connectors: string;
  readonly cloudflared: readonly string[];
  readonly caFile: string;
  stop(): Promise<void>;
}

export const tunnelId = (index: number): string => `c0500000-0000-4000-8000-${String(index).padStart(12, '0')}`;
export const hostOf = (tunnel: string): string => `${tunnel}.example.com`;
export const tokenOf = (index: number): string =>
  encodeToken({ accountId: ACCOUNT, tunnelId: tunnelId(index), secret: SECRET });

/** @param flags Node's own, e.g. `--cpu-prof` */
export async function startEdge(
  tunnels: readonly string[],
  origin: string,
  flags: readonly string[] = [],
): Promise<Edge> {
  const folder = mkdtempSync(join(tmpdir(), 'colocal-tunnels-'));
  const ports = await Promise.all(Array.from({ length: 4 + CONNECTIONS }, freePort));
  const [http, https, connectors, api, ...cloudflared] = ports.map((port) => `127.0.0.1:${port}`);
  const file = join(folder, 'colocal.yaml');
  const config = {
    account: { id: ACCOUNT },
    listen: { http, https, connectors, api, cloudflared, on_ramp: 'off' },
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
  const running = start('edge', [...flags, MAIN, 'up', '--config', file, '--log-level', 'warn']);
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

/** cloudflared itself, where there is one, or else the peer of the tests. */
export function startCloudflared({ caFile, cloudflared }: Edge, token: string, origin: string): Running {
  if (CLOUDFLARED_BIN === undefined) return startPeer(caFile, cloudflared, origin, token);
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

/** The peer of the tests with a proxy behind it. Without a token it does not register. */
export function startPeer(caFile: string, addresses: readonly string[], origin: string, token?: string): Running {
  const args = [caFile, addresses.join(','), origin, ...(token === undefined ? [] : [token])];
  return start('cloudflared peer', typescript('cloudflared-connector.ts', ...args));
}
