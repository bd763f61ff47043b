import { isIP } from 'node:net';
import { Agent, buildConnector, fetch as undiciFetch } from 'undici';
import { encodeToken } from '../protocol/token.js';
import { parseSpan } from '../runtime/clock.js';
import { type Deadlines, realDeadlines } from '../runtime/deadlines.js';
import { defineError } from '../runtime/errors.js';
import { randomUuid } from '../runtime/ids.js';
import { createRng } from '../runtime/rng.js';
import {
  type ConfigInput,
  cloudflaredAddresses,
  configFromObject,
  type ListenerName,
  type LoadedConfig,
  loadConfigFile,
  parseListenAddress,
  type WrittenCloudflared,
} from './config/index.js';
import { type Edge, startEdge } from './edge.js';
import type { FaultControl } from './faults/faults.js';
import { DATA_CENTERS } from './geo/data-centers.js';
import { unknownDataCenter } from './geo/geography.js';
import { suggestDataCenters } from './geo/suggest.js';
import type { EdgeEvent, RequestTrace } from './observe/journal.types.js';
import { createLog, LOG_LEVELS, type Log, type LogLevel } from './observe/log.js';
import { didYouMean } from './state/did-you-mean.js';
import type { AccountState } from './state/state.types.js';

export { ColocalError } from '../runtime/errors.js';
export type { ConfigInput } from './config/index.js';
export { ConfigError } from './config/index.js';
export type { FaultControl, FaultPatch, FaultView } from './faults/faults.js';
export type { EdgeEvent, RequestTrace } from './observe/journal.types.js';

export interface EmulatorOptions {
  /** What `colocal.yaml` would say, or the path of one. */
  readonly config: ConfigInput | string;
  /** Follow edits of the configuration's file, as `colocal up` does. Default false. */
  readonly watch?: boolean;
  /** Where to listen, as `HOST:PORT` or `off`. Default: a free port of 127.0.0.1 for each, whatever the configuration says. */
  readonly listen?: Partial<Record<ListenerName, string>> & {
    /** Where cloudflared may dial in: `off`, or a list as in `colocal.yaml`. Default `off`: most tests need none. */
    readonly cloudflared?: WrittenCloudflared;
  };
  /** Default: the configuration's, else 1, so that a test's routes are the same in every run. */
  readonly seed?: number | string;
  /** Default: the configuration's. `manual` lets a test make model time pass with `clock.advance`. */
  readonly clock?: 'real' | 'manual';
  /** Default `silent`. Lines go to standard error. */
  readonly logLevel?: LogLevel;
  /** Real time for real I/O; a test may bring its own. */
  readonly deadlines?: Deadlines;
}

export interface EmulatorFetchInit extends RequestInit {
  /** IATA code of the data center in which the request enters. */
  readonly colo?: string;
  /** Two letters (ISO 3166-1). */
  readonly country?: string;
  readonly clientIp?: string;
}

export interface ConnectOptions {
  /** Name of the tunnel. */
  readonly tunnel: string;
  /** IATA code of where the connector stands. */
  readonly location?: string;
  /** cloudflared's configuration document, for tunnels that are configured locally. */
  readonly config?: unknown;
  /** `CIDR=CIDR` or `IP:PORT=HOST:PORT`: where dials to private addresses really go. */
  readonly maps?: readonly string[];
  /** How many connections to open. Default 4. */
  readonly connections?: number;
}

/** A connector in this process. */
export interface ConnectedTunnel extends AsyncDisposable {
  /** UUID of the connector. */
  readonly id: string;
  /** Takes nothing new, finishes what is open, leaves. */
  drain(): Promise<void>;
  /** Leaves at once; what is open is cut off. */
  close(): Promise<void>;
}

