/**
 * Average round trips to pools, kept from one probe to the next: requests ask for them far more often than probes
 * change them.
 */
export class PoolRoundTrips {
  private readonly pools = new Map<string, Map<string, number | undefined>>();

  /**
   * @param key a region or data center
   * @param measure works it out when nobody has since the last change
   */
  of(poolId: string, key: string, measure: () => number | undefined): number | undefined {
    let known = this.pools.get(poolId);
    if (!known) {
      known = new Map();
      this.pools.set(poolId, known);
    }
    if (known.has(key)) return known.get(key);
    const measured = measure();
    known.set(key, measured);
    return measured;
  }

  /** Something changed: of one pool, or of all. */
  clear(poolId?: string): void {
    if (poolId === undefined) this.pools.clear();
    else this.pools.delete(poolId);
  }
}
