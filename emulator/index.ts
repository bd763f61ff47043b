import { isIP } from 'node:net';
import { type Advanced, parseSpan } from '../runtime/clock.js';
import { type Deadlines, realDeadlines } from '../runtime/deadlines.js';
import { defineError } from '../runtime/errors.js';
import {
  type ConfigInput,
  cloudflaredAddresses,
  configFromObject,
  dnsAddress,
  type ListenerName,
  type LoadedConfig,
  loadConfigFile,
  parseListenAddress,
  type WrittenCloudflared,
  type WrittenDns,
} from './config/index.js';
import { startEdge } from './edge.js';
import type { FaultControl } from './faults/faults.js';
import { type ConnectedTunnel, type ConnectOptions, Connectors } from './library/connect.js';
import { Detours, readPlace, readTarget } from './library/detours.js';
import { agentTo, type EmulatorFetchInit, fetchFrom } from './library/fetch.js';
import { checkOptions, isRecord, type OptionCheck, type OptionTable, refuseUnknown, shown } from './library/options.js';
import { type OriginOptions, Origins, type TestOrigin } from './library/origin.js';
import { checkedRay, journalQuery, type RequestsWanted } from './library/requests.js';
import { rememberTrace } from './library/served-by.js';
import { createWaitFor, type WaitFor } from './library/wait-for.js';
import type { EdgeEvent, RequestTrace } from './observe/journal.types.js';
import { createLog, LOG_LEVELS, type LogLevel } from './observe/log.js';
import type { AccountState } from './state/state.types.js';

export type { Advanced } from '../runtime/clock.js';
export { ColocalError } from '../runtime/errors.js';
export type { ConfigInput } from './config/index.js';
export { ConfigError } from './config/index.js';
export type { FaultControl, FaultPatch, FaultView } from './faults/faults.js';
export type { ConnectedTunnel, ConnectOptions } from './library/connect.js';
export type { FailOverOptions } from './library/fail-over.js';
export type { EmulatorFetchInit } from './library/fetch.js';
export type { OriginOptions, SeenRequest, TestOrigin } from './library/origin.js';
export type { RequestsWanted } from './library/requests.js';
export type { ServedBy } from './library/served-by.js';
export type { HealthWait, TunnelWait, WaitFor, WaitOptions } from './library/wait-for.js';
export type { EdgeEvent, RequestTrace } from './observe/journal.types.js';

export interface EmulatorOptions {
  /** What `colocal.yaml` would say, or the path of one. */
  readonly config: ConfigInput | string;
  /** Follow edits of the configuration's file, as `colocal up` does. Default false. */
  readonly watch?: boolean;
  /**
   * Where to listen, as `HOST:PORT` or `off`. Default: a free port of 127.0.0.1 for each, whatever the configuration says.
   * `as-configured`: where the configuration says.
   */
  readonly listen?:
    | 'as-configured'
    | (Partial<Record<ListenerName, string>> & {
        /** Where cloudflared may dial in: `off`, or a list as in `colocal.yaml`. Default `off`: most tests need none. */
        readonly cloudflared?: WrittenCloudflared;
        /** Where DNS is answered, as in `colocal.yaml`. Default `off`. */
        readonly dns?: WrittenDns;
      });
  /** Default: the configuration's, else 1, so that a test's routes are the same in every run. */
  readonly seed?: number | string;
  /** Default: the configuration's. `manual` lets a test make model time pass with `clock.advance`. */
  readonly clock?: 'real' | 'manual';
  /** A folder that keeps the account, as `colocal up --state`. Default: nothing is written. */
  readonly state?: string;
  /** Default `silent`. Lines go to standard error. */
  readonly logLevel?: LogLevel;
  /** Real time for real I/O; a test may bring its own. */
  readonly deadlines?: Deadlines;
}