/** A whole edge in this process, for tests. Many do not disturb each other. */
export interface Emulator extends AsyncDisposable {
  /** The traffic listener, e.g. `http://127.0.0.1:49152`. Absent when it is off, as the others. */
  readonly url: string | undefined;
  readonly httpsUrl: string | undefined;
  readonly apiUrl: string | undefined;
  readonly connectorsUrl: string | undefined;
  /** For cloudflared's `--edge`, `HOST:PORT` each. Empty unless `listen.cloudflared` was given. */
  readonly cloudflaredAddresses: readonly string[];
  readonly seed: number | string;
  /** As the global `fetch`, but every name leads to this edge, over HTTP and (with its authority trusted) HTTPS. */
  fetch(url: string | URL, init?: EmulatorFetchInit): Promise<Response>;
  /** Starts a connector of a tunnel and waits until all its connections take requests. */
  connect(options: ConnectOptions): Promise<ConnectedTunnel>;
  readonly clock: {
    /** Model time, milliseconds since the epoch. */
    now(): number;
    /** Lets model time pass: milliseconds, or a span such as `10m`. Only with a manual clock. */
    advance(by: number | string): Promise<{ readonly settled: boolean }>;
  };
  /** What is broken on purpose: docs/faults.md. */
  readonly faults: FaultControl;
  /** The account: read it, change it in transactions, follow its changes. */
  readonly state: Pick<AccountState, 'read' | 'transact' | 'subscribe'>;
  /** What the edge did with requests. */
  readonly requests: {
    /** Newest first. */
    list(limit?: number): readonly RequestTrace[];
    /** By ray, with or without the data center behind it. */
    find(ray: string): RequestTrace | undefined;
  };
  /** What happened, as it happens. Returns the way to stop. */
  onEvent(listener: (event: EdgeEvent) => void): () => void;
  /** The certificate authority, as PEM. */
  caPem(): Promise<string>;
  /** Back to the configuration: objects made since are removed, faults begin anew, the journal is empty. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

export const unknownTunnel = defineError<{ name: string; known: readonly string[] }>('UNKNOWN_TUNNEL', {
  message: (d) => `no tunnel is called "${d.name}"`,
  fix: (d) => (d.known.length === 0 ? 'add it to tunnels in the configuration' : `tunnels are: ${d.known.join(', ')}`),
});

export const badSpan = defineError<{ text: string }>('BAD_SPAN', {
  message: (d) => `"${d.text}" is not a span of time`,
  fix: () => 'write milliseconds as a number, or a number with a unit: 250ms, 30s, 10m, 2h, 1d',
});

export const badListenAddress = defineError<{ name: string; text: string }>('BAD_LISTEN_ADDRESS', {
  message: (d) => `listen.${d.name} is "${d.text}", which is not an address`,
  fix: () => 'write HOST:PORT, with port 0 for any free one, or "off"',
});

export const badOption = defineError<{ problem: string; fix: string }>('BAD_OPTION', {
  message: (d) => `startEmulator ${d.problem}`,
  fix: (d) => d.fix,
});

export const listenerOff = defineError<{ name: ListenerName }>('LISTENER_OFF', {
  message: (d) => `the ${d.name} listener is off`,
  fix: (d) => `leave listen.${d.name} out to get a free port`,
});

/**
 * Starts an edge in this process.
 *
 * @example
 * await using emu = await startEmulator({ config: 'colocal.yaml' });
 * await emu.connect({ tunnel: 'tokyo', location: 'NRT' });
 * const response = await emu.fetch('http://app.example.com/', { colo: 'LHR' });
 */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  checkOptions(options);
  const { deadlines = realDeadlines } = options;
  const log = createLog({ level: options.logLevel ?? 'silent' });
  const edge = await startEdge({ config: await configOf(options), log, deadlines, watch: options.watch ?? false });
  const addressOf = (name: ListenerName): string | undefined =>
    edge.addresses.find((each) => each.name === name)?.address;
  const connectors = new Set<ConnectedTunnel>();
  const agent = new Agent({ connect: connectToEdge(edge, addressOf) });
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= (async () => {
      await Promise.all([...connectors].map((connector) => connector.close()));
      await agent.destroy();
      await edge.close();
    })();
    return closing;
  };

  return {
    url: addressOf('http'),
    httpsUrl: addressOf('https'),
    apiUrl: addressOf('api'),
    connectorsUrl: addressOf('connectors'),
    cloudflaredAddresses: edge.addresses.filter(({ name }) => name === 'cloudflared').map(({ address }) => address),
    seed: edge.seed,
    fetch: (url, init = {}) => fetchFrom(agent, url, init),
    connect: async (wanted) => {
      const connector = await connect(edge, addressOf('connectors'), wanted, { deadlines, log });
      connectors.add(connector);
      return connector;
    },
    clock: {
      now: () => edge.clock.now(),
      advance(by) {
        const span = typeof by === 'number' ? by : parseSpan(by);
        if (span === undefined) throw badSpan({ text: String(by) });
        return edge.clock.advance(span);
      },
    },
    faults: edge.faults,
    state: edge.state,
    requests: { list: (limit = 100) => edge.journal.list(limit), find: (ray) => edge.journal.find(ray) },
    onEvent: (listener) => edge.events.subscribe(listener),
    caPem: edge.caPem,
    reset: edge.reset,
    close,
    [Symbol.asyncDispose]: close,
  };
}

