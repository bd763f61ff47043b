import type { Rng } from '../../runtime/rng.js';
import type { Explanation } from '../observe/explanation.types.js';
import type { RequestTrace } from '../observe/journal.types.js';
import type { Observations } from '../steering/steering.types.js';
import type { ClientRequest, ClientResponse, ClientUpgrade, Forwarder, RefusedRequest } from './exchange.js';
import { Explaining, type ExplainOptions } from './explain.js';
import type { ForwardDeps, RunDeps } from './forward.types.js';
import { HeaderSessions } from './header-sessions.js';
import { LiveLoad } from './live-load.js';
import { recordRefused } from './refused.js';
import { RequestRun } from './request-run.js';
import { unreadResponse } from './unread-response.js';
import { UpgradeRun } from './upgrade-run.js';

/** The forwarder as its owner holds it. */
export interface OwnForwarder extends Forwarder {
  /** What steering reads while it decides: what health knows, and what is in hand here. */
  readonly observations: Observations;
  /** What is in hand, of HTTP and of whoever else counts it here. */
  readonly live: LiveLoad;
  /** What {@link handle} would do with the request if it came next. Changes nothing, so that the next one is given just that. */
  explain(request: ClientRequest, options?: ExplainOptions): Explanation;
  /** Carries out a request whose answer nobody reads. Resolves with its record once it has ended, or `stop` ended it. */
  send(request: ClientRequest, stop?: AbortSignal): Promise<RequestTrace>;
  /** Counts requests from the beginning again, so that the same requests are given the same routes again; forgets sessions and what is in hand. */
  reset(): void;
}

/**
 * Carries out what steering decides. Requests are numbered in the order in which they come, and each draws
 * from its own fork of the generator: the same seed and requests give the same routes. What ingress refuses is
 * numbered by itself, so that it moves nothing of what is forwarded.
 */
export function createForwarder(deps: ForwardDeps, rng: Rng): OwnForwarder {
  let requests = 0;
  const { health } = deps;
  const live = new LiveLoad();
  const sessions = new HeaderSessions(deps.now);
  const observations: Observations = {
    healthOf: (poolId, endpoint, dataCenter) => health.healthOf(poolId, endpoint, dataCenter),
    roundTripOf: (poolId, dataCenter, region) => health.roundTripOf(poolId, dataCenter, region),
    outstanding: (poolId, endpoint) => live.outstanding(poolId, endpoint),
    openConnections: (poolId, endpoint) => live.openConnections(poolId, endpoint),
    headerSession: (loadBalancerId, key) => sessions.find(loadBalancerId, key),
  };
  const run: RunDeps = { ...deps, observations, live, sessions };
  let refusals = 0;
  const refusalRng = rng.fork('refused');
  return {
    pages: deps.pages,
    observations,
    live,
    reset() {
      requests = 0;
      live.clear();
      sessions.clear();
      refusals = 0;
    },
    explain: (request, options = {}) => new Explaining(run, request, rng.fork(requests), options).explanation(),
    async send(request, stop) {
      let sent: RequestRun | undefined;
      await new Promise<void>((resolve) => {
        sent = new RequestRun(run, request, unreadResponse(resolve, stop), rng.fork(requests++));
        sent.start();
      });
      return (sent as RequestRun).record;
    },
    handle(request: ClientRequest, response: ClientResponse): void {
      new RequestRun(run, request, response, rng.fork(requests++)).start();
    },
    upgrade(upgrade: ClientUpgrade): void {
      new UpgradeRun(run, upgrade, rng.fork(requests++)).start();
    },
    refused: (refused: RefusedRequest): string => recordRefused(deps, refusalRng.fork(refusals++), refused),
  };
}
