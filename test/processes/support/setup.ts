import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { colocal, type Program, runColocal, type StartOptions } from './program.js';

/** An empty folder that is removed when the test has finished. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'colocal-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A `colocal.yaml` in a folder of its own. */
export class ConfigFile {
  readonly folder = temporaryFolder();
  readonly path = join(this.folder, 'colocal.yaml');

  constructor(text: string) {
    writeFileSync(this.path, text);
  }

  /** Writes another file into the same folder. */
  saveBeside(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text);
  }

  /** Saves another text, as editors do: the new file is moved over the old one. */
  save(text: string): void {
    writeFileSync(`${this.path}~`, text);
    renameSync(`${this.path}~`, this.path);
  }
}

export interface Ports {
  readonly http: number;
  readonly https: number;
  readonly connectors: number;
  readonly api: number;
  /** Absent: the on-ramp is off. */
  readonly on_ramp?: number;
}

export const ANY_PORTS: Ports = { http: 0, https: 0, connectors: 0, api: 0 };

export function listenSection(ports: Ports = ANY_PORTS): string {
  const lines = Object.entries(ports).map(([name, port]) => `  ${name}: 127.0.0.1:${port}`);
  const off = ports.on_ramp === undefined ? ['  on_ramp: off'] : [];
  return ['listen:', ...lines, '  cloudflared: off', ...off, ''].join('\n');
}

/** `app.example.com` by way of tunnel `app` to a service. */
export function oneTunnel(service: string, ports: Ports = ANY_PORTS): string {
  return `${listenSection(ports)}
zones:
  - name: example.com
    settings: { ssl: flexible }
    load_balancers:
      - { name: app.example.com, proxied: true, default_pools: [app] }
pools:
  - name: app
    origins:
      - { name: app, tunnel: app, header: { Host: [app.example.com] } }
tunnels:
  - name: app
    tunnel_secret: c2VjcmV0IG9mIHRoZSBwcm9jZXNzIHRlc3RzLCBubyBvdGhlcg==
    config:
      ingress:
        - { hostname: app.example.com, service: "${service}" }
        - { service: http_status:404 }
`;
}

export interface RunningEdge extends Program {
  /** Where it listens, as it printed it. */
  readonly http: string;
  readonly https: string;
  readonly connectors: string;
  readonly api: string;
}

/** Starts `colocal up` and waits until it says that it runs. */
export async function startEdge(file: ConfigFile, args: readonly string[] = []): Promise<RunningEdge> {
  const edge = colocal(['up', '--config', file.path, ...args]);
  const [printed] = await edge.out.next(/^[\s\S]*?Ctrl-C stops\n/);
  const address = (name: string): string => new RegExp(`^ +${name} +(\\S+)$`, 'm').exec(printed)?.[1] ?? '';
  return {
    ...edge,
    http: address('http'),
    https: address('https'),
    connectors: address('connectors'),
    api: address('api'),
  };
}

export async function tokenOf(file: ConfigFile, tunnel = 'app'): Promise<string> {
  const { out, err } = await runColocal(['token', tunnel, '--config', file.path]);
  if (out === '') throw new Error(err);
  return out.trim();
}

export interface RunningConnector extends Program {
  /** Its UUID. */
  readonly id: string;
}

/** Starts `colocal agent run` and waits until all its connections are there. */
export async function startConnector(edge: string, token: string, location = 'NRT'): Promise<RunningConnector> {
  const connector = dialIn(edge, token, ['--location', location]);
  const [, id = ''] = await connector.err.next(/"connector":"([0-9a-f-]{36})".*"msg":"ready"/);
  return { ...connector, id };
}

/** Starts `colocal agent run`. */
export function dialIn(edge: string, token: string, args: readonly string[] = [], options: StartOptions = {}): Program {
  return colocal(['agent', 'run', '--edge', edge, '--token', token, ...args], options);
}
