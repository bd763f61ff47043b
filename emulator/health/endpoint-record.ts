import { groupVerdict } from './group-vote.js';
import type { EndpointHealth, MonitorOpinion, Verdict, Vote } from './health.types.js';
import { MonitorRecord } from './monitor-record.js';
import { mean } from './round-trips.js';
import { titleOf, type Watched, type WatchedEndpoint } from './watches.js';

/** Everything that is known of one watched endpoint: what its monitor found, or those of its group. */
export class EndpointRecord implements EndpointHealth {
  verdict: Verdict = 'unknown';
  records: readonly MonitorRecord[] = [];

  constructor(public watched: WatchedEndpoint) {
    this.records = watched.monitors.map((monitor) => new MonitorRecord(monitor));
    this.decide();
  }

  /**
   * Goes on with changed settings. A monitor that was not there before begins anew (docs/reference/load-balancing.md
   * 14.13). Returns the records that are new or changed.
   */
  update(watched: WatchedEndpoint): MonitorRecord[] {
    const before = new Map(this.records.map((record) => [record.watched.monitor.id, record]));
    const changed: MonitorRecord[] = [];
    this.watched = watched;
    this.records = watched.monitors.map((each) => {
      const known = before.get(each.monitor.id);
      if (known && isSame(known.watched, each)) return known;
      known?.update(each);
      const record = known ?? new MonitorRecord(each);
      changed.push(record);
      return record;
    });
    this.decide();
    return changed;
  }

  /** Takes into account what the monitors found. */
  decide(): void {
    this.verdict = this.together((record) => record.verdict);
  }

  /** What a data center goes by when it steers: each monitor as that data center sees it. */
  seenFrom(code: string, region: string, now: number): Verdict {
    const [only] = this.records;
    if (only && !this.watched.group) return only.seenFrom(code, region, now);
    return this.together((record) => record.seenFrom(code, region, now));
  }

  /**
   * Milliseconds, measured from a region or data center. Monitors that only monitor do not count
   * (docs/reference/load-balancing.md 2.6).
   */
  roundTrip(key: string): number | undefined {
    return mean(
      this.records.map(({ watched, roundTrips }) =>
        watched.part === 'monitoring_only' ? undefined : roundTrips.of(key),
      ),
    );
  }

  private together(verdictOf: (record: MonitorRecord) => Verdict): Verdict {
    return groupVerdict(this.records.map((record) => ({ part: record.watched.part, verdict: verdictOf(record) })));
  }

  get votes(): readonly Vote[] {
    const [first] = this.records;
    if (!first) return [];
    if (!this.watched.group) return first.votes;
    return first.votes.map(({ dataCenter, region }) => {
      const verdict = this.together((record) => record.verdictAt(dataCenter));
      const result = this.resultAt(dataCenter, verdict);
      return { dataCenter, region, verdict, ...(result ? { result } : {}) };
    });
  }

  /** The latest result, of those that decided as the data center did, with the monitor's name. */
  private resultAt(code: string, verdict: Verdict): Vote['result'] {
    for (const record of this.records) {
      if (record.watched.part === 'monitoring_only' || record.verdictAt(code) !== verdict) continue;
      const result = record.resultAt(code);
      if (result) return { ...result, detail: `${titleOf(record.watched.monitor)}: ${result.detail}` };
    }
    return undefined;
  }

  get regions(): ReadonlyMap<string, Verdict> {
    const [first] = this.records;
    if (!first || !this.watched.group) return first?.regions ?? new Map();
    return new Map(
      [...first.regions.keys()].map((region) => [
        region,
        this.together((record) => record.regions.get(region) ?? 'unknown'),
      ]),
    );
  }

  get monitors(): readonly MonitorOpinion[] {
    if (!this.watched.group) return [];
    return this.records.map(({ watched, verdict, votes, regions }) => ({
      monitor: titleOf(watched.monitor),
      part: watched.part,
      verdict,
      votes,
      regions,
    }));
  }
}

/** Objects of the state are replaced when they change, so that identity tells. */
function isSame(a: Watched, b: Watched): boolean {
  return (
    a.pool === b.pool &&
    a.monitor === b.monitor &&
    a.part === b.part &&
    a.dataCenters.length === b.dataCenters.length &&
    a.dataCenters.every((dataCenter, index) => dataCenter === b.dataCenters[index])
  );
}
