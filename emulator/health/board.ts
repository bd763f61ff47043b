import { EndpointRecord } from './endpoint-record.js';
import type { MonitorRecord } from './monitor-record.js';
import type { WatchedEndpoint } from './watches.js';

/** The watched endpoints by pool and name. */
export class Board {
  private readonly pools = new Map<string, Map<string, EndpointRecord>>();

  find(poolId: string, endpointName: string): EndpointRecord | undefined {
    return this.pools.get(poolId)?.get(endpointName);
  }

  /** The watched endpoints of a pool. */
  of(poolId: string): Iterable<EndpointRecord> {
    return this.pools.get(poolId)?.values() ?? [];
  }

  *all(): Generator<EndpointRecord> {
    for (const records of this.pools.values()) yield* records.values();
  }

  /** Every monitor of every endpoint. */
  *monitors(): Generator<{ readonly endpoint: EndpointRecord; readonly record: MonitorRecord }> {
    for (const endpoint of this.all()) for (const record of endpoint.records) yield { endpoint, record };
  }

  /** Forgets everything. */
  clear(): void {
    this.pools.clear();
  }

  /**
   * Brings the records in line with what is watched now. Returns those of monitors that are new or whose pool, monitor,
   * part or data centers changed.
   */
  replace(watched: Iterable<WatchedEndpoint>): MonitorRecord[] {
    const before = new Map(this.pools);
    this.pools.clear();
    const changed: MonitorRecord[] = [];
    for (const each of watched) {
      const { pool, origin } = each;
      const old = before.get(pool.id)?.get(origin.name);
      const endpoint = old ?? new EndpointRecord(each);
      changed.push(...(old ? old.update(each) : endpoint.records));
      const records = this.pools.get(pool.id);
      if (records) records.set(origin.name, endpoint);
      else this.pools.set(pool.id, new Map([[origin.name, endpoint]]));
    }
    return changed;
  }
}
