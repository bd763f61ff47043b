import type { LoadBalancer } from '../state/objects.js';
import type { SteeringContext } from './context.js';
import type {
  CompiledEndpoint,
  CompiledLoadBalancer,
  CompiledPool,
  CompiledRecord,
  CompiledRecords,
} from './snapshot.types.js';
import type { Attempt, Reason } from './steering.types.js';
import { share } from './weights.js';

/**
 * The endpoints of the chosen pool, one at a time. The first is chosen at once; each further one by running
 * endpoint steering again, on what is then observed, without those tried (docs/reference/load-balancing.md 14.25).
 */
export class PoolPlan {
  readonly kind = 'attempts';
  readonly loadBalancer: LoadBalancer;
  readonly zoneId: string;
  private upcoming: CompiledEndpoint | undefined;
  private tried: CompiledEndpoint[] | undefined;

  constructor(
    lb: CompiledLoadBalancer,
    private readonly pool: CompiledPool,
    private readonly fallback: boolean,
    private readonly context: SteeringContext,
    readonly reasons: Reason[],
  ) {
    this.loadBalancer = lb.loadBalancer;
    this.zoneId = lb.loadBalancer.zone_id;
    for (const reason of pool.excluded) reasons.push(reason);
    this.upcoming = this.choose();
  }

  next(): Attempt | undefined {
    const endpoint = this.upcoming ?? (this.tried && this.choose());
    if (!endpoint) return undefined;
    this.upcoming = undefined;
    if (this.tried) this.tried.push(endpoint);
    else this.tried = [endpoint];
    return this.fallback ? endpoint.fallbackAttempt : endpoint.attempt;
  }

  private choose(): CompiledEndpoint | undefined {
    const { pool, context, reasons } = this;
    const eligible = this.eligible();
    const chosen = eligible.length === 0 ? undefined : pool.steering.choose(eligible, context);
    if (chosen) {
      reasons.push(eligible === pool.endpoints ? chosen.reasons.chosen : drawn(chosen, eligible, pool));
    } else {
      reasons.push({ step: 'endpoint', outcome: 'none', detail: 'no endpoint of the pool is left' });
    }
    return chosen;
  }

  /** The pool's own list when nothing of it is ruled out, so that the usual case copies nothing. */
  private eligible(): readonly CompiledEndpoint[] {
    const { pool, tried, reasons } = this;
    // The fallback pool's health is ignored (docs/reference/load-balancing.md 2.7).
    const byHealth = pool.monitored && !this.fallback;
    if (!byHealth && !tried) return pool.endpoints;
    const left = pool.endpoints.filter((endpoint) => {
      const why = tried?.includes(endpoint)
        ? endpoint.reasons.tried
        : byHealth && isUnhealthy(pool, endpoint.origin.name, this.context)
          ? endpoint.reasons.unhealthy
          : undefined;
      if (why) reasons.push(why);
      return why === undefined;
    });
    return left.length === pool.endpoints.length ? pool.endpoints : left;
  }
}

function drawn(chosen: CompiledEndpoint, eligible: readonly CompiledEndpoint[], pool: CompiledPool): Reason {
  const sum = eligible.reduce((total, endpoint) => total + endpoint.weight, 0);
  return { ...chosen.reasons.chosen, detail: share(chosen.weight, sum, eligible.length, pool.steering.policy) };
}

export function isUnhealthy(pool: CompiledPool, endpoint: string, { observations, facts }: SteeringContext): boolean {
  return observations.healthOf(pool.pool.id, endpoint, facts.dataCenter) === 'unhealthy';
}

/** The proxied DNS records of one name, in an even draw. */
export class RecordPlan {
  readonly kind = 'attempts';
  readonly zoneId: string;
  private tried: CompiledRecord[] | undefined;

  constructor(
    private readonly compiled: CompiledRecords,
    private readonly context: SteeringContext,
    readonly reasons: Reason[],
  ) {
    this.zoneId = compiled.zoneId;
  }

  next(): Attempt | undefined {
    const { tried, reasons } = this;
    for (const record of tried ?? []) reasons.push(record.reasons.tried);
    const left = tried ? this.compiled.records.filter((record) => !tried.includes(record)) : this.compiled.records;
    const record = left[left.length > 1 ? this.context.rng.int(left.length) : 0];
    if (!record) return undefined;
    this.tried = [...(tried ?? []), record];
    reasons.push(record.reasons.chosen);
    if (!record.hostOfRequest) return record.attempt;
    return { endpoint: { ...record.endpoint, host: this.context.facts.host }, fallback: false };
  }
}

/** The one attempt at a tunnel that was asked for by its own host name. It lies in no zone, so `zoneId` is empty. */
export class TunnelPlan {
  readonly kind = 'attempts';
  readonly zoneId = '';
  private attempt: Attempt | undefined;

  constructor(
    attempt: Attempt,
    readonly reasons: Reason[],
  ) {
    this.attempt = attempt;
  }

  next(): Attempt | undefined {
    const { attempt } = this;
    this.attempt = undefined;
    return attempt;
  }
}
