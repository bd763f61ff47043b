import type { PinnedEndpoint, SessionAction } from '../steering/steering.types.js';

interface Kept {
  readonly pinned: PinnedEndpoint;
  /** Model time, milliseconds since the epoch. */
  readonly expires: number;
}

/** More sessions than a test or a demonstration has clients; each takes some hundred bytes. */
const MAX_SESSIONS = 10_000;

/**
 * Sessions of load balancers with `header` affinity: they live here, not at the client, and end when they were not
 * used for their lifetime (docs/reference/load-balancing.md 5.1, 14.18). The one not used for longest makes room.
 */
export class HeaderSessions {
  /** Oldest use first. */
  private readonly kept = new Map<string, Kept>();

  constructor(
    private readonly now: () => number,
    private readonly most = MAX_SESSIONS,
  ) {}

  get size(): number {
    return this.kept.size;
  }

  find(loadBalancerId: string, key: string): PinnedEndpoint | undefined {
    const found = this.kept.get(nameOf(loadBalancerId, key));
    return found && this.now() < found.expires ? found.pinned : undefined;
  }

  /** Begins or goes on with a session. */
  keep({ loadBalancerId, key, pinned, ttl }: Omit<Extract<SessionAction, { kind: 'header' }>, 'begins'>): void {
    const name = nameOf(loadBalancerId, key);
    this.kept.delete(name);
    this.kept.set(name, { pinned, expires: this.now() + ttl * 1000 });
    if (this.kept.size <= this.most) return;
    for (const oldest of this.kept.keys()) {
      this.kept.delete(oldest);
      return;
    }
  }

  clear(): void {
    this.kept.clear();
  }
}

function nameOf(loadBalancerId: string, key: string): string {
  return `${loadBalancerId} ${key}`;
}