/** A whole edge in this process, for tests. Many do not disturb each other. */
export interface Emulator extends AsyncDisposable {
  /** The traffic listener, e.g. `http://127.0.0.1:49152`. Absent when it is off, as the others. */
  readonly url: string | undefined;
  readonly httpsUrl: string | undefined;
  readonly apiUrl: string | undefined;
  readonly connectorsUrl: string | undefined;
  /** The way into the private networks, for clients that take a proxy's URL: SOCKS5, e.g. `socks5h://127.0.0.1:49152`, and HTTP CONNECT. */
  readonly onRampUrl: string | undefined;
  /** For cloudflared's `--edge`, `HOST:PORT` each. Empty unless `listen.cloudflared` was given. */
  readonly cloudflaredAddresses: readonly string[];
  /** Where DNS is answered, `HOST:PORT`. Absent unless `listen.dns` was given. */
  readonly dnsAddress: string | undefined;
  /** Where the Spectrum applications listen now, by their names, e.g. `{ db: 'tcp://127.0.0.1:49152' }`: as the configuration says, so give them port 0 in tests. */
  readonly spectrum: Readonly<Record<string, string>>;
  readonly seed: number | string;
  /** As the global `fetch`, but every name leads to this edge, over HTTP and (with its authority trusted) HTTPS. */
  fetch(url: string | URL, init?: EmulatorFetchInit): Promise<Response>;
  /** Starts a connector of a tunnel and waits until all its connections take requests. Rejects when the emulator is closed before. */
  connect(options: ConnectOptions): Promise<ConnectedTunnel>;
  /** Starts an origin in this process, at an address that the configuration names. */
  origin(options?: OriginOptions): Promise<TestOrigin>;
  /**
   * Lets dials to an address that the configuration names, e.g. `localhost:3000`, reach what really listens on a port of
   * 127.0.0.1, or at another address: the edge's dials and those of connectors in this process. Returns the way back.
   */
  map(place: string, to: number | string): () => void;
  /** Waits for health and tunnels, with a deadline. */
  readonly waitFor: WaitFor;
  readonly clock: {
    readonly mode: 'real' | 'scaled' | 'manual';
    /** Model time, milliseconds since the epoch. */
    now(): number;
    /**
     * Lets model time pass: milliseconds, or a span such as `10m`. Only with a manual clock. Resolves with what fell due
     * meanwhile, in order, when all that it began has ended or waits for the clock.
     */
    advance(by: number | string): Promise<Advanced>;
  };
  /** What is broken on purpose: docs/faults.md. */
  readonly faults: FaultControl;
  /** The account: read it, change it in transactions, follow its changes, wait until they are kept. */
  readonly state: Pick<AccountState, 'read' | 'transact' | 'subscribe' | 'durable'>;
  /** What the edge did with requests. */
  readonly requests: {
    /** Newest first: the latest so many (default 100), or those that fit, such as `{ pool: 'tokyo', status: '5xx' }`. */
    list(wanted?: number | RequestsWanted): readonly RequestTrace[];
    /** By ray, with or without the data center behind it. */
    find(ray: string): RequestTrace | undefined;
    /**
     * Sends it once more, as far as it was recorded (`settings.record`), and resolves with what became of it. Rejects with
     * RAY_UNKNOWN or NOT_REPLAYABLE.
     */
    replay(ray: string): Promise<RequestTrace>;
  };
  /** What happened, as it happens. Returns the way to stop. */
  onEvent(listener: (event: EdgeEvent) => void): () => void;
  /** The certificate authority, as PEM. */
  caPem(): Promise<string>;
  /**
   * Back to the configuration: objects made since are removed, faults and health begin anew, journal, sessions and counts
   * are empty. On a manual clock the probes run with the next `advance`; otherwise it waits for their first results, at
   * most 5 s.
   */
  reset(): Promise<void>;
  close(): Promise<void>;
}

export const badSpan = defineError<{ text: string }>('BAD_SPAN', {
  message: (d) => `"${d.text}" is not a span of time`,
  fix: () => 'write milliseconds as a number, or a number with a unit: 250ms, 30s, 10m, 2h, 1d',
});

export const badListenAddress = defineError<{ name: string; text: string }>('BAD_LISTEN_ADDRESS', {
  message: (d) => `listen.${d.name} is "${d.text}", which is not an address`,
  fix: () => 'write HOST:PORT, with port 0 for any free one, or "off"',
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
  checkStart(options);
  const { deadlines = realDeadlines } = options;
  const log = createLog({ level: options.logLevel ?? 'silent' });
  const detours = new Detours();
  const edge = await startEdge({
    config: await configOf(options),
    log,
    deadlines,
    watch: options.watch ?? false,
    detour: detours.lookup,
    ...(options.state !== undefined && { state: options.state }),
  });
  const addressOf = (name: ListenerName | 'dns'): string | undefined =>
    edge.addresses.find((each) => each.name === name)?.address;
  const connectors = new Connectors(edge, addressOf('connectors'), deadlines, log, detours.lookup);
  const origins = new Origins(detours, deadlines);
  const agent = agentTo(edge, addressOf);
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= (async () => {
      await connectors.close();
      await agent.destroy();
      await edge.close();
      await origins.close();
    })();
    return closing;
  };

  return {
    url: addressOf('http'),
    httpsUrl: addressOf('https'),
    apiUrl: addressOf('api'),
    connectorsUrl: addressOf('connectors'),
    onRampUrl: addressOf('on_ramp'),
    cloudflaredAddresses: edge.addresses.filter(({ name }) => name === 'cloudflared').map(({ address }) => address),
    dnsAddress: addressOf('dns'),
    get spectrum() {
      return Object.fromEntries(
        edge.addresses.flatMap(({ application, address }) =>
          application === undefined ? [] : [[application, address]],
        ),
      );
    },
    seed: edge.seed,
    fetch: (url, init = {}) =>
      fetchFrom(agent, url, init).then((response) => rememberTrace(response, (ray) => edge.journal.find(ray))),
    connect: (wanted) => connectors.connect(wanted),
    origin: (wanted) => origins.start(wanted),
    map: (place, to) => detours.set(readPlace('map', place), readTarget('map', to)),
    waitFor: createWaitFor(edge, deadlines),
    clock: {
      mode: edge.clock.mode,
      now: () => edge.clock.now(),
      advance(by) {
        const span = typeof by === 'number' ? by : parseSpan(by);
        if (span === undefined) throw badSpan({ text: String(by) });
        return edge.clock.advance(span);
      },
    },
    faults: edge.faults,
    state: edge.state,
    requests: {
      list(wanted) {
        const { limit, matches } = journalQuery(wanted);
        return edge.journal.list(limit, matches);
      },
      find: (ray) => edge.journal.find(checkedRay('find', ray)),
      replay: async (ray) => edge.replay(checkedRay('replay', ray)),
    },
    onEvent: (listener) => edge.events.subscribe(listener),
    caPem: edge.caPem,
    reset: edge.reset,
    close,
    [Symbol.asyncDispose]: close,
  };
}

