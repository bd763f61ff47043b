import type { Rng } from '../../runtime/rng.js';
import type { ClientRequest, ClientResponse, ClientUpgrade, Forwarder, RefusedRequest } from './exchange.js';
import type { ForwardDeps } from './forward.types.js';
import { recordRefused } from './refused.js';
import { RequestRun } from './request-run.js';
import { UpgradeRun } from './upgrade-run.js';

/**
 * Carries out what steering decides. Requests are numbered in the order in which they come, and each draws
 * from its own fork of the generator: the same seed and requests give the same routes. What ingress refuses is
 * numbered by itself, so that it moves nothing of what is forwarded.
 */
export function createForwarder(deps: ForwardDeps, rng: Rng): Forwarder & { reset(): void } {
  let requests = 0;
  let refusals = 0;
  const refusalRng = rng.fork('refused');
  return {
    pages: deps.pages,
    /** Counts requests from the beginning again, so that the same requests are given the same routes again. */
    reset() {
      requests = 0;
      refusals = 0;
    },
    handle(request: ClientRequest, response: ClientResponse): void {
      new RequestRun(deps, request, response, rng.fork(requests++)).start();
    },
    upgrade(upgrade: ClientUpgrade): void {
      new UpgradeRun(deps, upgrade, rng.fork(requests++)).start();
    },
    refused: (refused: RefusedRequest): string => recordRefused(deps, refusalRng.fork(refusals++), refused),
  };
}
