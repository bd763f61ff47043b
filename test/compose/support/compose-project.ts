import { inject } from 'vitest';
import type * as z from 'zod';
import { stateViewSchema } from '../../../emulator/control/state-view.schema.js';
import { freePort } from '../../processes/support/ports.js';
import { docker, dockerList, type Environment } from './docker.js';
import { eventually } from './eventually.js';

const API_TOKEN = 'demonstration-only-demonstration-only-0000';

export type StateView = z.infer<typeof stateViewSchema>;

export interface Ports {
  readonly http: number;
  readonly https: number;
  readonly api: number;
  readonly onRamp: number;
}

export async function freePorts(): Promise<Ports> {
  return { http: await freePort(), https: await freePort(), api: await freePort(), onRamp: await freePort() };
}

/** A compose file of the project, e.g. examples/private-ip/compose.yaml, under a name and ports of its own. */
export class ComposeProject {
  readonly name: string;
  readonly image = inject('image');

  static async of(file: string, ...options: readonly string[]): Promise<ComposeProject> {
    return new ComposeProject(file, await freePorts(), options);
  }

  /** `options` come before each command of `docker compose`, e.g. `--profile gateway`. */
  protected constructor(
    private readonly file: string,
    private readonly ports: Ports,
    private readonly options: readonly string[] = [],
  ) {
    const folder = file.split('/').at(-2) ?? 'sites';
    this.name = `colocal-test-${folder}-${process.pid}`;
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

  get onRamp(): string {
    return `http://127.0.0.1:${this.ports.onRamp}`;
  }

  /** `docker compose ARGS` */
  compose(...args: readonly string[]): Promise<string> {
    return this.composeWith([], ...args);
  }

  /** The same with further files over the first. */
  composeWith(files: readonly string[], ...args: readonly string[]): Promise<string> {
    const all = [this.file, ...files].flatMap((file) => ['-f', file]);
    return docker(['compose', '-p', this.name, ...all, ...this.options, ...args], this.environment());
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

  /** Removes everything but the image. */
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

  /** What the compose file leaves to its user. */
  protected environment(): Environment {
    return {
      COLOCAL_IMAGE: this.image,
      COLOCAL_HTTP_PORT: String(this.ports.http),
      COLOCAL_HTTPS_PORT: String(this.ports.https),
      COLOCAL_API_PORT: String(this.ports.api),
      COLOCAL_ON_RAMP_PORT: String(this.ports.onRamp),
      COMPOSE_ANSI: 'never',
    };
  }
}