const LISTENERS: readonly ListenerName[] = ['http', 'https', 'connectors', 'api', 'on_ramp'];

const OPTIONS = {
  config: ['an object or the path of a file', (value) => typeof value === 'string' || isRecord(value)],
  watch: ['true or false', (value) => typeof value === 'boolean'],
  listen: ['an object such as { http: "127.0.0.1:0" }', (value) => value === 'as-configured' || isRecord(value)],
  seed: ['a number or text', (value) => typeof value === 'number' || typeof value === 'string'],
  clock: ["'real' or 'manual'", (value) => value === 'real' || value === 'manual'],
  state: ['the path of a folder', (value) => typeof value === 'string' && value !== ''],
  logLevel: [LOG_LEVELS.join(', '), (value) => LOG_LEVELS.some((level) => level === value)],
  deadlines: ['an object with now and after', isRecord],
} as const satisfies Record<keyof EmulatorOptions, OptionCheck>;

const START: OptionTable = {
  call: 'startEmulator',
  example: "pass at least a configuration: startEmulator({ config: 'colocal.yaml' })",
  needs: 'config',
  options: OPTIONS,
};

/** @throws BAD_OPTION, BAD_LISTEN_ADDRESS */
function checkStart(options: unknown): asserts options is EmulatorOptions {
  checkOptions(START, options);
  if (!isRecord(options.listen)) return;
  const { cloudflared, dns, ...others } = options.listen;
  refuseUnknown(START.call, options.listen, [...LISTENERS, 'cloudflared', 'dns'], 'listener');
  if (cloudflared !== undefined) checkCloudflared(cloudflared);
  if (dns !== undefined) checkDns(dns);
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

function checkDns(written: unknown): void {
  const { address, answers = [] } = isRecord(written) ? written : { address: written };
  const isAddress = typeof address === 'string' && (written === 'off' || parseListenAddress(address) !== undefined);
  const areAnswers = Array.isArray(answers) && answers.every((each) => typeof each === 'string' && isIP(each) !== 0);
  if (!isAddress || !areAnswers) throw badListenAddress({ name: 'dns', text: shown(written) });
}

async function configOf(options: EmulatorOptions): Promise<LoadedConfig> {
  const config =
    typeof options.config === 'string' ? await loadConfigFile(options.config) : configFromObject(options.config);
  return {
    ...config,
    listen: listenOf(options.listen, config),
    seed: options.seed ?? config.seed ?? 1,
    ...(options.clock === undefined ? {} : { clock: { mode: options.clock, scale: 1 } }),
  };
}

function listenOf(wanted: EmulatorOptions['listen'], config: LoadedConfig): LoadedConfig['listen'] {
  if (wanted === 'as-configured') return config.listen;
  const listen = Object.fromEntries(
    LISTENERS.map((name) => {
      const text = wanted?.[name] ?? '127.0.0.1:0';
      const address = text === 'off' ? null : parseListenAddress(text);
      if (address === undefined) throw badListenAddress({ name, text });
      return [name, address];
    }),
  ) as Omit<LoadedConfig['listen'], 'cloudflared' | 'dns'>;
  const cloudflared = cloudflaredAddresses(wanted?.cloudflared ?? 'off');
  return { ...listen, cloudflared, dns: dnsAddress(wanted?.dns ?? 'off') };
}
