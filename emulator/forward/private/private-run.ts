import type { Rng } from '../../../runtime/rng.js';
import type { ConnectionClient } from '../connection/connection.types.js';
import { ConnectionRun } from '../connection/connection-run.js';
import { decide } from './decide.js';
import { kindOf } from './kind.js';
import type { PrivateDeps, PrivateRequest } from './private.types.js';

/**
 * One connection into a private network, carried out: policy, then a load balancer or route, and what follows from it.
 *
 * @returns how the client gives up before the connection stands
 */
export function runPrivate(deps: PrivateDeps, request: PrivateRequest, client: ConnectionClient, rng: Rng): () => void {
  const run = new ConnectionRun(deps, request.vantage, kindOf(request), client, rng);
  const decision = decide(request, deps.view());
  run.reasons.push(...decision.reasons);
  const { privateNetwork } = run.trace;
  if (privateNetwork && decision.network !== undefined) privateNetwork.name = decision.network;
  if (decision.kind === 'refused') run.refuse(decision.cause, decision.error, decision.detail);
  else void run.carryOut(deps.plan(decision.destination, rng));
  return () => run.giveUp();
}
