import type { AttemptTrace, RequestTrace } from '../observe/journal.types.js';
import type { AttemptView, RequestView } from './request-view.schema.js';
import { instant } from './schemas.js';

/** A request as the control API shows it: its own spelling of names, and times that people read. */
export function viewOfTrace(trace: RequestTrace): RequestView {
  const { ray, country, method, scheme, host, path, pool, endpoint, fallback, status, error, outcome } = trace;
  return {
    ray,
    started_at: instant(trace.startedAt),
    ended_at: trace.endedAt === undefined ? undefined : instant(trace.endedAt),
    data_center: trace.dataCenter,
    instead_of: trace.insteadOf,
    country,
    client_ip: trace.clientIp,
    method,
    scheme,
    host,
    path,
    http_version: trace.httpVersion,
    private_network: trace.privateNetwork && { ...trace.privateNetwork },
    spectrum: trace.spectrum && { ...trace.spectrum },
    load_balancer: trace.loadBalancer,
    pool,
    endpoint,
    fallback,
    status,
    error,
    request_bytes: trace.requestBytes,
    response_bytes: trace.responseBytes,
    attempts: trace.attempts.map(viewOfAttempt),
    reasons: [...trace.reasons],
    replay_of: trace.replayOf,
    outcome,
  };
}

export function viewOfAttempt({ legs, ...attempt }: AttemptTrace): AttemptView {
  return {
    ...attempt,
    legs: legs?.map(({ from, to, roundTripMs }) => ({ from, to, round_trip_ms: roundTripMs })),
  };
}
