import { whyUnavailable } from './availability.js';
import type { CandidateList } from './candidate-lists.js';
import type { SteeringContext } from './context.js';
import type { DrawingPolicy, PoolSteering, WalkingPolicy } from './policies/pool-steering.js';
import { shedsNew } from './shedding.js';
import type { Candidate, CompiledPool } from './snapshot.types.js';
import type { Reason } from './steering.types.js';

/**
 * The pools for one request, one at a time: available, as the policy has them, without those that shed it
 * (docs/reference/load-balancing.md 3.1 step 5). Says what was passed over and why.
 */
export class PoolOrder {
  /** For a walk all of them in order, for a draw those that were available; undefined until the first is asked for. */
  private pools: readonly Candidate[] | undefined;
  /** How far a walk has come. */
  private position = 0;
  /** A walk gave one already. */
  private gaveOne = false;
  /** What a draw gave last: not drawn again. */
  private drawn: Candidate | undefined;

  /** @param except a pool that was ruled out before, e.g. because it shed the request's session */
  constructor(
    private readonly list: CandidateList,
    private readonly steering: PoolSteering,
    private readonly context: SteeringContext,
    private readonly reasons: Reason[],
    private readonly except: CompiledPool | undefined,
  ) {}

  next(): Candidate | undefined {
    const { steering, list } = this;
    if (!this.pools && list.reason) this.reasons.push(list.reason);
    for (;;) {
      const chosen = steering.kind === 'walk' ? this.walk(steering) : this.draw(steering);
      if (!chosen) return undefined;
      const shed = shedsNew(chosen.pool, this.context);
      if (!shed) return chosen;
      this.reasons.push(shed);
    }
  }

  private walk(steering: WalkingPolicy): Candidate | undefined {
    this.pools ??= steering.walk(this.list.candidates, this.context);
    while (this.position < this.pools.length) {
      const candidate = this.pools[this.position++] as Candidate;
      if (!this.isAvailable(candidate)) continue;
      const among = this.gaveOne ? 'remaining pools' : 'available pools';
      this.gaveOne = true;
      this.explain(candidate, steering.explain?.(candidate, this.context, among));
      return candidate;
    }
    return undefined;
  }

  private draw(steering: DrawingPolicy): Candidate | undefined {
    const before = this.pools ?? this.list.candidates;
    this.pools = before.filter((candidate) => candidate !== this.drawn && this.isAvailable(candidate));
    const chosen = this.pools.length === 0 ? undefined : steering.draw(this.pools, this.context);
    if (!chosen) return undefined;
    this.drawn = chosen;
    this.explain(chosen, steering.explain(chosen, this.pools, this.context));
    return chosen;
  }

  private isAvailable({ pool }: Candidate): boolean {
    if (pool === this.except) return false;
    const why = whyUnavailable(pool, this.context);
    if (why) this.reasons.push(why);
    return why === undefined;
  }

  private explain({ pool }: Candidate, detail: string | undefined): void {
    const { first } = pool.reasons;
    this.reasons.push(detail === undefined ? first : { ...first, detail });
  }
}
