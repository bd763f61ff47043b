import packageJson from '../package.json' with { type: 'json' };
import { createClock } from '../runtime/clock.js';
import { type Deadlines, realDeadlines } from '../runtime/deadlines.js';
import { createIds, randomSeed } from '../runtime/ids.js';
import { createRng } from '../runtime/rng.js';
import { accountOf, applyConfig, exportConfig, formatProblem, type OpenAddress } from './config/index.js';
import { createControl } from './control/control.js';
import { rayUnknown } from './control/errors.js';
import type { Dns } from './dns/dns.js';
import type { Edge, EdgeOptions } from './edge.types.js';
import { logEvent } from './event-log.js';
import { createExplain } from './explain.js';
import { explainedRequest } from './explained-request.js';
import { createFaults } from './faults/faults.js';
import { followFile } from './followed-file.js';
import { distanceBetween } from './geo/data-centers.js';
import { Health } from './health/health.js';
import { systemPing } from './health/ping-program.js';
import { openKept, REMEDY_AT_START, toTell } from './kept.js';
import { openListeners } from './listeners.js';
import { createEvents } from './observe/events.js';
import { createJournal } from './observe/journal.js';
import type { RequestTrace } from './observe/journal.types.js';
import { createMetrics } from './observe/metrics.js';
import { simulatedLatency } from './reach/latency/simulated-latency.js';
import { Reach } from './reach/reach.js';
import { Upstreams } from './reach/upstreams.js';
import { replayedRequest } from './replayed-request.js';
import { createState } from './state/state.js';
import type { AccountSnapshot, StateEvent } from './state/state.types.js';
import { createTraffic } from './traffic.js';
import { SERVER_NAMES } from './tunnel/cloudflared/tls.js';
import { countConnections } from './tunnel/connection-counts.js';
import { TunnelRegistry } from './tunnel/registry.js';
import { createTunnels } from './tunnels.js';
import { type EdgeView, isServedHere, ViewCompiler } from './view.js';

export type { Edge, EdgeOptions } from './edge.types.js';

/** Milliseconds of real time in which requests may finish once the edge is told to close. */
const CLOSE_GRACE = 5_000;
/** Milliseconds of real time that a reset waits for first results: an endpoint may never answer. */
const RESET_PATIENCE = 5_000;

