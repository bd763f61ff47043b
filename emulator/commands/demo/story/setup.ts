import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LoadedConfig } from '../../../config/config.types.js';
import { tunnelToken } from '../../token.js';
import type { ConnectorRole, Role } from '../cast.js';
import { findExample } from '../example.js';

/** The origins of examples/story, by what its ingress rules name. */
const ORIGINS = [
  { name: 'tokyo-app', port: 9201 },
  { name: 'osaka-app', port: 9202 },
] as const;

export const ORIGIN_NAMES: readonly string[] = ORIGINS.map(({ name }) => name);

const CONNECTORS = [
  { name: 'tokyo-1', tunnel: 'tokyo', location: 'NRT' },
  { name: 'tokyo-2', tunnel: 'tokyo', location: 'NRT' },
  { name: 'tokyo-3', tunnel: 'tokyo', location: 'NRT' },
  { name: 'osaka-1', tunnel: 'osaka', location: 'KIX' },
] as const;

export interface Setup {
  readonly edge: Role;
  readonly origins: ReadonlyMap<string, Role>;
  /** To be started once it is known where the edge takes connectors. */
  connectors(edgeUrl: string): ReadonlyMap<string, ConnectorRole>;
  /** Removes the copy of the configuration. */
  remove(): Promise<void>;
}

/**
 * The setup of examples/story, on ports that are free: the origins' are looked for here, because the configuration has
 * to name them before an origin runs, and they stay when one is killed and started again.
 */
export async function prepareSetup(): Promise<Setup> {
  const ports = new Map<number, number>();
  for (const { port } of ORIGINS) ports.set(port, await freePortFrom(port, new Set(ports.values())));
  const folder = await mkdtemp(join(tmpdir(), 'colocal-story-'));
  const file = join(folder, 'colocal.yaml');
  await writeFile(file, withPorts(await readFile(findExample('story'), 'utf8'), ports));
  const { loadConfigFile } = await import('../../../config/index.js');
  const config = await loadConfigFile(file);
  return {
    edge: { name: 'edge', what: '', args: ['up', '--config', file, '--log-level', 'warn'] },
    origins: new Map(ORIGINS.map(({ name, port }) => [name, originRole(name, `127.0.0.1:${ports.get(port) ?? port}`)])),
    connectors: (edgeUrl) => new Map(CONNECTORS.map((each) => [each.name, connectorRole(each, edgeUrl, config)])),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Puts other ports in the place of those that the example's services name. */
export function withPorts(text: string, ports: ReadonlyMap<number, number>): string {
  return text.replace(/(?<=service: http:\/\/127\.0\.0\.1:)\d+/g, (port) => String(ports.get(Number(port)) ?? port));
}

function originRole(name: string, listen: string): Role {
  return { name: `origin ${name}`, what: '', args: ['origin', '--name', name, '--listen', listen] };
}

function connectorRole(
  { name, tunnel, location }: (typeof CONNECTORS)[number],
  edgeUrl: string,
  config: LoadedConfig,
): ConnectorRole {
  return {
    name: `connector ${name}`,
    tunnel,
    what: '',
    args: ['agent', 'run', '--edge', edgeUrl, '--location', location, '--log-level', 'warn'],
    environment: { TUNNEL_TOKEN: tunnelToken(config, tunnel) },
  };
}

/** The first port of loopback from here on, and none of those, on which nobody listens. */
export async function freePortFrom(port: number, taken: ReadonlySet<number>): Promise<number> {
  while (taken.has(port) || !(await isFree(port))) port++;
  return port;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port }, () => server.close(() => resolve(true)));
  });
}
