import type { Rng } from '../../runtime/rng.js';
import type { SteeringContext } from './context.js';
import { isUnhealthy, PoolPlan, RecordPlan, TunnelPlan } from './plans.js';
import type { CompiledLoadBalancer, CompiledPool, SteeringSnapshot } from './snapshot.types.js';
import type { Facts, Observations, Plan, Reason } from './steering.types.js';

/**
 * Decides what happens to a request (docs/reference/load-balancing.md 3.1, 15). Pure: the same facts, snapshot,
 * observations and generator give the same plan.
 *
 * An `attempts` plan has at least one attempt. Its endpoints are drawn from `rng`, which must be the request's own.
 */
export function steer(facts: Facts, snapshot: SteeringSnapshot, observations: Observations, rng: Rng): Plan {
  const found = snapshot.find(facts.host);
  switch (found?.kind) {
    case undefined:
      return { kind: 'unknown_host', reasons: [unknownHost(facts.host)] };
    case 'disabled':
      return { kind: 'unknown_host', reasons: [...found.reasons, unknownHost(facts.host)] };
    case 'dns_only':
      return { kind: 'dns_only', name: found.name, what: found.what, reasons: [...found.reasons] };
    case 'tunnel_hostname':
      return new TunnelPlan(found.attempt, [...found.reasons]);
    case 'dns_record':
      return new RecordPlan(found.target, { facts, observations, rng }, [...found.reasons]);
    case 'load_balancer':
      return steerLoadBalancer(found.target, { facts, observations, rng });
  }
}

function unknownHost(host: string): Reason {
  return {
    step: 'host',
    subject: host,
    outcome: 'unknown',
    detail: 'no load balancer, DNS record or tunnel answers for this name',
  };
}

function steerLoadBalancer(lb: CompiledLoadBalancer, context: SteeringContext): Plan {
  const reasons = lb.opening.slice();
  const available = lb.settled ?? lb.candidates.filter((pool) => isAvailable(pool, context, reasons));
  const pool = available.length === 0 ? undefined : lb.steering.choose(available, context);
  if (pool) {
    reasons.push(pool.reasons.chosen);
    return new PoolPlan(lb, pool, false, context, reasons);
  }

  reasons.push(lb.reasons.noneAvailable);
  if (lb.fallback) {
    reasons.push(lb.fallback.reasons.fallback);
    return new PoolPlan(lb, lb.fallback, true, context, reasons);
  }
  reasons.push(lb.reasons.fallbackRefused);
  return { kind: 'refused', status: 530, code: 1016, loadBalancer: lb.loadBalancer, reasons };
}

/**
 * Enabled, with an endpoint that may be chosen, and not critical (docs/reference/load-balancing.md 2.5, 3.1).
 * Disabled endpoints count as not healthy, those of weight 0 count like others (14.12). Says why where it is not.
 */
function isAvailable(pool: CompiledPool, context: SteeringContext, reasons: Reason[]): boolean {
  if (pool.unavailable) {
    reasons.push(pool.unavailable);
    return false;
  }
  if (!pool.monitored) return true;

  let healthy = 0;
  for (const name of pool.counted) if (!isUnhealthy(pool, name, context)) healthy++;
  if (healthy < pool.pool.minimum_origins) {
    reasons.push(pool.reasons.critical);
    return false;
  }
  if (pool.endpoints.every((endpoint) => isUnhealthy(pool, endpoint.origin.name, context))) {
    reasons.push(pool.reasons.noneEligible);
    return false;
  }
  return true;
}
