import type { Clock } from '../../runtime/clock.js';
import type { Rng } from '../../runtime/rng.js';
import type { DataCenter } from '../geo/geo.types.js';
import type { Geography } from '../geo/geography.js';
import type { Events } from '../observe/journal.types.js';
import type { AccountSnapshot } from '../state/state.types.js';
import { announceEndpoint, announcePool } from './announce.js';
import { Board, type EndpointRecord } from './board.js';
import { Gate } from './gate.js';
import type { EndpointHealth, HealthView, PoolHealth, Verdict } from './health.types.js';
import { census, poolHealth } from './pool-health.js';
import { probe } from './probes/probe.js';
import type { ProbeDeps } from './probes/probe.types.js';
import { type Job, Schedule } from './schedule.js';
import { watchedIn } from './watches.js';
import { tunnelOf, wayOf } from './way.js';

export interface HealthDeps extends ProbeDeps {
  readonly clock: Pick<Clock, 'now' | 'schedule'>;
  readonly events: Pick<Events, 'emit'>;
  readonly account: () => AccountSnapshot;
  readonly geography: () => Pick<Geography, 'configured' | 'isRunning'>;
  readonly rng: Rng;
  /** Resolves when a tunnel's connectors have taken what was pushed to them; undefined when they have. */
  readonly configuring: (tunnelId: string) => Promise<unknown> | undefined;
}

/** Probes at a time: each holds a socket, and origins on the same machine hold its other end. */
const MAX_PROBES = 256;

/** What health depends on; other parts of the account may change without a second look. */
const PARTS = ['pools', 'monitors', 'routes', 'tunnels', 'data_centers'] as const;

/**
 * Watches endpoints: probes them on the model's clock, decides from the results, and tells the changes.
 *
 * ```
 * account -> watched endpoints -> jobs, one per endpoint and data center -> probe -> record -> quorum -> pool state
 * ```
 */
export class Health implements HealthView {
  private readonly board = new Board();
  private readonly schedule: Schedule;
  private readonly gate = new Gate(MAX_PROBES);
  private readonly closed = new AbortController();
  /** The way to each endpoint when last looked: a route that leads elsewhere makes the endpoint another. */
  private readonly ways = new WeakMap<EndpointRecord, string>();
  /** What was last told of each pool. */
  private pools = new Map<string, PoolHealth>();
  private probes = 0;
  private followed: AccountSnapshot | undefined;

  constructor(private readonly deps: HealthDeps) {
    this.schedule = new Schedule(deps.clock);
  }

  /** Brings what is watched in line with the account: at the start, and after each change of it. */
  follow(): void {
    const account = this.deps.account();
    const followed = this.followed;
    if (this.closed.signal.aborted || (followed && PARTS.every((part) => followed[part] === account[part]))) return;
    this.followed = account;
    const before = new Map(Array.from(this.board.all(), (record) => [record, record.verdict] as const));
    const changed = new Set(this.board.replace(watchedIn(account, this.deps.geography().configured)));
    for (const record of this.board.all()) {
      const way = wayOf(record.watched, this.deps.reach);
      if (this.ways.get(record) !== way) changed.add(record);
      this.ways.set(record, way);
    }
    this.schedule.replace(this.jobs());
    for (const record of changed) this.probeNow(record);
    for (const [record, verdict] of before) this.announce(record, verdict);
    this.reviewPools();
  }

  /** A tunnel got its first connection: what lies behind it is probed at once. */
  tunnelConnected(tunnelId: string): void {
    for (const record of this.board.all()) {
      if (tunnelOf(record.watched, this.deps.reach) === tunnelId) this.probeNow(record);
    }
  }

  /** For steering: undefined when no monitor watches it. Without a result it counts as `settings.initial_health`. */
  healthOf(poolId: string, endpointName: string, dataCenter: string): 'healthy' | 'unhealthy' | undefined {
    const verdict = this.board.find(poolId, endpointName)?.seenFrom(dataCenter);
    return verdict === 'unknown' ? this.initial() : verdict;
  }

  endpoint(poolId: string, endpointName: string): EndpointHealth | undefined {
    return this.board.find(poolId, endpointName);
  }

  pool(poolId: string): PoolHealth | undefined {
    return this.pools.get(poolId);
  }

