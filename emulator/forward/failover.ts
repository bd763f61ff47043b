import type { Attempt, AttemptsPlan, Reason } from '../steering/steering.types.js';
import { type EdgeErrorName, edgeError } from './edge-errors.js';

/**
 * Errors of the edge after which another endpoint of the pool is tried, once: 521, 522, 523, 525 and 526, all from
 * before a request was on its way. Nothing else is: not 520, 524, 502 or 530, nor what an origin answered itself
 * (docs/reference/load-balancing.md section 6 and 14.27).
 */
const FAILS_OVER: ReadonlySet<EdgeErrorName> = new Set([
  'connection_refused',
  'connection_timeout',
  'unreachable',
  'tls_handshake',
  'invalid_certificate',
]);

/** Whether an attempt that ended in this error is followed by one at another endpoint of its pool. */
export function failsOver(error: EdgeErrorName): boolean {
  return FAILS_OVER.has(error);
}

/** An attempt that failed before any answer. */
export interface FailedAttempt {
  readonly error: EdgeErrorName;
  /** Names; a DNS record's or tunnel's endpoint has no pool. */
  readonly pool: string | undefined;
  readonly endpoint: string;
  /** The request has had its further attempt. */
  readonly failedOver: boolean;
  /** Why the request cannot be sent again; undefined: it can. */
  readonly whyNotAgain: string | undefined;
}

/**
 * The one further attempt of zero-downtime failover, where there is one; the plan's reasons say why or why not. Pools
 * only: DNS records and tunnels have no other endpoint to offer (docs/reference/load-balancing.md section 6). A session
 * may forbid it (14.19).
 */
export function furtherAttempt(plan: AttemptsPlan, failed: FailedAttempt): Attempt | undefined {
  const { error, pool, endpoint, failedOver, whyNotAgain } = failed;
  if (pool === undefined || !failsOver(error)) return undefined;
  const { status } = edgeError(error);
  const { reasons } = plan;
  if (!plan.mayFailOver) {
    reasons.push(stay(`error ${status}, but the session stays at its endpoint (zero_downtime_failover: none)`));
  } else if (failedOver) {
    reasons.push(stay(`error ${status} again: there is one further attempt, not more`));
  } else if (whyNotAgain !== undefined) {
    reasons.push(stay(`error ${status}, but the request cannot be sent again: ${whyNotAgain}`));
  } else {
    const next = plan.next();
    if (!next) {
      reasons.push(stay(`error ${status}, but pool ${pool} has no other endpoint to try`));
      return undefined;
    }
    const detail = `error ${status} of ${endpoint}: one further attempt in pool ${next.pool?.name ?? pool}`;
    reasons.push({ step: 'failover', subject: next.endpoint.name, outcome: 'chosen', detail });
    return next;
  }
  return undefined;
}

function stay(detail: string): Reason {
  return { step: 'failover', outcome: 'none', detail };
}
