import { ResetCause, type ResetMessage } from '../../../protocol/messages.js';
import type { Failure, FailureKind } from '../connection.js';
import { saidBy } from '../said-by.js';

const KIND: Readonly<Record<ResetCause, FailureKind>> = {
  [ResetCause.CANCELLED]: 'reset',
  [ResetCause.REFUSED]: 'refused',
  [ResetCause.TIMEOUT]: 'timeout',
  [ResetCause.UNREACHABLE]: 'unreachable',
  // The connector stands where no route leads to that address: to the client that is the same.
  [ResetCause.NOT_ALLOWED]: 'unreachable',
  [ResetCause.ORIGIN_RESET]: 'reset',
  [ResetCause.STREAM_REFUSED]: 'no_connector',
  [ResetCause.TLS]: 'tls',
  [ResetCause.CERTIFICATE]: 'certificate',
  [ResetCause.INVALID_RESPONSE]: 'invalid_response',
  [ResetCause.DNS]: 'dns',
  [ResetCause.INTERNAL]: 'unspecified',
  [ResetCause.FLOW_LIMIT]: 'overloaded',
  [ResetCause.LOST]: 'lost',
};

/** What a RESET means to whoever sent the request. */
export function failureOf(reset: ResetMessage, connectorId: string): Failure {
  const detail = reset.cause === ResetCause.LOST ? reset.detail : saidBy(connectorId, reset.detail);
  return { kind: KIND[reset.cause], detail, unsent: reset.unsent };
}
