import type { Rng } from '../../../runtime/rng.js';
import type { LoadBalancer } from '../../state/objects.js';
import { isUnhealthy } from '../availability.js';
import type { SteeringContext } from '../context.js';
import { hash } from '../endpoints/hash.js';
import type { PoolOrder } from '../pool-order.js';
import { type Session, sessionAfter } from '../session/session.js';
import type { CompiledEndpoint, CompiledPool, CompiledSettings } from '../snapshot.types.js';
import type { Attempt, AttemptsPlan, Reason, SessionAction } from '../steering.types.js';

export interface LoadBalancerPlanParts {
  readonly loadBalancer: LoadBalancer;
  readonly settings: CompiledSettings;
  readonly context: SteeringContext;
  /** The request's own draws, where those of `context` depend on the client alone: no two cookies are the same (5.1). */
  readonly own: Rng;
  readonly reasons: Reason[];
  /** The pools that come next, for failover across pools. */
  readonly order: PoolOrder;
  readonly session: Session | undefined;
  /** Where it begins: at the session's endpoint, or with endpoint steering in this pool. */
  readonly pool: CompiledPool;
  readonly fallback: boolean;
}

/**
 * The endpoints for one request, one at a time: the session's, or one of the chosen pool. Each further one by running
 * endpoint steering again, on what is then observed, without those tried (docs/reference/load-balancing.md 14.25); with
 * `failover_across_pools` also in the pools that come next, and at last in the fallback pool (section 6, 14.30).
 */
export class LoadBalancerPlan implements AttemptsPlan {
  readonly kind = 'attempts';
  readonly loadBalancer: LoadBalancer;
  readonly zoneId: string;
  readonly reasons: Reason[];
  readonly mayFailOver: boolean;
  private pool: CompiledPool;
  private fallback: boolean;
  private upcoming: CompiledEndpoint | undefined;
  private readonly tried: CompiledEndpoint[] = [];
  /** The pool whose endpoints are explained already. */
  private entered: CompiledPool | undefined;

  constructor(private readonly parts: LoadBalancerPlanParts) {
    const { loadBalancer, session, pool, fallback, reasons } = parts;
    this.loadBalancer = loadBalancer;
    this.zoneId = loadBalancer.zone_id;
    this.reasons = reasons;
    this.pool = pool;
    this.fallback = fallback;
    this.mayFailOver = !session?.pinned || session.affinity.failover !== 'none';
    this.upcoming = session?.pinned?.endpoint ?? this.choose();
  }

  next(): Attempt | undefined {
    const endpoint = this.upcoming ?? this.choose() ?? this.elsewhere();
    if (!endpoint) return undefined;
    this.upcoming = undefined;
    this.tried.push(endpoint);
    return this.fallback ? endpoint.fallbackAttempt : endpoint.attempt;
  }

  answered(attempt: Attempt): SessionAction | undefined {
    const { session, context, own } = this.parts;
    return session && sessionAfter(session, attempt, context.facts.now, own);
  }

  private choose(): CompiledEndpoint | undefined {
    const { pool, reasons } = this;
    const { context, session } = this.parts;
    if (this.entered !== pool) for (const reason of pool.excluded) reasons.push(reason);
    this.entered = pool;
    const eligible = this.eligible();
    // The client's address alone decides where an `ip_cookie` begins.
    const steering = session?.affinity.type === 'ip_cookie' ? hash : pool.steering;
    const chosen = eligible.length === 0 ? undefined : steering.choose(eligible, context);
    if (!chosen) {
      reasons.push({ step: 'endpoint', outcome: 'none', detail: `no endpoint of pool ${pool.pool.name} is left` });
    } else if (eligible.length === 1) {
      reasons.push(chosen.reasons.chosen);
    } else {
      reasons.push({ ...chosen.reasons.chosen, detail: steering.explain(chosen, eligible, context) });
    }
    return chosen;
  }

  /** The pool's own list when nothing of it is ruled out, so that the usual case copies nothing. */
  private eligible(): readonly CompiledEndpoint[] {
    const { pool, tried, reasons } = this;
    // The fallback pool's health is ignored (docs/reference/load-balancing.md 2.7).
    const byHealth = pool.monitored && !this.fallback;
    if (!byHealth && tried.length === 0) return pool.endpoints;
    const left = pool.endpoints.filter((endpoint) => {
      const why = tried.includes(endpoint)
        ? endpoint.reasons.tried
        : byHealth && isUnhealthy(pool, endpoint.origin.name, this.parts.context)
          ? endpoint.reasons.unhealthy
          : undefined;
      if (why) reasons.push(why);
      return why === undefined;
    });
    return left.length === pool.endpoints.length ? pool.endpoints : left;
  }

  /** An endpoint of another pool, where failover may cross pools. */
  private elsewhere(): CompiledEndpoint | undefined {
    const { settings, order, reasons } = this.parts;
    if (!settings.failsOverAcrossPools || this.fallback) return undefined;
    for (let candidate = order.next(); candidate; candidate = order.next()) {
      this.pool = candidate.pool;
      const chosen = this.choose();
      if (chosen) return chosen;
    }
    const { fallback } = settings;
    if (!fallback) return undefined;
    reasons.push(fallback.reasons.fallback);
    this.pool = fallback;
    this.fallback = true;
    return this.choose();
  }
}