const LISTENERS: readonly ListenerName[] = ['http', 'https', 'connectors', 'api'];

type OptionCheck = readonly [must: string, fits: (value: unknown) => boolean];

/** What each option must be: options may come from JavaScript, where no compiler looked at them. */
const OPTIONS: Readonly<Record<keyof EmulatorOptions, OptionCheck>> = {
  config: ['an object or the path of a file', (value) => typeof value === 'string' || isRecord(value)],
  watch: ['true or false', (value) => typeof value === 'boolean'],
  listen: ['an object such as { http: "127.0.0.1:0" }', isRecord],
  seed: ['a number or text', (value) => typeof value === 'number' || typeof value === 'string'],
  clock: ["'real' or 'manual'", (value) => value === 'real' || value === 'manual'],
  logLevel: [LOG_LEVELS.join(', '), (value) => LOG_LEVELS.some((level) => level === value)],
  deadlines: ['an object with now and after', isRecord],
};

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @throws BAD_OPTION */
function checkOptions(options: unknown): asserts options is EmulatorOptions {
  const start = "pass at least a configuration: startEmulator({ config: 'colocal.yaml' })";
  if (!isRecord(options)) throw badOption({ problem: 'needs an object of options', fix: start });
  refuseUnknown(options, Object.keys(OPTIONS), 'option');
  if (options.config === undefined) throw badOption({ problem: 'needs the option config', fix: start });
  for (const [name, [must, fits]] of Object.entries(OPTIONS)) {
    const value = options[name];
    if (value === undefined || fits(value)) continue;
    throw badOption({ problem: `cannot use the option ${name}: ${shown(value)}`, fix: `it must be ${must}` });
  }
  if (!isRecord(options.listen)) return;
  const { cloudflared, ...others } = options.listen;
  refuseUnknown(options.listen, [...LISTENERS, 'cloudflared'], 'listener');
  if (cloudflared !== undefined) checkCloudflared(cloudflared);
  for (const [name, value] of Object.entries(others)) {
    if (value !== undefined && typeof value !== 'string') throw badListenAddress({ name, text: shown(value) });
  }
}

function checkCloudflared(written: unknown): void {
  const entries = Array.isArray(written) ? written : [written];
  for (const entry of entries) {
    if (entry === 'off' && !Array.isArray(written)) continue;
    const text: unknown = isRecord(entry) ? entry.address : entry;
    if (!Array.isArray(written) || typeof text !== 'string' || !parseListenAddress(text))
      throw badListenAddress({ name: 'cloudflared', text: shown(entry) });
  }
}

function refuseUnknown(given: object, known: readonly string[], noun: string): void {
  const unknown = Object.keys(given).find((key) => !known.includes(key));
  if (unknown === undefined) return;
  const problem = `has no ${noun} ${JSON.stringify(unknown)}${didYouMean(unknown, known)}`;
  throw badOption({ problem, fix: `${noun}s are: ${known.join(', ')}` });
}

function shown(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}

async function configOf(options: EmulatorOptions): Promise<LoadedConfig> {
  const config =
    typeof options.config === 'string' ? await loadConfigFile(options.config) : configFromObject(options.config);
  const listen = Object.fromEntries(
    LISTENERS.map((name) => {
      const text = options.listen?.[name] ?? '127.0.0.1:0';
      const address = text === 'off' ? null : parseListenAddress(text);
      if (address === undefined) throw badListenAddress({ name, text });
      return [name, address];
    }),
  ) as Omit<LoadedConfig['listen'], 'cloudflared'>;
  const cloudflared = cloudflaredAddresses(options.listen?.cloudflared ?? 'off');
  return {
    ...config,
    listen: { ...listen, cloudflared },
    seed: options.seed ?? config.seed ?? 1,
    ...(options.clock === undefined ? {} : { clock: { mode: options.clock, scale: 1 } }),
  };
}

