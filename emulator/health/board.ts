import type { DataCenter } from '../geo/geo.types.js';
import type { EndpointHealth, Verdict, Vote } from './health.types.js';
import type { ProbeResult } from './probes/probe.types.js';
import { decide } from './quorum.js';
import { count, NO_RESULT, type Streak } from './streak.js';
import type { Watched } from './watches.js';

/** What one data center knows of an endpoint. */
interface Place {
  readonly dataCenter: DataCenter;
  streak: Streak;
  result: ProbeResult | undefined;
  /** It does not run: it has no vote. */
  silent: boolean;
}

/** Everything that is known of one watched endpoint. */
export class EndpointRecord implements EndpointHealth {
  verdict: Verdict = 'unknown';
  regions: ReadonlyMap<string, Verdict> = new Map();
  private places: ReadonlyMap<string, Place>;

  constructor(public watched: Watched) {
    this.places = placesOf(watched, new Map());
  }

  /** Goes on with changed settings. What is known stays, until the next results; rows of results begin anew. */
  update(watched: Watched): void {
    this.watched = watched;
    this.places = placesOf(watched, this.places);
    this.decide();
  }

  /** Takes the result of a check. */
  report(code: string, result: ProbeResult, initial: 'healthy' | 'unhealthy'): void {
    const place = this.places.get(code);
    if (!place) return;
    place.silent = false;
    place.result = result;
    place.streak = count(place.streak, result.passed, this.watched.monitor, initial);
    this.decide();
  }

  /** The data center does not run: it has no vote, and begins anew when it is back. */
  silence(code: string): void {
    const place = this.places.get(code);
    if (!place || place.silent) return;
    place.silent = true;
    place.result = undefined;
    place.streak = NO_RESULT;
    this.decide();
  }

  private decide(): void {
    const { verdict, regions } = decide(this.voters(), this.watched.pool.check_regions !== null);
    this.verdict = verdict;
    this.regions = regions;
  }

  private *voters(): Generator<{ region: string; verdict: Verdict }> {
    for (const { dataCenter, streak, silent } of this.places.values()) {
      if (!silent) yield { region: dataCenter.region, verdict: streak.verdict };
    }
  }

  /**
   * What a data center goes by when it steers (docs/reference/load-balancing.md 2.4, `["local","global"]`): its own
   * verdict where every data center probes and it has one, else that of the whole network.
   */
  seenFrom(code: string): Verdict {
    if (this.watched.pool.check_regions === null) {
      const local = this.places.get(code)?.streak.verdict;
      if (local !== undefined && local !== 'unknown') return local;
    }
    return this.verdict;
  }

  get votes(): readonly Vote[] {
    return Array.from(this.places.values(), ({ dataCenter, streak, result }) => ({
      dataCenter: dataCenter.code,
      region: dataCenter.region,
      verdict: streak.verdict,
      ...(result === undefined ? {} : { result }),
    }));
  }

  /** No decision yet, and somebody has not even been asked. */
  get awaitsFirstResult(): boolean {
    if (this.verdict !== 'unknown') return false;
    for (const { result, silent } of this.places.values()) if (!result && !silent) return true;
    return false;
  }
}

function placesOf({ dataCenters }: Watched, before: ReadonlyMap<string, Place>): Map<string, Place> {
  return new Map(
    dataCenters.map((dataCenter) => {
      const known = before.get(dataCenter.code);
      const streak: Streak = known ? { verdict: known.streak.verdict, length: 0 } : NO_RESULT;
      return [dataCenter.code, { dataCenter, streak, result: known?.result, silent: known?.silent ?? false }];
    }),
  );
}

/** The watched endpoints by pool and name. */
export class Board {
  private readonly pools = new Map<string, Map<string, EndpointRecord>>();

  find(poolId: string, endpointName: string): EndpointRecord | undefined {
    return this.pools.get(poolId)?.get(endpointName);
  }

  *all(): Generator<EndpointRecord> {
    for (const records of this.pools.values()) yield* records.values();
  }

  /**
   * Brings the records in line with what is watched now. A record begins anew when its pool got another monitor
   * (docs/reference/load-balancing.md 14.13). Returns those that are new or whose pool, monitor or data centers changed.
   */
  replace(watched: Iterable<Watched>): EndpointRecord[] {
    const before = new Map(this.pools);
    this.pools.clear();
    const changed: EndpointRecord[] = [];
    for (const each of watched) {
      const { pool, origin, monitor } = each;
      const old = before.get(pool.id)?.get(origin.name);
      let record = old;
      if (!old || old.watched.monitor.id !== monitor.id) {
        record = new EndpointRecord(each);
        changed.push(record);
      } else if (!isSame(old.watched, each)) {
        old.update(each);
        changed.push(old);
      }
      if (!record) continue;
      const records = this.pools.get(pool.id);
      if (records) records.set(origin.name, record);
      else this.pools.set(pool.id, new Map([[origin.name, record]]));
    }
    return changed;
  }
}

/** Objects of the state are replaced when they change, so that identity tells. */
function isSame(a: Watched, b: Watched): boolean {
  return (
    a.pool === b.pool &&
    a.monitor === b.monitor &&
    a.dataCenters.length === b.dataCenters.length &&
    a.dataCenters.every((dataCenter, index) => dataCenter === b.dataCenters[index])
  );
}