  waiting(): string[] {
    const sentences: string[] = [];
    for (const record of this.board.all()) {
      const { pool, origin, dataCenters, monitor } = record.watched;
      const name = monitor.description || monitor.type;
      const isUrgent = dataCenters.some(({ code }) => this.schedule.isUrgent(keyOf(record, code)));
      if (record.awaitsFirstResult || isUrgent) {
        sentences.push(`endpoint ${origin.name} of pool ${pool.name}: monitor ${name} has no result yet`);
      }
    }
    return sentences;
  }

  /** Gives up what is running. Idempotent. */
  close(): void {
    this.closed.abort();
    this.schedule.close();
  }

  private initial(): 'healthy' | 'unhealthy' {
    return this.deps.account().settings.initial_health === 'healthy' ? 'healthy' : 'unhealthy';
  }

  private jobs(): Map<string, Job> {
    const jobs = new Map<string, Job>();
    for (const record of this.board.all()) {
      const { pool, origin, monitor, dataCenters } = record.watched;
      for (const dataCenter of dataCenters) {
        const key = keyOf(record, dataCenter.code);
        const what = `probe of ${origin.name} in pool ${pool.name} from ${dataCenter.code}`;
        const interval = monitor.interval * 1000;
        jobs.set(key, { key, what, interval, run: () => this.check(record, dataCenter) });
      }
    }
    return jobs;
  }

  private probeNow(record: EndpointRecord): void {
    for (const { code } of record.watched.dataCenters) this.schedule.now(keyOf(record, code));
  }

  private check(record: EndpointRecord, from: DataCenter): Promise<void> {
    return this.gate.through(async () => {
      const { watched } = record;
      if (!this.isCurrent(record)) return;
      if (!this.deps.geography().isRunning(from.code)) {
        this.take(record, () => record.silence(from.code));
        return;
      }
      await this.configured(record);
      const result = await this.probe(record, from);
      // Whatever was found out about what is no longer there is not of interest.
      if (!this.isCurrent(record) || record.watched !== watched) return;
      this.take(record, () => record.report(from.code, result, this.initial()));
    });
  }

  /** Takes a result in, and tells what it changed: compared at that moment, because other probes end meanwhile. */
  private take(record: EndpointRecord, result: () => void): void {
    const before = record.verdict;
    result();
    if (record.verdict === before) return;
    this.announce(record, before);
    this.reviewPools();
  }

  private probe({ watched }: EndpointRecord, from: DataCenter) {
    const { pool, origin, monitor } = watched;
    const rng = this.deps.rng.fork(++this.probes);
    const subject = { poolId: pool.id, origin, monitor, from };
    const ray = `${rng.hex(8)}-${from.code}`;
    return probe(subject, { ...this.deps, rng, ray, signal: this.closed.signal });
  }

  /** A connector that is just being told its routes would refuse what it is about to allow. Waits no longer than a probe may take. */
  private async configured({ watched }: EndpointRecord): Promise<void> {
    const tunnelId = tunnelOf(watched, this.deps.reach);
    const pending = tunnelId === undefined ? undefined : this.deps.configuring(tunnelId);
    if (!pending) return;
    await new Promise<void>((resolve) => {
      const patience = this.deps.deadlines.after(watched.monitor.timeout * 1000, resolve);
      void pending.then(() => {
        patience.cancel();
        resolve();
      });
    });
  }

  private isCurrent(record: EndpointRecord): boolean {
    const { pool, origin } = record.watched;
    return !this.closed.signal.aborted && this.board.find(pool.id, origin.name) === record;
  }

  private announce(record: EndpointRecord, before: Verdict): void {
    if (record.verdict !== before && this.isCurrent(record)) {
      announceEndpoint(this.deps.events, record.watched, before, record);
    }
  }

  /** Works out the pools' states and tells those that changed. */
  private reviewPools(): void {
    const states = new Map<string, PoolHealth>();
    for (const pool of this.deps.account().pools.values()) {
      if (pool.monitor === undefined) continue;
      if (!pool.enabled) {
        states.set(pool.id, 'unknown');
        continue;
      }
      const verdictOf = (name: string): Verdict => this.board.find(pool.id, name)?.verdict ?? 'unknown';
      const counted = census(pool, verdictOf);
      const state = poolHealth(counted, pool.minimum_origins);
      states.set(pool.id, state);
      const before = this.pools.get(pool.id) ?? 'unknown';
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
    this.pools = states;
  }
}

function keyOf({ watched }: EndpointRecord, code: string): string {
  return `${watched.pool.id} ${watched.origin.name} ${code}`;
}
