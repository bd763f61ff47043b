import type { Clock, Ticket } from '../../runtime/clock.js';
import { DATA_CENTERS } from '../geo/data-centers.js';
import type { DataCenter } from '../geo/geo.types.js';
import type { Geography } from '../geo/geography.js';
import type { Events } from '../observe/journal.types.js';
import type { AccountSnapshot, StateEvent } from '../state/state.types.js';
import { affectedBy, isWatched, some } from './affected.js';
import { announceEndpoint, announceMonitor, announcePool } from './announce.js';
import { Board, type Watching } from './board.js';
import { type CheckDeps, Checks } from './checks.js';
import type { EndpointRecord } from './endpoint-record.js';
import type { EndpointHealth, HealthView, LoadBalancerHealth, PoolHealth, Verdict } from './health.types.js';
import { loadBalancerHealth } from './load-balancer-health.js';
import type { MonitorRecord } from './monitor-record.js';
import { census, neededBy, poolHealth } from './pool-health.js';
import { PoolRoundTrips } from './pool-round-trips.js';
import { PreviewRuns, type Previews } from './previews.js';
import { mean } from './round-trips.js';
import { type Job, Schedule } from './schedule.js';
import { titleOf, watchedIn } from './watches.js';
import { tunnelOf, wayOf } from './way.js';

export interface HealthDeps extends CheckDeps {
  readonly clock: Pick<Clock, 'now' | 'schedule'>;
  readonly events: Pick<Events, 'emit'>;
  readonly account: () => AccountSnapshot;
  readonly geography: () => Pick<Geography, 'configured' | 'isRunning'>;
}

/** What health depends on; other parts of the account may change without a second look. */
const PARTS = ['pools', 'monitors', 'monitor_groups', 'routes', 'tunnels', 'data_centers'] as const;

/**
 * Watches endpoints: probes them on the model's clock, decides from the results, and tells the changes.
 *
 * ```
 * account -> watched endpoints -> jobs, one per endpoint, monitor and data center -> probe -> record -> quorum
 *   -> vote of the monitors -> pool state
 * ```
 */
export class Health implements HealthView {
  private readonly board = new Board();
  private readonly schedule: Schedule;
  private readonly checks: Checks;
  /** Checks beside those of the monitors, which decide nothing. */
  readonly previews: Previews;
  private closed = false;
  /** The way to each endpoint when last looked: a route that leads elsewhere makes the endpoint another. */
  private readonly ways = new WeakMap<MonitorRecord, string>();
  /** What was last told of each pool. */
  private readonly pools = new Map<string, PoolHealth>();
  private readonly trips = new PoolRoundTrips();
  private followed: AccountSnapshot | undefined;

  constructor(private readonly deps: HealthDeps) {
    this.schedule = new Schedule(deps.clock);
    this.checks = new Checks(deps);
    this.previews = new PreviewRuns({
      checks: this.checks,
      deadlines: deps.deadlines,
      rng: deps.rng.fork('previews'),
      now: () => deps.clock.now(),
      configured: () => deps.geography().configured,
      isRunning: (code) => deps.geography().isRunning(code),
      isClosed: () => this.closed,
    });
  }

  /**
   * Brings what is watched in line with the account: at the start, and after each change of it.
   *
   * @param event what led to the account: then only what it is about is looked at
   */
  follow(event?: StateEvent): void {
    const account = this.deps.account();
    const followed = this.followed;
    if (this.closed) return;
    this.followed = account;
    if (followed && PARTS.every((part) => followed[part] === account[part])) return;
    const isNext = event && followed === event.before && account === event.after;
    if (!isNext || followed.data_centers !== account.data_centers) {
      this.review(account.pools, undefined);
      return;
    }
    const { pools, way } = affectedBy(event.changes, account);
    if (way) {
      const led = Array.from(this.board.monitors()).filter(({ record }) => way(record.watched.origin));
      for (const record of this.otherWays(led)) this.probeNow(record);
    }
    if (pools.size > 0) this.review(some(account.pools, pools), pools);
  }

  /** @param only the pools whose watch may be another; undefined: all */
  private review(pools: AccountSnapshot['pools'], only: ReadonlySet<string> | undefined): void {
    const before = new Map(Array.from(this.board.all(only), (endpoint) => [endpoint, endpoint.verdict]));
    const keys = new Set(keysOf(this.board.monitors(only)));
    const watched = watchedIn({ ...this.deps.account(), pools }, this.deps.geography().configured);
    const changed = new Set(this.board.replace(watched, only));
    for (const record of this.otherWays(this.board.monitors(only))) changed.add(record);
    const renewed = only && this.schedule.renew(keys, this.jobs(this.board.monitors(only)));
    if (!renewed) this.schedule.replace(this.jobs(this.board.monitors()));
    for (const record of changed) this.probeNow(record);
    this.trips.clear();
    for (const endpoint of this.board.all(only)) this.announce(endpoint, before.get(endpoint) ?? 'unknown');
    this.reviewPools(only ?? new Set([...this.pools.keys(), ...pools.keys()]));
  }

