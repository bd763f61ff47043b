import type { DataCenter } from '../geo/geo.types.js';
import type { Opinion, Verdict, Vote } from './health.types.js';
import type { ProbeResult } from './probes/probe.types.js';
import { decide } from './quorum.js';
import { RoundTrips } from './round-trips.js';
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

/** A region without a newer result for so many intervals knows nothing any more (docs/reference/load-balancing.md 2.4). */
const STALE_INTERVALS = 3;

/** Everything that one monitor found out about an endpoint. */
export class MonitorRecord implements Opinion {
  verdict: Verdict = 'unknown';
  regions: ReadonlyMap<string, Verdict> = new Map();
  /** By region with `check_regions`, else by data center (docs/reference/load-balancing.md 14.5). */
  readonly roundTrips = new RoundTrips();
  private places: ReadonlyMap<string, Place>;
  /** Model time of each region's latest result. */
  private latest = new Map<string, number>();

  constructor(public watched: Watched) {
    this.places = placesOf(watched, new Map());
  }

  /** Goes on with changed settings. What is known stays, until the next results; rows of results begin anew. */
  update(watched: Watched): void {
    const before = this.whereMeasured();
    this.watched = watched;
    this.places = placesOf(watched, this.places);
    // What was measured was from, or to, somewhere else.
    if (before !== this.whereMeasured()) this.roundTrips.clear();
    this.decide();
  }

  /**
   * Takes the result of a check.
   *
   * @param now model time, milliseconds
   * @param outOfTurn it was made beside all others that are new or changed
   */
  report(code: string, result: ProbeResult, initial: 'healthy' | 'unhealthy', now: number, outOfTurn: boolean): void {
    const place = this.places.get(code);
    if (!place) return;
    place.silent = false;
    place.result = result;
    place.streak = count(place.streak, result.passed, this.watched.monitor, initial);
    const { region } = place.dataCenter;
    if (result.passed) {
      this.roundTrips.add(this.byRegion ? region : code, result.roundTripMs, outOfTurn ? 'provisional' : 'sound');
    }
    this.latest.set(region, now);
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

  private get byRegion(): boolean {
    return this.watched.pool.check_regions !== null;
  }

  /** Equal as long as round trips lead from the same places to the same endpoint. */
  private whereMeasured(): string {
    const { address, port, header, virtual_network_id } = this.watched.origin;
    return JSON.stringify([this.byRegion, address, this.watched.monitor.port || port, header, virtual_network_id]);
  }

  private decide(): void {
    const { verdict, regions } = decide(this.voters(), this.byRegion);
    this.verdict = verdict;
    this.regions = regions;
  }

  private *voters(): Generator<{ region: string; verdict: Verdict }> {
    for (const { dataCenter, streak, silent } of this.places.values()) {
      if (!silent) yield { region: dataCenter.region, verdict: streak.verdict };
    }
  }

  /**
   * What a data center goes by when it steers (docs/reference/load-balancing.md 2.4). `["local", "global"]`: its own
   * verdict where every data center probes and it has one. `["regional", "global"]`: that of its region where that
   * probes and has one that is not stale. Else that of the whole network.
   *
   * @param now model time, milliseconds
   */
  seenFrom(code: string, region: string, now: number): Verdict {
    const closer = this.closerVerdict(code, region, now);
    return closer === undefined || closer === 'unknown' ? this.verdict : closer;
  }

  private closerVerdict(code: string, region: string, now: number): Verdict | undefined {
    const { pool, monitor } = this.watched;
    if (pool.check_regions === null) return this.places.get(code)?.streak.verdict;
    if (pool.health_sources === null) return undefined;
    const verdict = this.regions.get(region);
    const age = now - (this.latest.get(region) ?? Number.NEGATIVE_INFINITY);
    return age > STALE_INTERVALS * monitor.interval * 1000 ? undefined : verdict;
  }

  /** The verdict of a data center alone, for those who show it. */
  verdictAt(code: string): Verdict {
    return this.places.get(code)?.streak.verdict ?? 'unknown';
  }

  resultAt(code: string): ProbeResult | undefined {
    return this.places.get(code)?.result;
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
