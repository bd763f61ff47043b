import type { Rng } from '../../runtime/rng.js';
import type { SteeringContext } from './context.js';
import { type FieldValues, fieldValues } from './expression/index.js';
import { LoadBalancerPlan } from './plans/load-balancer-plan.js';
import { RecordPlan } from './plans/record-plan.js';
import { TunnelPlan } from './plans/tunnel-plan.js';
import { PoolOrder } from './pool-order.js';
import { addressRng } from './session/address-rng.js';
import { findSession, inFallbackPool, type Session } from './session/session.js';
import type {
  CompiledLoadBalancer,
  CompiledPoolSet,
  CompiledRule,
  CompiledSettings,
  SteeringSnapshot,
} from './snapshot.types.js';
import { stableSteering } from './stable-steering.js';
import type { Facts, HttpFacts, Observations, Plan, PrivateFacts, Reason, TcpFacts } from './steering.types.js';

/**
 * Decides what happens to a request, in the order of docs/reference/load-balancing.md 3.1 and 15. Pure: the same facts,
 * snapshot, observations and generator give the same plan.
 *
 * An `attempts` plan has at least one attempt. Its endpoints are drawn from `rng`, which must be the request's own.
 */
export function steer(facts: HttpFacts, snapshot: SteeringSnapshot, observations: Observations, rng: Rng): Plan {
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

/**
 * The same for a connection to the address of a private load balancer: pool sets, pools and endpoints as for HTTP; no
 * rules and no sessions, which are HTTP's (docs/reference/load-balancing.md 1.1, 9.4). A `fixed_response` is no answer
 * to a connection. undefined: the address is no load balancer's.
 */
export function steerPrivate(
  facts: PrivateFacts,
  snapshot: SteeringSnapshot,
  observations: Observations,
  rng: Rng,
): Plan | undefined {
  const lb = snapshot.findPrivate(facts.address);
  return lb && steerConnection(lb, { facts, observations, rng });
}

/** The same for a connection to a Spectrum application (9.4). undefined: there is no such application any more. */
export function steerTcp(
  facts: TcpFacts,
  snapshot: SteeringSnapshot,
  observations: Observations,
  rng: Rng,
): Plan | undefined {
  const lb = snapshot.findTcp(facts.application);
  return lb && steerConnection(lb, { facts, observations, rng });
}

/** Whatever was compiled without rules and sessions. */
function steerConnection(lb: CompiledLoadBalancer, context: SteeringContext): Plan {
  const { loadBalancer } = lb;
  const reasons = lb.opening.slice();
  if (!loadBalancer.enabled) {
    reasons.push({ step: 'load_balancer', subject: loadBalancer.name, outcome: 'refused', detail: 'it is disabled' });
    return { kind: 'refused', status: 530, code: 1016, loadBalancer, zoneId: loadBalancer.zone_id, reasons };
  }
  const poolSet = choosePoolSet(lb, context.facts, reasons);
  if (poolSet?.fixedResponse) return answered(lb, poolSet.fixedResponse, reasons);
  return choosePool(lb, lb.settingsFor(poolSet, []), context, reasons, undefined);
}

function choosePoolSet(lb: CompiledLoadBalancer, facts: Facts, reasons: Reason[]): CompiledPoolSet | undefined {
  const poolSet = lb.poolSets.find(({ matches }) => matches(facts));
  const passedOver = poolSet ? poolSet.before : lb.noPoolSet;
  if (passedOver) reasons.push(passedOver);
  if (poolSet) reasons.push(poolSet.reason);
  return poolSet;
}

function steerLoadBalancer(lb: CompiledLoadBalancer, context: SteeringContext<HttpFacts>): Plan {
  const reasons = lb.opening.slice();
  const poolSet = choosePoolSet(lb, context.facts, reasons);
  if (poolSet?.fixedResponse) return answered(lb, poolSet.fixedResponse, reasons);

  const rules: CompiledRule[] = [];
  let fields: FieldValues | undefined;
  for (const rule of lb.rules) {
    const { condition } = rule;
    if (condition && !rule.disabled) fields ??= fieldValues(lb.loadBalancer.name, context.facts);
    if (rule.disabled || (condition && fields && !condition.matches(fields))) {
      reasons.push(rule.skipped);
      continue;
    }
    reasons.push(rule.reason);
    if (rule.fixedResponse) return answered(lb, rule.fixedResponse, reasons);
    rules.push(rule);
    if (rule.terminates) break;
  }
  const settings = lb.settingsFor(poolSet, rules);
  const session = settings.affinity && findSession(settings.affinity, context, reasons);
  return choosePool(lb, settings, context, reasons, session);
}

function answered(
  { loadBalancer }: CompiledLoadBalancer,
  response: Extract<Plan, { kind: 'fixed_response' }>['response'],
  reasons: Reason[],
): Plan {
  return { kind: 'fixed_response', response, loadBalancer, zoneId: loadBalancer.zone_id, reasons };
}

/** The session's endpoint; else the first pool that takes it; else the fallback pool. */
function choosePool(
  { loadBalancer }: CompiledLoadBalancer,
  settings: CompiledSettings,
  given: SteeringContext,
  reasons: Reason[],
  session: Session | undefined,
): Plan {
  const byAddress = session?.affinity.type === 'ip_cookie';
  const context = byAddress ? { ...given, rng: addressRng(given.facts.clientIp) } : given;
  const steering = byAddress ? stableSteering(settings.steering) : settings.steering;
  const list = settings.lists(context.facts);
  const except = session?.pinned?.pool ?? session?.shedBy;
  const order = new PoolOrder(list, steering, context, reasons, except);
  const parts = { loadBalancer, settings, context, own: given.rng, reasons, order };

  const chosen = session?.pinned ?? order.next();
  if (chosen) return new LoadBalancerPlan({ ...parts, session, pool: chosen.pool, fallback: false });

  reasons.push(list.noneAvailable);
  const { fallback } = settings;
  if (fallback) {
    reasons.push(fallback.reasons.fallback);
    const kept = session && inFallbackPool(session, fallback, reasons);
    return new LoadBalancerPlan({ ...parts, session: kept, pool: fallback, fallback: true });
  }
  reasons.push(settings.fallbackRefused);
  return { kind: 'refused', status: 530, code: 1016, loadBalancer, zoneId: loadBalancer.zone_id, reasons };
}
