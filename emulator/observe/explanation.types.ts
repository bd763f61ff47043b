import type { Reason } from '../steering/steering.types.js';
import type { AttemptTrace, RequestTrace } from './journal.types.js';

/**
 * What would become of a request.
 *
 * - `attempt`: it would be sent to an endpoint, or connected to one: the last of `attempts`.
 * - `redirect`, `fixed_response`, `error`: the edge would answer itself, with `status`.
 * - `dns_only`, `unknown_host`: no data center answers for the name; so that is an error too, with its `status`.
 */
export type ExplainedOutcome = 'attempt' | 'redirect' | 'fixed_response' | 'error' | 'dns_only' | 'unknown_host';

/** What the next request of this form would get, and why. */
export interface Explanation
  extends Pick<
    RequestTrace,
    | 'dataCenter'
    | 'country'
    | 'clientIp'
    | 'method'
    | 'scheme'
    | 'host'
    | 'path'
    | 'httpVersion'
    | 'privateNetwork'
    | 'spectrum'
    | 'loadBalancer'
    | 'pool'
    | 'endpoint'
    | 'fallback'
    | 'status'
    | 'error'
    | 'reasons'
  > {
  readonly outcome: ExplainedOutcome;
  /** Load-balancer region of the data center. */
  readonly region: string;
  /** In order. All but the last are known to fail before anything is sent. */
  readonly attempts: readonly AttemptTrace[];
  /** Of a redirect or fixed response. */
  readonly location?: string;
  /** What the answer would do to the session; absent: nothing. */
  readonly session?: ExplainedSession;
  /** Where it would go if the endpoint failed before it had the request; absent: nobody asked, or nothing is sent. */
  readonly failover?: ExplainedFailover;
}

export interface ExplainedSession {
  readonly kind: 'cookie' | 'header';
  /** One sentence for people. */
  readonly detail: string;
}

export interface ExplainedFailover {
  /** Absent: there would be none, as the reasons say. */
  readonly attempt?: AttemptTrace;
  readonly reasons: readonly Reason[];
}
