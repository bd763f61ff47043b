import { MAX_CONNECTION_INDEX } from '../protocol/messages.js';
import { decodeToken } from '../protocol/token.js';
import { messageOf } from '../runtime/errors.js';
import { randomUuid } from '../runtime/ids.js';
import { type Admin, openAdmin } from './admin.js';
import { boundLog } from './bound-log.js';
import { readConfigFile } from './configuration/config-file.js';
import { Configuration } from './configuration/configuration.js';
import { findToken } from './configuration/credentials.js';
import { Backoff } from './connection/backoff.js';
import { EdgeConnection } from './connection/edge-connection.js';
import type { Closed, ConnectionStatus, Connector, ConnectorOptions, Log } from './connector.types.js';
import { badConfiguration, badConnectionCount, badEdgeUrl, connectorClosed, refusedByEdge } from './errors.js';
import { Failures } from './failures.js';
import { ConfigurationProblem, pathText } from './ingress/problem.js';
import { compileIngress } from './ingress/rules.js';
import { Counters } from './metrics.js';
import { OriginPools } from './origin/pools.js';
import { Flows } from './private/flows.js';
import { AddressMaps } from './private/maps.js';
import { Streams } from './streams.js';
import { ARCH, VERSION } from './version.js';

const DEFAULT_CONNECTIONS = 4;
/** As cloudflared's `--grace-period`. */
const DEFAULT_GRACE = 30_000;

/**
 * Starts a connector: it dials the edge and serves what the edge sends until it is drained, closed or
 * refused. Never throws: whatever keeps it from starting rejects `ready` and resolves `closed` with code 1.
 */
export function runConnector(options: ConnectorOptions): Connector {
  return new RunningConnector(options);
}

class RunningConnector implements Connector {
  readonly id: string;
  readonly ready: Promise<void>;
  readonly closed: Promise<Closed>;
  private readonly counters = new Counters();
  private readonly flows = new Flows();
  private readonly failures: Failures;
  /** Every line names the connector, and its tunnel once the token is read. */
  private readonly ownLog: Log;
  private tunnelId: string | undefined;
  /** Known once the edge has said it. */
  private tunnelName: string | undefined;
  private readonly pools: OriginPools;
  private readonly configuration: Configuration;
  private held: EdgeConnection[] = [];
  private admin: Admin | undefined;
  private wanted = 0;
  private readonly registered = new Set<number>();
  private everReady = false;
  private draining: Promise<void> | undefined;
  private ending: Promise<void> | undefined;
  private readonly resolveReady: () => void;
  private readonly rejectReady: (error: Error) => void;
  private readonly resolveClosed: (closed: Closed) => void;

  constructor(private readonly options: ConnectorOptions) {
    this.id = options.id ?? randomUuid();
    const ready = deferred<void>();
    const closed = deferred<Closed>();
    this.ready = ready.promise;
    this.resolveReady = () => ready.resolve();
    this.rejectReady = ready.reject;
    this.closed = closed.promise;
    this.resolveClosed = closed.resolve;
    // Whoever only waits for `closed` must not be ended by a rejection nobody looks at.
    this.ready.catch(() => {});
    this.ownLog = boundLog(options.log, () => ({
      ...(this.tunnelId === undefined ? {} : { tunnel: this.tunnelId }),
      ...(this.tunnelName === undefined ? {} : { tunnelName: this.tunnelName }),
      connector: this.id,
    }));
    this.failures = new Failures(this.ownLog, options.deadlines);
    this.pools = new OriginPools(options.deadlines, this.ownLog, options.detour);
    this.configuration = new Configuration(this.pools, this.ownLog);
    this.start().catch((error: unknown) => {
      const failure = error instanceof Error ? error : new Error(String(error));
      void this.end({ code: 1, reason: messageOf(failure), error: failure });
    });
  }

  get configVersion(): number {
    return this.configuration.version;
  }

  get metricsUrl(): string | undefined {
    return this.admin?.url;
  }

  connections(): readonly ConnectionStatus[] {
    return this.held.map((connection) => connection.status);
  }

  drain(graceMs = this.options.gracePeriodMs ?? DEFAULT_GRACE): Promise<void> {
    this.draining ??= this.drainNow(graceMs);
    return this.draining;
  }

  async close(): Promise<void> {
    await this.end({ code: 0, reason: 'closed' });
  }

  private async drainNow(graceMs: number): Promise<void> {
    if (!this.ending) {
      this.ownLog.info({ graceMs }, 'leaving: open requests may finish');
      const left = Promise.all(this.held.map((connection) => connection.leave('the connector is shutting down')));
      await Promise.race([left, this.closed, this.graceOver(graceMs, left)]);
    }
    await this.end({ code: 0, reason: 'drained' });
  }

  private async start(): Promise<void> {
    const { options } = this;
    const url = edgeUrl(options.edge);
    const count = options.connections ?? DEFAULT_CONNECTIONS;
    const most = MAX_CONNECTION_INDEX + 1;
    if (!Number.isInteger(count) || count < 1 || count > most) throw badConnectionCount({ connections: count, most });
    this.wanted = count;
    const maps = new AddressMaps(options.maps ?? [], options.detour);
    const own = await this.ownConfiguration();
    const token = await findToken(options, own.token);
    this.tunnelId = decodeToken(token).tunnelId;
    if (options.metrics !== undefined) await this.openAdmin(options.metrics);
    if (this.draining || this.ending) return;
    this.held = Array.from({ length: count }, (_, index) =>
      this.createConnection(index, url, token, maps, own.document),
    );
    // The first one shows whether the edge takes us at all; the others follow once it does.
    this.held[0]?.connect();
  }