  /** Those to which another way leads than when last looked. */
  private otherWays(monitors: Iterable<Watching>): MonitorRecord[] {
    const others: MonitorRecord[] = [];
    for (const { record } of monitors) {
      const way = wayOf(record.watched, this.deps.reach);
      if (this.ways.get(record) !== way) others.push(record);
      this.ways.set(record, way);
    }
    return others;
  }

  /** Forgets what was found out, and tells nobody; the next {@link follow} begins anew. What runs is given up. */
  forget(): void {
    this.checks.giveUp();
    this.board.clear();
    this.pools.clear();
    this.trips.clear();
    this.followed = undefined;
  }

  /** Resolves when what is to be probed at once has a result. */
  firstResults(): Promise<void> {
    return this.schedule.calm();
  }

  /** A tunnel got its first connection: what lies behind it is probed at once. */
  tunnelConnected(tunnelId: string): void {
    for (const { record } of this.board.monitors()) {
      if (tunnelOf(record.watched, this.deps.reach) === tunnelId) this.probeNow(record);
    }
  }

  /** For steering: undefined when no monitor watches it. Without a result it counts as `settings.initial_health`. */
  healthOf(poolId: string, endpointName: string, dataCenter: string): 'healthy' | 'unhealthy' | undefined {
    const endpoint = this.board.find(poolId, endpointName);
    return endpoint && this.seen(endpoint, dataCenter, DATA_CENTERS.get(dataCenter)?.region ?? '');
  }

  /** For steering: cheap to ask, since it is worked out once for all requests between two probes. */
  roundTripOf(poolId: string, dataCenter: string, region: string): number | undefined {
    const pool = this.deps.account().pools.get(poolId);
    if (!pool) return undefined;
    const key = pool.check_regions === null ? dataCenter : region;
    return this.trips.of(poolId, key, () => this.measured(poolId, key, dataCenter, region));
  }

  endpoint(poolId: string, endpointName: string): EndpointHealth | undefined {
    return this.board.find(poolId, endpointName);
  }

  pool(poolId: string): PoolHealth | undefined {
    return this.pools.get(poolId);
  }

  loadBalancer(loadBalancerId: string): LoadBalancerHealth | undefined {
    const { load_balancers, pools } = this.deps.account();
    return loadBalancerHealth(
      (load_balancers.get(loadBalancerId)?.default_pools ?? []).map((id) => ({
        enabled: pools.get(id)?.enabled === true,
        health: this.pools.get(id),
      })),
    );
  }

  roundTrips(poolId: string): ReadonlyMap<string, number> {
    const byRegion = this.deps.account().pools.get(poolId)?.check_regions !== null;
    const known = new Map<string, number>();
    for (const { code, region } of this.deps.geography().configured) {
      const average = this.roundTripOf(poolId, code, region);
      if (average !== undefined) known.set(byRegion ? region : code, average);
    }
    return known;
  }

  waiting(): string[] {
    const sentences: string[] = [];
    for (const { record } of this.board.monitors()) {
      const { pool, origin, dataCenters, monitor } = record.watched;
      const isUrgent = dataCenters.some(({ code }) => this.schedule.isUrgent(keyOf(record, code)));
      if (record.awaitsFirstResult || isUrgent) {
        sentences.push(`endpoint ${origin.name} of pool ${pool.name}: monitor ${titleOf(monitor)} has no result yet`);
      }
    }
    return sentences;
  }

  /** Gives up what is running. Idempotent. */
  close(): void {
    this.closed = true;
    this.schedule.close();
    this.checks.giveUp();
  }

  private initial(): 'healthy' | 'unhealthy' {
    return this.deps.account().settings.initial_health === 'healthy' ? 'healthy' : 'unhealthy';
  }

  private seen(endpoint: EndpointRecord, dataCenter: string, region: string): 'healthy' | 'unhealthy' {
    const verdict = endpoint.seenFrom(dataCenter, region, this.deps.clock.now());
    return verdict === 'unknown' ? this.initial() : verdict;
  }

