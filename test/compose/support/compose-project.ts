import { chmodSync, cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as z from 'zod';
import { stateViewSchema } from '../../../emulator/control/state-view.schema.js';
import { freePort } from '../../processes/support/ports.js';
import { PROJECT } from '../../processes/support/project.js';
import { docker, dockerList, type Environment } from './docker.js';
import { eventually } from './eventually.js';

const EXAMPLE = join(PROJECT, 'examples/compose');
const OWN_APP = 'examples/compose/own-app.yaml';
const API_TOKEN = 'demonstration-only-demonstration-only-0000';

export type StateView = z.infer<typeof stateViewSchema>;

/** compose.yaml under a name, an image and ports of its own, with a copy of its configuration. */
export class ComposeProject {
  readonly name = `colocal-test-${process.pid}`;
  readonly image = this.name;
  /** Mounted in place of examples/compose. */
  readonly configFolder = mkdtempSync(join(tmpdir(), 'colocal-compose-'));

  private constructor(private readonly ports: { readonly http: number; readonly https: number; readonly api: number }) {
    cpSync(join(EXAMPLE, 'colocal.yaml'), this.configFile);
    // The edge in its container is another user.
    chmodSync(this.configFolder, 0o755);
    chmodSync(this.configFile, 0o644);
  }

  static async create(): Promise<ComposeProject> {
    return new ComposeProject({ http: await freePort(), https: await freePort(), api: await freePort() });
  }

  get configFile(): string {
    return join(this.configFolder, 'colocal.yaml');
  }

  get http(): string {
    return `http://127.0.0.1:${this.ports.http}`;
  }

  get httpsPort(): number {
    return this.ports.https;
  }

  get api(): string {
    return `http://127.0.0.1:${this.ports.api}`;
  }

  /** `docker compose ARGS` */
  compose(...args: readonly string[]): Promise<string> {
    return docker(['compose', '-p', this.name, '-f', 'compose.yaml', ...args], this.environment);
  }

  /** The same with the user's own app in its place. */
  composeWithOwnApp(...args: readonly string[]): Promise<string> {
    return docker(['compose', '-p', this.name, '-f', 'compose.yaml', '-f', OWN_APP, ...args], this.environment);
  }

  /** Starts whatever is not there, and waits until everything is healthy. */
  async up(...args: readonly string[]): Promise<void> {
    await this.compose('up', '--detach', '--wait', ...args);
  }

  /** The same when something may be unhealthy until the rest has started: `--wait` gives up on that at once. */
  async upAgain(): Promise<void> {
    await this.compose('up', '--detach');
    await eventually('everything is healthy', async () => {
      const states = (await this.compose('ps', '--format', '{{.Health}}')).split('\n');
      return states.every((state) => state === 'healthy') || undefined;
    });
  }

  /** Containers of a service that run, by id. */
  async containersOf(service: string): Promise<string[]> {
    return (await this.compose('ps', '--quiet', '--status', 'running', service)).split('\n').filter((id) => id !== '');
  }

  /** Runs a program of Node in a service's container. */
  node(service: string, program: string, ...args: readonly string[]): Promise<string> {
    return this.compose('exec', '-T', service, 'node', '-e', program, ...args);
  }

  async state(): Promise<StateView> {
    const response = await fetch(`${this.api}/colocal/v1/state`, { headers: { authorization: `Bearer ${API_TOKEN}` } });
    return stateViewSchema.parse(await response.json());
  }

  /** How many connectors of a tunnel take requests. */
  async connectors(tunnel: string): Promise<number> {
    const found = (await this.state()).tunnels.find(({ name }) => name === tunnel);
    const accepting = found?.connections.filter((connection) => connection.accepting) ?? [];
    return new Set(accepting.map((connection) => connection.connector_id)).size;
  }

  /** How many data centers do not find an endpoint unhealthy, over all pools that have one of this name. */
  async notFailing(endpoint: string): Promise<number> {
    const endpoints = (await this.state()).pools.flatMap((pool) => pool.endpoints);
    return endpoints
      .filter(({ name }) => name === endpoint)
      .flatMap(({ health }) => (health ? [...health.passing, ...health.waiting] : [endpoint])).length;
  }

  /** Saves the configuration changed, as editors do: the new file is moved over the old one. */
  edit(change: (text: string) => string): void {
    writeFileSync(`${this.configFile}~`, change(readFileSync(this.configFile, 'utf8')), { mode: 0o644 });
    renameSync(`${this.configFile}~`, this.configFile);
  }

  async down(): Promise<void> {
    await this.compose('down', '--volumes', '--remove-orphans');
  }

  /** What is left of it in the engine: containers, networks and volumes, by name. */
  async left(): Promise<string[]> {
    const label = `label=com.docker.compose.project=${this.name}`;
    return [
      ...(await dockerList('ps', '--all', '--filter', label, '--format', '{{.Names}}')),
      ...(await dockerList('network', 'ls', '--filter', label, '--format', '{{.Name}}')),
      ...(await dockerList('volume', 'ls', '--filter', label, '--format', '{{.Name}}')),
    ];
  }

  /** Removes everything, the images that were built too. */
  async remove(): Promise<void> {
    await this.down();
    const images = await dockerList('image', 'ls', '--quiet', '--filter', `reference=${this.image}*`);
    if (images.length > 0) await docker(['image', 'rm', '--force', ...images]);
    rmSync(this.configFolder, { recursive: true, force: true });
  }

  private get environment(): Environment {
    return {
      COLOCAL_IMAGE: this.image,
      COLOCAL_CONFIG_DIR: this.configFolder,
      COLOCAL_HTTP_PORT: String(this.ports.http),
      COLOCAL_HTTPS_PORT: String(this.ports.https),
      COLOCAL_API_PORT: String(this.ports.api),
      COMPOSE_ANSI: 'never',
    };
  }
}
