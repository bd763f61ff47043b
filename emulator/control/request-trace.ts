import type { RequestTrace } from '../observe/journal.types.js';
import type { RequestView } from './request-view.schema.js';

/** What the control API shows of a request, as the trace that it was, without what was recorded: for commands, which ask a running edge. */
export function traceOf(view: RequestView): RequestTrace {
  const { private_network, started_at, ended_at, data_center, client_ip, http_version, load_balancer, ...rest } = view;
  const { request_bytes, response_bytes, attempts, instead_of, replay_of, recorded: _recorded, ...same } = rest;
  return {
    ...same,
    startedAt: Date.parse(started_at),
    ...(ended_at === undefined ? {} : { endedAt: Date.parse(ended_at) }),
    dataCenter: data_center,
    clientIp: client_ip,
    httpVersion: http_version,
    ...(instead_of === undefined ? {} : { insteadOf: instead_of }),
    ...(replay_of === undefined ? {} : { replayOf: replay_of }),
    ...(private_network ? { privateNetwork: private_network } : {}),
    ...(load_balancer === undefined ? {} : { loadBalancer: load_balancer }),
    requestBytes: request_bytes,
    responseBytes: response_bytes,
    attempts: attempts.map(({ legs, ...attempt }) => ({
      ...attempt,
      ...(legs ? { legs: legs.map(({ from, to, round_trip_ms }) => ({ from, to, roundTripMs: round_trip_ms })) } : {}),
    })),
  } as RequestTrace;
}