/** Builds every part of an edge and opens its listeners. Whatever was opened is closed again when one fails. */
export async function startEdge(options: EdgeOptions): Promise<Edge> {
  const { config, log, deadlines = realDeadlines } = options;
  const seed = config.seed ?? randomSeed();
  const rng = createRng(seed);
  const ids = createIds(rng.fork('ids'));
  const clock = createClock({
    ...config.clock,
    deadlines,
    ...(options.patience !== undefined && { patience: options.patience }),
    onError: (what, error) => log.error({ err: error }, `${what} failed`),
  });

  const model = options.model?.(clock);
  /** How long answers are waited for. */
  const waits = model?.deadlines ?? deadlines;

  // What is: the account, and what follows from it.
  const events = createEvents(clock);
  events.subscribe((event) => logEvent(log, event));
  const store = await openKept(options, events);
  const state = createState({ clock, account: accountOf(config), ...(store && { keeper: store }) });
  try {
    applyConfig(state, config, store && REMEDY_AT_START);
    // Secrets that were invented are told to people, and are the same from now on.
    await state.durable();
  } catch (error) {
    await store?.close();
    throw error;
  }

  // What happens.
  const journal = createJournal();
  const tunnelName = (id: string): string | undefined => view.account.tunnels.get(id)?.name;
  const registry = new TunnelRegistry(distanceBetween);
  const metrics = createMetrics({ tunnelConnections: () => countConnections(registry.all(), tunnelName) });
  const faults = createFaults({
    state,
    clock,
    deadlines: waits,
    rng: rng.fork('faults'),
    events,
    onChanged: () => refresh(state.read()),
  });
  const announceFaults = faults.follow(state.read());
  const views = new ViewCompiler(simulatedLatency({ clock, deadlines }), model);
  let view: EdgeView = views.compile(state.read(), faults.hooks(state.read()));
  announceFaults();

  // The way out: tunnels, and connections to origins.
  const upstreams = new Upstreams(() => view.account.settings.timeouts, deadlines, options.detour);
  const reach = new Reach(
    () => view.paths,
    registry,
    upstreams,
    (code) => view.geography.find(code),
    () => view,
  );
  const tunnels = createTunnels({
    registry,
    account: state.read,
    view: () => view,
    tunnelName,
    events,
    log,
    deadlines,
    ids,
    now: () => clock.now(),
    secureContext: () => traffic.certificates.contextWith(SERVER_NAMES),
    onServing: (tunnelId) => health.tunnelConnected(tunnelId),
    onLeaving: (connection) => upstreams.retire(connection),
    onGone: (connection) => {
      upstreams.forget(connection);
      model?.connectionGone(connection);
    },
  });
  const health = new Health({
    clock,
    deadlines: waits,
    events,
    reach,
    account: state.read,
    geography: () => view.geography,
    rng: rng.fork('probes'),
    tunnelName,
    ping: systemPing(),
    isProxied: (host) => isServedHere(view, host),
    configuring: (tunnelId) => tunnels.push.settling(tunnelId),
    hook: () => view.faults.probe,
  });

  // The way in.
  const traffic = createTraffic({
    view: () => view,
    tunnelName,
    health,
    reach,
    journal,
    metrics,
    events,
    log,
    deadlines,
    waits,
    clock,
    rng,
    ...(store && { caStore: store.ca }),
  });
  const { certificates, ingress, onRamp, spectrum } = traffic;

  /** Puts what the account says, and the faults that are active, into effect. */
  const refresh = (account: AccountSnapshot, event?: StateEvent): void => {
    view = views.compile(account, faults.hooks(account), event);
    tunnels.homes.review();
  };
  state.subscribe((event) => {
    const announce = faults.follow(event.after);
    refresh(event.after, event);
    tunnels.push.follow(event);
    tunnels.statuses.follow(event);
    health.follow(event);
    if (event.changes.some(({ kind }) => kind === 'spectrum')) void spectrum.follow();
    if (event.before.settings.timeouts !== event.after.settings.timeouts) upstreams.renew();
    if (event.changes.length > 0) {
      events.emit(
        'state.changed',
        `${event.changes.length} ${event.changes.length === 1 ? 'object' : 'objects'} changed`,
        {
          by: event.by,
          revision: event.after.revision,
          changes: event.changes.map(({ kind, id, action }) => ({ kind, id, action })),
        },
      );
    }
    announce();
  });

  // The control side, first, so that readiness can be asked for while the rest opens.
  const opened: OpenAddress[] = [];
  const addresses = (): readonly OpenAddress[] => [
    ...opened,
    ...spectrum
      .addresses()
      .map(({ application, address }): OpenAddress => ({ name: `spectrum ${application}`, application, address })),
  ];
  let ready = false;
  let dns: Dns | undefined;
  const reset = async (): Promise<void> => {
    // First, so that nothing is told of what old results mean for objects that return.
    health.forget();
    state.reset();
    const written = state.durable();
    // It is awaited at the end.
    written.catch(() => undefined);
    const announce = faults.restart();
    refresh(state.read());
    announce();
    health.follow();
    journal.clear();
    traffic.reset();
    await Promise.all([
      spectrum.follow(),
      // Whoever holds a manual clock decides when probes happen.
      clock.mode === 'manual' ? undefined : within(RESET_PATIENCE, health.firstResults(), deadlines),
    ]);
    await written;
  };
  const replay = async (ray: string, stop?: AbortSignal): Promise<RequestTrace> => {
    const trace = journal.find(ray);
    if (!trace) throw rayUnknown({ ray });
    return traffic.http.send(replayedRequest(trace, view.vantage), stop);
  };
  const control = createControl({
    state,
    journal,
    events,
    metrics,
    clock,
    deadlines,
    log,
    readiness: () => ({ ready, missing: ready ? [] : ['the listeners are not all open'] }),
    faults,
    connections: () => registry.all(),
    tunnelStatus: (tunnel) => tunnels.statuses.of(tunnel),
    pendingReconnects: (tunnelId) => tunnels.statuses.pendingReconnects(tunnelId),
    isRunning: (code) => view.geography.isRunning(code),
    health,
    explain: createExplain({ view: () => view, traffic }),
    replay,
    reset,
    exportConfig: (options) => exportConfig(state.read(), options),
    caPem: () => certificates.caPem(),
    token: () => view.account.account.api_token,
    listeners: addresses,
    clientApi: async () => {
      const { createApi } = await import('./api/api.js');
      return createApi({
        state,
        durable: () => state.durable(),
        now: () => clock.now(),
        log,
        health,
        previews: health.previews,
        events,
        connections: (tunnelId) => registry.of(tunnelId),
        tunnelStatus: (tunnel) => tunnels.statuses.of(tunnel),
        pendingReconnects: (tunnelId) => tunnels.statuses.pendingReconnects(tunnelId),
      });
    },
    version: packageJson.version,
  });

  const watch = options.watch ? followFile(options, { state, deadlines, metrics, events }) : undefined;

  let resolveClosed: () => void = () => undefined;
  const closed = new Promise<void>((resolve) => {
    resolveClosed = resolve;
  });
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= (async () => {
      watch?.close();
      health.close();
      await dns?.close();
      await traffic.close(CLOSE_GRACE);
      // Connections that wait to be used again would keep the tunnels busy.
      upstreams.renew();
      await tunnels.close(CLOSE_GRACE);
      await Promise.all([upstreams.close(), control.close()]);
      traffic.end();
      clock.close();
      await store?.close();
      resolveClosed();
    })();
    return closing;
  };

  try {
    await openListeners(config, opened, {
      api: (host, port) => control.listen(host, port),
      connectors: (host, port) => tunnels.connectors.listen(host, port),
      cloudflared: (host, port, dataCenter) => tunnels.cloudflared.listen(host, port, dataCenter),
      http: (host, port) => ingress.listenHttp(host, port),
      https: (host, port) => ingress.listenHttps(host, port),
      on_ramp: (host, port) => onRamp.listen(host, port),
      dns: async (host, port) => {
        const { createDns } = await import('./dns/dns.js');
        dns = createDns({
          view: () => view,
          cloudflared: () => tunnels.cloudflared.addresses,
          clients: [config.listen.http, config.listen.https].flatMap((address) => address?.host ?? []),
          answers: config.listen.dns?.answers ?? [],
          deadlines,
          onError: (error) => log.error({ err: error }, 'a DNS query could not be answered'),
        });
        return dns.listen(host, port);
      },
    });
    await spectrum.open();
  } catch (error) {
    await close();
    throw error;
  }
  health.follow();
  ready = true;

  return {
    get addresses() {
      return addresses();
    },
    seed,
    warnings: toTell(config.warnings, options).map(formatProblem),
    state,
    clock,
    journal,
    events,
    faults,
    health,
    connections: () => registry.all(),
    homes: tunnels.homes,
    handle: (asked, response) => {
      const from = { resolver: view.vantage, vantage: view.account.settings.vantage };
      traffic.http.handle(explainedRequest(asked, from), response);
    },
    caPem: () => certificates.caPem(),
    replay,
    reset,
    close,
    closed,
  };
}

/** Resolves with the promise, or when the time is over. */
async function within(milliseconds: number, promise: Promise<void>, deadlines: Deadlines): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const patience = deadlines.after(milliseconds, resolve);
    promise.then(resolve, reject).finally(() => patience.cancel());
  });
}
