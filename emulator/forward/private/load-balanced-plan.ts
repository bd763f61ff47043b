import type { SteeringSnapshot } from '../../steering/snapshot.types.js';
import { steerPrivate } from '../../steering/steer.js';
import type { Attempt, AttemptsPlan, Observations, Plan, Reason } from '../../steering/steering.types.js';
import { placeOf } from '../facts.js';
import { furtherAttempt } from '../failover.js';
import type { PrivateFailure, PrivatePlan, PrivatePlanner } from './private.types.js';
import { routedPlan } from './routed-plan.js';

export interface PlannerDeps {
  readonly snapshot: () => SteeringSnapshot;
  readonly health: Pick<Observations, 'healthOf' | 'roundTripOf'>;
  /** Model time, milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * What an address stands for: the private load balancer that has it, whatever the virtual network and its routes, or
 * itself. The port goes on to endpoints that have none of their own.
 */
export function createPlanner({ snapshot, health, now }: PlannerDeps): PrivatePlanner {
  const observations: Observations = {
    healthOf: (poolId, endpoint, dataCenter) => health.healthOf(poolId, endpoint, dataCenter),
    roundTripOf: (poolId, dataCenter, region) => health.roundTripOf(poolId, dataCenter, region),
    // Weights alone decide (docs/reference/load-balancing.md 3.3, 4).
    outstanding: () => 0,
    openConnections: () => 0,
    headerSession: () => undefined,
  };
  return (destination, rng) => {
    const { ip: address, port, vantage } = destination;
    const facts = { kind: 'private', address, ...placeOf(vantage, now()) } as const;
    const plan = steerPrivate(facts, snapshot(), observations, rng);
    if (!plan) return routedPlan(destination);
    return plan.kind === 'attempts' ? attemptsOf(plan, port) : nothing(plan);
  };
}

/** As for HTTP: one further endpoint of the pool after 521, 522 or 523 (docs/reference/load-balancing.md section 6). */
function attemptsOf(plan: AttemptsPlan, port: number): PrivatePlan {
  let failedOver = false;
  const further = ({ error, attempt: { pool, endpoint } }: PrivateFailure): Attempt | undefined => {
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
function nothing(plan: Exclude<Plan, AttemptsPlan>): PrivatePlan {
  const reasons: Reason[] =
    plan.kind === 'fixed_response'
      ? [...plan.reasons, { step: 'pool_set', outcome: 'refused', detail: 'a fixed response is no answer to TCP' }]
      : plan.reasons;
  return { ...named(plan), reasons, next: () => undefined };
}

function named(plan: Plan): { readonly loadBalancer?: string } {
  return 'loadBalancer' in plan && plan.loadBalancer ? { loadBalancer: plan.loadBalancer.name } : {};
}
