import type { Rng } from '../../../runtime/rng.js';
import type { Explanation } from '../../observe/explanation.types.js';
import { explainPrivate } from './explain-private.js';
import type { PrivateDeps, PrivateForwarder, PrivateRequest } from './private.types.js';
import { runPrivate } from './private-run.js';

/** The forwarder as its owner holds it. */
export interface OwnPrivateForwarder extends PrivateForwarder {
  /** What {@link connect} would do with the connection if it came next. Changes nothing. */
  explain(request: PrivateRequest): Explanation;
  /** Counts connections from the beginning again, so that the same ones are given the same ways again. */
  reset(): void;
}

/** Carries connections into private networks. Each draws from its own fork of the generator, in the order in which they come. */
export function createPrivateForwarder(deps: PrivateDeps, rng: Rng): OwnPrivateForwarder {
  let connections = 0;
  return {
    users: () => deps.view().users,
    connect: (request, client) => runPrivate(deps, request, client, rng.fork(connections++)),
    explain: (request) => explainPrivate(deps, request, rng.fork(connections)),
    reset() {
      connections = 0;
    },
  };
}