  private async ownConfiguration(): Promise<{ token?: string | undefined; document?: unknown }> {
    const { ownLog: log } = this;
    const { config, configFile, service } = this.options;
    if (configFile !== undefined) {
      const file = await readConfigFile(configFile);
      if (file.unused.length > 0)
        log.warn({ file: configFile, keys: file.unused }, 'keys of the configuration file that have no effect here');
      if (!file.document && service !== undefined) return { ...(await this.single(service)), token: file.token };
      if (service !== undefined)
        log.warn(
          { file: configFile, service },
          'the configuration file has ingress rules, so the service given beside it is not used',
        );
      if (file.document) this.configuration.use(file.ingress);
      return file;
    }
    if (config === undefined) return service === undefined ? {} : this.single(service);
    try {
      this.configuration.use(await compileIngress(config));
    } catch (error) {
      if (!(error instanceof ConfigurationProblem)) throw error;
      throw badConfiguration({ where: pathText(error.path) || 'config', problem: error.message });
    }
    return { document: config };
  }

  /** @throws BAD_CONNECTOR_CONFIGURATION */
  private async single(service: string): Promise<{ document: unknown }> {
    // cloudflared takes an address without a scheme for http.
    const full = /^(?:[a-z][a-z0-9+.-]*:\/\/|unix|http_status:|[a-z-]+$|hello_world$)/i.test(service)
      ? service
      : `http://${service}`;
    // A slash behind the address is no path that would be lost.
    const document = { ingress: [{ service: full.replace(/^([a-z][a-z0-9+.-]*:\/\/[^/?#]+)\/$/i, '$1') }] };
    try {
      this.configuration.use(await compileIngress(document));
    } catch (error) {
      if (!(error instanceof ConfigurationProblem)) throw error;
      throw badConfiguration({ where: '--url', problem: error.message });
    }
    return { document };
  }

  private async openAdmin(address: string): Promise<void> {
    const admin = await openAdmin(address, {
      connectorId: this.id,
      readyConnections: () => this.registered.size,
      metrics: () => this.counters.render(this.registered.size),
    });
    if (this.ending) {
      await admin.close();
      return;
    }
    this.admin = admin;
    this.ownLog.info({ url: admin.url }, 'connector metrics at /metrics, readiness at /ready');
  }

  private createConnection(
    index: number,
    url: string,
    token: string,
    maps: AddressMaps,
    localConfig: unknown,
  ): EdgeConnection {
    const { configuration, counters, failures, flows, options, ownLog: log } = this;
    const { deadlines, location } = options;
    return new EdgeConnection(
      {
        url,
        token,
        register: {
          connector_id: this.id,
          index,
          version: VERSION,
          arch: ARCH,
          ...(location === undefined ? {} : { location }),
          features: [],
        },
        maskPayload: options.maskPayload ?? false,
        configuration,
        streams: new Streams(this.id, configuration, maps, deadlines, counters, flows, failures),
        localConfig,
        deadlines,
        backoff: new Backoff(options.rng.fork(`backoff ${index}`)),
        log,
      },
      {
        registered: (registration) => {
          this.tunnelName = registration.tunnel;
          this.onRegistered(index);
        },
        lost: () => this.onLost(index),
        refused: (refusal) => {
          const error = refusedByEdge({ code: refusal.code, reason: refusal.reason });
          void this.end({ code: 1, reason: error.message, error });
        },
      },
    );
  }

  private onRegistered(index: number): void {
    if (this.registered.size === 0) this.configuration.forgetVersion();
    this.registered.add(index);
    if (index === 0 && !this.everReady) {
      for (const connection of this.held) connection.connect();
    }
    if (this.registered.size < this.wanted || this.everReady) return;
    this.everReady = true;
    this.resolveReady();
  }

  private onLost(index: number): void {
    this.registered.delete(index);
    if (!this.ending) this.counters.reconnects++;
  }

  /** Resolves when the grace period is over, unless everything has left before. */
  private graceOver(graceMs: number, left: Promise<unknown>): Promise<void> {
    return new Promise((resolve) => {
      const deadline = this.options.deadlines.after(graceMs, resolve);
      void Promise.race([left, this.closed]).then(() => deadline.cancel());
    });
  }

  private end(closed: Closed): Promise<void> {
    this.ending ??= this.endNow(closed);
    return this.ending;
  }

  private async endNow(closed: Closed): Promise<void> {
    this.rejectReady(closed.error ?? connectorClosed({ reason: closed.reason }));
    await Promise.all(this.held.map((connection) => connection.stop(closed.reason)));
    this.pools.close();
    this.failures.close();
    await this.admin?.close();
    this.resolveClosed(closed);
  }
}

/** @throws BAD_EDGE_URL */
function edgeUrl(edge: string): string {
  const url = URL.canParse(edge) ? new URL(edge) : undefined;
  if (url?.protocol === 'http:') url.protocol = 'ws:';
  if (url?.protocol === 'https:') url.protocol = 'wss:';
  if (!url || (url.protocol !== 'ws:' && url.protocol !== 'wss:') || url.hash !== '' || url.username !== '')
    throw badEdgeUrl({ edge });
  return url.href;
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

function deferred<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
