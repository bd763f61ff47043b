import { EndpointRecord } from './endpoint-record.js';
import type { MonitorRecord } from './monitor-record.js';
import type { WatchedEndpoint } from './watches.js';

/** One monitor of an endpoint. */
export interface Watching {
  readonly endpoint: EndpointRecord;
  readonly record: MonitorRecord;
}

/** The watched endpoints by pool and name. */
export class Board {
  private pools = new Map<string, Map<string, EndpointRecord>>();

  find(poolId: string, endpointName: string): EndpointRecord | undefined {
    return this.pools.get(poolId)?.get(endpointName);
  }

  /** The watched endpoints of a pool. */
  of(poolId: string): Iterable<EndpointRecord> {
    return this.pools.get(poolId)?.values() ?? [];
  }

  /** @param only the pools; absent: all */
  *all(only: Iterable<string> = this.pools.keys()): Generator<EndpointRecord> {
    for (const id of only) yield* this.of(id);
  }

  /** Every monitor of every endpoint. */
  *monitors(only?: Iterable<string>): Generator<Watching> {
    for (const endpoint of this.all(only)) for (const record of endpoint.records) yield { endpoint, record };
  }

  /** Forgets everything. */
  clear(): void {
    this.pools.clear();
  }

  /**
   * Brings the records in line with what is watched now. Returns those of monitors that are new or whose pool, monitor,
   * part or data centers changed.
   *
   * @param only the pools of which that is said; absent: of all
   */
  replace(watched: Iterable<WatchedEndpoint>, only?: Iterable<string>): MonitorRecord[] {
    const next = new Map<string, Map<string, EndpointRecord>>();
    const changed: MonitorRecord[] = [];
    for (const each of watched) {
      const { pool, origin } = each;
      const old = this.find(pool.id, origin.name);
      const endpoint = old ?? new EndpointRecord(each);
      changed.push(...(old ? old.update(each) : endpoint.records));
      const records = next.get(pool.id);
      if (records) records.set(origin.name, endpoint);
      else next.set(pool.id, new Map([[origin.name, endpoint]]));
    }
    if (!only) this.pools = next;
    for (const id of only ?? []) {
      const records = next.get(id);
      if (records) this.pools.set(id, records);
      else this.pools.delete(id);
    }
    return changed;
  }
}
