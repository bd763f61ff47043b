import type { AttemptTrace, RequestTrace } from '../observe/journal.types.js';
import type { Attempt, Reason, SessionAction } from '../steering/steering.types.js';
import type { Connection, Failure } from '../tunnel/connection.js';

/** The record of an attempt, before anything is known but where it goes. */
export function traceOf({ endpoint, pool }: Attempt): AttemptTrace {
  return { ...(pool ? { pool: pool.name } : {}), endpoint: endpoint.name, address: endpoint.address };
}

/** An attempt begins: the request's record names where it goes, and has the attempt's own. */
export function attemptBegun(trace: RequestTrace, attempt: Attempt): AttemptTrace {
  if (attempt.pool) {
    trace.pool = attempt.pool.name;
    trace.fallback = attempt.fallback;
  }
  trace.endpoint = attempt.endpoint.name;
  const made = traceOf(attempt);
  trace.attempts.push(made);
  return made;
}

/** A tunnel's connection was chosen for an attempt, which notes it. */
export function takeConnection(trace: AttemptTrace, { connectorId, dataCenter }: Connection): Reason {
  trace.connector = connectorId;
  trace.egress = dataCenter;
  const detail = `the nearest connection of tunnel ${trace.tunnel ?? ''} ends in ${dataCenter}`;
  return { step: 'replica', subject: connectorId, outcome: 'chosen', detail };
}

/** Why a tunnel has no connection for an attempt. `full`: there are some, but they have as much as they may. */
export function noConnection(tunnel: string, full: boolean): Failure {
  return full
    ? {
        kind: 'overloaded',
        detail: `the connectors of tunnel ${tunnel} have no room for another request`,
        unsent: true,
      }
    : { kind: 'no_connector', detail: `no connector of tunnel ${tunnel} is connected`, unsent: true };
}

export function attemptFailed({ endpoint }: AttemptTrace, { detail }: Failure): Reason {
  return { step: 'attempt', subject: endpoint, outcome: 'failed', detail };
}

/** A session begins with an answer; undefined: it goes on. */
export function sessionBegun({ pool, endpoint }: Attempt, action: SessionAction): Reason | undefined {
  if (action.kind === 'header' && !action.begins) return undefined;
  return {
    step: 'session',
    subject: `${pool?.name}/${endpoint.name}`,
    outcome: 'begun',
    detail:
      action.kind === 'cookie'
        ? 'the answer sets a __cflb cookie that pins the client to this endpoint'
        : 'with the answer the configured headers pin the client to this endpoint',
  };
}

/** The name for TLS: the authority without port. An IP address names nobody, so then none is sent. */
export function serverNameOf(authority: string): string {
  const host = authority.startsWith('[') ? '' : (authority.split(':')[0] ?? '');
  return /^[\d.]+$/.test(host) ? '' : host;
}