  /** The mean over the pool's healthy endpoints (docs/reference/load-balancing.md 14.5). */
  private measured(poolId: string, key: string, dataCenter: string, region: string): number | undefined {
    return mean(
      Array.from(this.board.of(poolId), (endpoint) =>
        this.seen(endpoint, dataCenter, region) === 'healthy' ? endpoint.roundTrip(key) : undefined,
      ),
    );
  }

  private jobs(monitors: Iterable<Watching>): Map<string, Job> {
    const jobs = new Map<string, Job>();
    for (const { endpoint, record } of monitors) {
      const { pool, origin, monitor, dataCenters } = record.watched;
      for (const dataCenter of dataCenters) {
        const key = keyOf(record, dataCenter.code);
        const by = endpoint.watched.group ? ` by monitor ${titleOf(monitor)}` : '';
        const what = `probe of ${origin.name} in pool ${pool.name} from ${dataCenter.code}${by}`;
        const about = `${pool.id} ${origin.name} ${monitor.id}`;
        const interval = monitor.interval * 1000;
        const run: Job['run'] = (...turn) => this.check(endpoint, record, dataCenter, ...turn);
        jobs.set(key, { key, what, about, interval, run });
      }
    }
    return jobs;
  }

  private probeNow(record: MonitorRecord): void {
    for (const { code } of record.watched.dataCenters) this.schedule.now(keyOf(record, code));
  }

  private check(
    endpoint: EndpointRecord,
    record: MonitorRecord,
    from: DataCenter,
    outOfTurn: boolean,
    ticket: Ticket,
  ): Promise<void> {
    return this.checks.through(record.watched, async () => {
      const { watched } = record;
      if (!this.isCurrent(endpoint, record)) return;
      if (!this.deps.geography().isRunning(from.code)) {
        this.take(endpoint, record, () => record.silence(from.code));
        return;
      }
      const result = await this.checks.check(watched, from, ticket);
      // Whatever was found out about what is no longer there is not of interest.
      if (!this.isCurrent(endpoint, record) || record.watched !== watched) return;
      const now = this.deps.clock.now();
      this.take(endpoint, record, () => record.report(from.code, result, this.initial(), now, outOfTurn));
    });
  }

  /** Takes a result in, and tells what it changed: compared at that moment, because other probes end meanwhile. */
  private take(endpoint: EndpointRecord, record: MonitorRecord, result: () => void): void {
    const [before, ofMonitor] = [endpoint.verdict, record.verdict];
    result();
    endpoint.decide();
    this.trips.clear(endpoint.watched.pool.id);
    if (endpoint.watched.group && record.verdict !== ofMonitor) announceMonitor(this.deps.events, record, ofMonitor);
    if (endpoint.verdict === before) return;
    this.announce(endpoint, before);
    this.reviewPools([endpoint.watched.pool.id]);
  }

  private isCurrent(endpoint: EndpointRecord, record?: MonitorRecord): boolean {
    const { pool, origin } = endpoint.watched;
    if (this.closed || this.board.find(pool.id, origin.name) !== endpoint) return false;
    return !record || endpoint.records.includes(record);
  }

  private announce(endpoint: EndpointRecord, before: Verdict): void {
    if (endpoint.verdict !== before && this.isCurrent(endpoint)) {
      announceEndpoint(this.deps.events, endpoint, before);
    }
  }

  /** Works out the pools' states and tells those that changed. */
  private reviewPools(ids: Iterable<string>): void {
    const { pools } = this.deps.account();
    for (const id of ids) {
      const pool = pools.get(id);
      if (!pool || !isWatched(pool)) {
        this.pools.delete(id);
        continue;
      }
      if (!pool.enabled) {
        this.pools.set(pool.id, 'unknown');
        continue;
      }
      const verdictOf = (name: string): Verdict => this.board.find(pool.id, name)?.verdict ?? 'unknown';
      const counted = census(pool, verdictOf);
      const state = poolHealth(counted, neededBy(pool));
      const before = this.pools.get(pool.id) ?? 'unknown';
      this.pools.set(pool.id, state);
      if (state === before) continue;
      const notHealthy = pool.origins.filter(({ name, enabled }) => !enabled || verdictOf(name) !== 'healthy');
      announcePool(
        this.deps.events,
        pool,
        before,
        state,
        counted,
        notHealthy.map(({ name, enabled }) => (enabled ? name : `${name} (disabled)`)),
      );
    }
  }
}

function* keysOf(monitors: Iterable<Watching>): Generator<string> {
  for (const { record } of monitors) for (const { code } of record.watched.dataCenters) yield keyOf(record, code);
}

function keyOf({ watched }: MonitorRecord, code: string): string {
  return `${watched.pool.id} ${watched.origin.name} ${watched.monitor.id} ${code}`;
}
