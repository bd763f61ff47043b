import { fileURLToPath } from 'node:url';
import { builtMain, type Program } from '../../processes/support/program.js';
import { ConfigFile, tokenOf } from '../../processes/support/setup.js';
import { Namespaces } from './namespaces.js';
import type { Came, Visit } from './visits.js';

const VISITOR = fileURLToPath(new URL('./visitor.ts', import.meta.url));
const TSX = fileURLToPath(import.meta.resolve('tsx'));
const CONNECTORS_PORT = 7843;
const HTTP_PORT = 80;

/** The edge's listeners: all on its own loopback, but for the one to which the sites have cables. */
export const LISTEN = `listen:
  http: 127.0.0.1:0
  https: off
  connectors: 0.0.0.0:${CONNECTORS_PORT}
  api: 127.0.0.1:0
  cloudflared: off
  on_ramp: 127.0.0.1:0
`;

/**
 * An edge with cables to sites, each in a network namespace of its own:
 *
 * ```
 *   edge --10.250.1.0/30-- staging    --10.251.0.0/30-- staging-web     10.128.0.1
 *        --10.250.2.0/30-- production --10.251.0.0/30-- production-web  10.128.0.1
 * ```
 *
 * Behind the edge's cables everything may be as in the next site: nothing but a connector has a way from one to the
 * other, and there is none between the sites.
 */
export class Lab {
  readonly networks = new Namespaces();
  private readonly file: ConfigFile;
  private sites = 0;

  private constructor(config: string) {
    this.file = new ConfigFile(`${LISTEN}${config}`);
  }

  /** @param config What stands in colocal.yaml beside `listen`. */
  static async open(config: string): Promise<{ readonly lab: Lab; readonly edge: Edge }> {
    const lab = new Lab(config);
    lab.networks.add('edge');
    const program = lab.networks.start('edge', process.execPath, [builtMain(), 'up', '--config', lab.file.path]);
    const [printed] = await program.out.next(/^[\s\S]*?Ctrl-C stops\n/);
    const address = (name: string): string => new RegExp(`^ +${name} +(\\S+)$`, 'm').exec(printed)?.[1] ?? '';
    return { lab, edge: { program, http: address('http'), onRamp: address('on_ramp') } };
  }

  /**
   * A site by the name of its tunnel, with a cable to each server: `servers` says which address each owns. Resolves
   * once its connector is connected and the servers listen.
   */
  async site(tunnel: string, servers: Readonly<Record<string, string>>): Promise<Site> {
    const { networks } = this;
    const number = ++this.sites;
    networks.add(tunnel);
    networks.link(
      { in: 'edge', device: tunnel, address: `10.250.${number}.1/30` },
      { in: tunnel, device: 'uplink', address: `10.250.${number}.2/30` },
    );
    const site = new Site(networks, tunnel);
    await Promise.all(Object.entries(servers).map(([name, address]) => site.serve(name, address)));
    const edge = `ws://10.250.${number}.1:${CONNECTORS_PORT}`;
    const args = ['agent', 'run', '--edge', edge, '--token', await tokenOf(this.file, tunnel), '--location', 'NRT'];
    await networks.start(tunnel, process.execPath, [builtMain(), ...args]).err.next(/"msg":"ready"/);
    return site;
  }

  /** What comes of visits that a client beside the edge makes, all at the same time. */
  async visit(visits: readonly Visit[]): Promise<readonly Came[]> {
    const args = ['--import', TSX, VISITOR, JSON.stringify(visits)];
    const { code, out, err } = await this.networks.start('edge', process.execPath, args).ended;
    if (code !== 0) throw new Error(`the client failed:\n${err}`);
    return JSON.parse(out) as readonly Came[];
  }
}

export interface Edge {
  readonly program: Program;
  /** Where it listens, as it printed it. */
  readonly http: string;
  readonly onRamp: string;
}

/** A connector, and the servers to which it has cables. */
export class Site {
  private readonly servers = new Map<string, { readonly address: string; readonly at: string }>();

  constructor(
    private readonly networks: Namespaces,
    private readonly name: string,
  ) {}

  /** An origin called `SITE-NAME` in a namespace of its own, which owns `address` and listens on port 80. */
  async serve(name: string, address: string): Promise<void> {
    const { networks } = this;
    const place = this.place(name);
    const base = this.servers.size * 4;
    const at = `10.251.0.${base + 2}`;
    this.servers.set(name, { address, at });
    networks.add(place);
    networks.link(
      { in: this.name, device: name, address: `10.251.0.${base + 1}/30` },
      { in: place, device: 'uplink', address: `${at}/30` },
    );
    networks.ip(place, 'address', 'add', `${address}/32`, 'dev', 'lo');
    this.route(name);
    const listen = `${address}:${HTTP_PORT}`;
    const args = [builtMain(), 'origin', '--name', place, '--listen', listen];
    await networks.start(place, process.execPath, args).out.next(/listens on/);
  }

  /** The device at the connector's end of a server's cable is down: the routes over it are gone. */
  unplug(name: string): void {
    this.networks.ip(this.name, 'link', 'set', name, 'down');
  }

  plug(name: string): void {
    this.networks.ip(this.name, 'link', 'set', name, 'up');
    this.route(name);
  }

  /** The device at the server's end is down: the connector's routes stay, and lead to where nobody is. */
  cut(name: string): void {
    this.networks.ip(this.place(name), 'link', 'set', 'uplink', 'down');
  }

  mend(name: string): void {
    this.networks.ip(this.place(name), 'link', 'set', 'uplink', 'up');
  }

  /** The server's address becomes a black hole: what is sent to it arrives, and nothing is said of it. */
  drop(name: string): void {
    const { address } = this.known(name);
    const place = this.place(name);
    this.networks.ip(place, 'address', 'delete', `${address}/32`, 'dev', 'lo');
    this.networks.ip(place, 'route', 'add', 'blackhole', `${address}/32`);
  }

  undrop(name: string): void {
    const { address } = this.known(name);
    const place = this.place(name);
    this.networks.ip(place, 'route', 'delete', 'blackhole', `${address}/32`);
    this.networks.ip(place, 'address', 'add', `${address}/32`, 'dev', 'lo');
  }

  private route(name: string): void {
    const { address, at } = this.known(name);
    this.networks.ip(this.name, 'route', 'replace', `${address}/32`, 'via', at, 'dev', name);
  }

  private known(name: string): { readonly address: string; readonly at: string } {
    const server = this.servers.get(name);
    if (!server) throw new Error(`${this.name} has no server ${name}`);
    return server;
  }

  private place(name: string): string {
    return `${this.name}-${name}`;
  }
}