function fetchFrom(agent: Agent, url: string | URL, init: EmulatorFetchInit): Promise<Response> {
  const { colo, country, clientIp, ...rest } = init;
  const headers = new Headers(rest.headers);
  if (colo !== undefined) headers.set('Colocal-Colo', colo);
  if (country !== undefined) headers.set('Colocal-Country', country);
  if (clientIp !== undefined) headers.set('Colocal-Client-IP', clientIp);
  // The dispatcher decides where names lead, and the global fetch would take it only from its own version of undici.
  const request = { ...rest, headers: [...headers], dispatcher: agent };
  return undiciFetch(url, request as unknown as Parameters<typeof undiciFetch>[1]) as unknown as Promise<Response>;
}

/** Whatever name is asked for, the connection goes to this edge's listener of that scheme. */
function connectToEdge(edge: Edge, addressOf: (name: ListenerName) => string | undefined): buildConnector.connector {
  const plain = buildConnector({});
  let secure: Promise<buildConnector.connector> | undefined;
  return (options, done) => {
    const name = options.protocol === 'https:' ? 'https' : 'http';
    const address = addressOf(name);
    if (address === undefined) {
      done(listenerOff({ name }), null);
      return;
    }
    const { hostname, port, host } = new URL(address);
    const to = { ...options, hostname: hostname.replace(/^\[|\]$/g, ''), port, host };
    if (name === 'http') {
      plain(to, done);
      return;
    }
    secure ??= edge.caPem().then((ca) => buildConnector({ ca }));
    const servername = isIP(options.hostname) ? undefined : options.hostname;
    secure.then(
      (connector) => connector({ ...to, ...(servername === undefined ? {} : { servername }) }, done),
      (error: Error) => done(error, null),
    );
  };
}

async function connect(
  edge: Edge,
  url: string | undefined,
  options: ConnectOptions,
  { deadlines, log }: { readonly deadlines: Deadlines; readonly log: Log },
): Promise<ConnectedTunnel> {
  if (url === undefined) throw listenerOff({ name: 'connectors' });
  const { account, tunnels } = edge.state.read();
  const tunnel = [...tunnels.values()].find(({ name }) => name === options.tunnel);
  if (!tunnel) throw unknownTunnel({ name: options.tunnel, known: [...tunnels.values()].map(({ name }) => name) });
  const { location } = options;
  if (location !== undefined && !DATA_CENTERS.has(location.toUpperCase())) {
    throw unknownDataCenter({
      code: location,
      suggestions: suggestDataCenters(location),
      where: 'the option location',
    });
  }
  const { runConnector } = await import('../agents/index.js');
  const { tunnel: _name, ...rest } = options;
  const connector = runConnector({
    ...rest,
    edge: url,
    token: encodeToken({ accountId: account.id, tunnelId: tunnel.id, secret: tunnel.tunnel_secret }),
    deadlines,
    rng: createRng(randomUuid()),
    log,
  });
  try {
    await connector.ready;
    await Promise.race([inService(edge, connector.id, connector.connections().length), connector.closed, edge.closed]);
  } catch (error) {
    await connector.close();
    throw error;
  }
  return {
    id: connector.id,
    drain: () => connector.drain(),
    close: () => connector.close(),
    [Symbol.asyncDispose]: () => connector.close(),
  };
}

/** Resolves once the edge gives requests to that many connections of a connector: it hears of them after the connector. */
function inService(edge: Edge, connectorId: string, connections: number): Promise<void> {
  const enough = (): boolean => {
    let accepting = 0;
    for (const connection of edge.connections()) {
      if (connection.connectorId === connectorId && connection.accepting) accepting++;
    }
    return accepting >= connections;
  };
  if (enough()) return Promise.resolve();
  return new Promise((resolve) => {
    const stop = edge.events.subscribe((event) => {
      if (event.type !== 'connection.opened' || !enough()) return;
      stop();
      resolve();
    });
  });
}
