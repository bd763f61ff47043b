/** What one pool or endpoint has in hand. */
interface Count {
  outstanding: number;
  connections: number;
}

interface PoolCount extends Count {
  readonly endpoints: Map<string, Count>;
}

/** An exchange with an endpoint, as long as it counts. Each may be called more than once. */
export interface InHand {
  /** The head of its response is there: it is no longer outstanding. */
  answered(): void;
  /** Its last byte is through, both ways: its connection is free. */
  ended(): void;
}

/**
 * Counts what pools and their endpoints have in hand, for `least_outstanding_requests` and `least_connections`
 * (docs/reference/load-balancing.md 3.4, 4). A request is outstanding until the head of its response comes; its
 * connection is open until it has ended, a WebSocket's until it is closed.
 */
export class LiveLoad {
  private readonly pools = new Map<string, PoolCount>();

  begin(poolId: string, endpointName: string): InHand {
    const pool = this.poolOf(poolId);
    let endpoint = pool.endpoints.get(endpointName);
    if (!endpoint) {
      endpoint = { outstanding: 0, connections: 0 };
      pool.endpoints.set(endpointName, endpoint);
    }
    return new Counted(pool, endpoint);
  }

  outstanding(poolId: string, endpointName?: string): number {
    return this.find(poolId, endpointName)?.outstanding ?? 0;
  }

  openConnections(poolId: string, endpointName?: string): number {
    return this.find(poolId, endpointName)?.connections ?? 0;
  }

  /** Counts from nothing. What is in hand now is not counted any more. */
  clear(): void {
    this.pools.clear();
  }

  private poolOf(poolId: string): PoolCount {
    let pool = this.pools.get(poolId);
    if (!pool) {
      pool = { outstanding: 0, connections: 0, endpoints: new Map() };
      this.pools.set(poolId, pool);
    }
    return pool;
  }

  private find(poolId: string, endpointName: string | undefined): Count | undefined {
    const pool = this.pools.get(poolId);
    return endpointName === undefined ? pool : pool?.endpoints.get(endpointName);
  }
}

class Counted implements InHand {
  private isOutstanding = true;
  private isOpen = true;

  constructor(
    private readonly pool: Count,
    private readonly endpoint: Count,
  ) {
    pool.outstanding++;
    pool.connections++;
    endpoint.outstanding++;
    endpoint.connections++;
  }

  answered(): void {
    if (!this.isOutstanding) return;
    this.isOutstanding = false;
    this.pool.outstanding--;
    this.endpoint.outstanding--;
  }

  ended(): void {
    this.answered();
    if (!this.isOpen) return;
    this.isOpen = false;
    this.pool.connections--;
    this.endpoint.connections--;
  }
}
