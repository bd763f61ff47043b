import type { Attempt, AttemptsPlan, Plan, Reason } from '../../steering/steering.types.js';
import { furtherAttempt } from '../failover.js';
import type { ConnectionFailure, ConnectionPlan } from './connection.types.js';

/**
 * What a load balancer decided, for a connection. `port` is the one that the client asked for: it goes on to endpoints
 * that have none of their own (docs/reference/load-balancing.md 9.4).
 */
export function plannedConnection(plan: Plan, port: number): ConnectionPlan {
  return plan.kind === 'attempts' ? attemptsOf(plan, port) : nothing(plan);
}

/** As for HTTP: one further endpoint of the pool after 521, 522 or 523 (docs/reference/load-balancing.md section 6). */
function attemptsOf(plan: AttemptsPlan, port: number): ConnectionPlan {
  let failedOver = false;
  const further = ({ error, attempt: { pool, endpoint } }: ConnectionFailure): Attempt | undefined => {
    const failed = { error, pool: pool?.name, endpoint: endpoint.name, failedOver, whyNotAgain: undefined };
    failedOver = true;
    return furtherAttempt(plan, failed);
  };
  return {
    ...named(plan),
    reasons: plan.reasons,
    next(failed) {
      const attempt = failed ? further(failed) : plan.next();
      if (attempt?.endpoint.port !== 0) return attempt;
      return { ...attempt, endpoint: { ...attempt.endpoint, port } };
    },
  };
}

/** Nothing is available, or what is asked for is an answer of HTTP. */
function nothing(plan: Exclude<Plan, AttemptsPlan>): ConnectionPlan {
  const reasons: Reason[] =
    plan.kind === 'fixed_response'
      ? [...plan.reasons, { step: 'pool_set', outcome: 'refused', detail: 'a fixed response is no answer to TCP' }]
      : plan.reasons;
  return { ...named(plan), reasons, next: () => undefined };
}

function named(plan: Plan): { readonly loadBalancer?: string } {
  return 'loadBalancer' in plan && plan.loadBalancer ? { loadBalancer: plan.loadBalancer.name } : {};
}
