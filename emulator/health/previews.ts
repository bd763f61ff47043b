import type { Deadlines } from '../../runtime/deadlines.js';
import type { Rng } from '../../runtime/rng.js';
import type { DataCenter } from '../geo/geo.types.js';
import type { Monitor, Origin, Pool } from '../state/objects.js';
import type { Checks } from './checks.js';
import type { Opinion } from './health.types.js';
import { MonitorRecord } from './monitor-record.js';
import { census, neededBy, poolHealth } from './pool-health.js';
import { probingDataCenters } from './probing-data-centers.js';

/** What a preview found out about a pool. */
export interface PreviewedPool {
  readonly poolId: string;
  readonly healthy: boolean;
  /** The enabled ones. */
  readonly endpoints: readonly { readonly origin: Origin; readonly opinion: Opinion }[];
}

/** Checks that somebody asked for, with a monitor that need not be anybody's (docs/reference/api.md 2.1: preview). */
export interface Previews {
  /**
   * Checks every enabled endpoint of the pools once, from wherever it would be watched. Nothing else learns of it.
   * Returns the preview's id; undefined when too many are running.
   */
  start(pools: readonly Pool[], monitor: Monitor): string | undefined;
  /**
   * Resolves when every endpoint is checked, or after a while with those pools that are. undefined: there is no such
   * preview, or none any more.
   */
  find(id: string): Promise<readonly PreviewedPool[]> | undefined;
}

export interface PreviewDeps {
  readonly checks: Pick<Checks, 'check' | 'through'>;
  readonly deadlines: Deadlines;
  readonly rng: Rng;
  /** Model time. */
  readonly now: () => number;
  readonly configured: () => readonly DataCenter[];
  readonly isRunning: (code: string) => boolean;
  /** Nobody wants to know any more. */
  readonly isClosed: () => boolean;
}

/** The latest are kept. */
const KEPT = 100;
/** Each may have many checks, that wait for those of the monitors. */
const RUNNING = 16;
/** Milliseconds of real time that somebody waits for an answer at most; clients give up after 60 s. */
const PATIENCE = 30_000;

interface Run {
  /** Pools whose endpoints are checked, in the order in which they were. */
  readonly done: PreviewedPool[];
  readonly all: Promise<void>;
}

/** Runs previews, and keeps what the latest found. */
export class PreviewRuns implements Previews {
  private readonly previews = new Map<string, Run>();
  private started = 0;
  private running = 0;

  constructor(private readonly deps: PreviewDeps) {}

  start(pools: readonly Pool[], monitor: Monitor): string | undefined {
    if (this.running >= RUNNING) return undefined;
    const id = this.deps.rng.fork(++this.started).hex(16);
    this.running++;
    // One check decides: there is no second one to make a row.
    const once = { ...monitor, consecutive_up: 0, consecutive_down: 0 };
    const done: PreviewedPool[] = [];
    const all = this.runAll(pools, once, done).finally(() => this.running--);
    // Whoever asks for it gets the error; nobody may ask.
    all.catch(() => undefined);
    this.previews.set(id, { done, all });
    const [oldest] = this.previews.keys();
    if (this.previews.size > KEPT && oldest !== undefined) this.previews.delete(oldest);
    return id;
  }

  find(id: string): Promise<readonly PreviewedPool[]> | undefined {
    const run = this.previews.get(id);
    return run && this.patiently(run);
  }

  private async patiently({ done, all }: Run): Promise<readonly PreviewedPool[]> {
    await new Promise<void>((resolve, reject) => {
      const patience = this.deps.deadlines.after(PATIENCE, resolve);
      all.then(resolve, reject).finally(() => patience.cancel());
    });
    return [...done];
  }

  private async runAll(pools: readonly Pool[], monitor: Monitor, done: PreviewedPool[]): Promise<void> {
    await Promise.all(pools.map(async (pool) => done.push(await this.run(pool, monitor))));
  }

  private async run(pool: Pool, monitor: Monitor): Promise<PreviewedPool> {
    const dataCenters = probingDataCenters(this.deps.configured(), pool.check_regions);
    const records = pool.origins
      .filter(({ enabled }) => enabled)
      .map((origin) => new MonitorRecord({ pool, origin, monitor, part: 'must_be_healthy', dataCenters }));
    await Promise.all(records.flatMap((record) => dataCenters.map((from) => this.check(record, from))));
    const verdictOf = (name: string) =>
      records.find(({ watched }) => watched.origin.name === name)?.verdict ?? 'unknown';
    const health = poolHealth(census(pool, verdictOf), neededBy(pool));
    return {
      poolId: pool.id,
      healthy: health === 'healthy' || health === 'degraded',
      endpoints: records.map((record) => ({ origin: record.watched.origin, opinion: record })),
    };
  }

  private async check(record: MonitorRecord, from: DataCenter): Promise<void> {
    const { checks, isRunning, isClosed, now } = this.deps;
    await checks.through(record.watched, async () => {
      if (isClosed() || !isRunning(from.code)) {
        record.silence(from.code);
        return;
      }
      record.report(from.code, await checks.check(record.watched, from), 'unhealthy', now(), true);
    });
  }
}
