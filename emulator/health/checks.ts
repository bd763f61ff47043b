import type { Ticket } from '../../runtime/clock.js';
import type { Rng } from '../../runtime/rng.js';
import type { DataCenter } from '../geo/geo.types.js';
import { Gate } from './gate.js';
import type { ProbeHook } from './probe-hook.js';
import { probe } from './probes/probe.js';
import type { ProbeDeps, ProbeResult } from './probes/probe.types.js';
import type { Watched } from './watches.js';
import { tunnelOf } from './way.js';

export interface CheckDeps extends ProbeDeps {
  readonly rng: Rng;
  /** Resolves when a tunnel's connectors have taken what was pushed to them; undefined when they have. */
  readonly configuring: (tunnelId: string) => Promise<unknown> | undefined;
  readonly hook: () => ProbeHook;
}

/** Probes at a time: each holds a socket, and origins on the same machine hold its other end. */
const MAX_PROBES = 256;

/** The checks that run, so many at a time, and can be given up. */
export class Checks {
  private readonly gate = new Gate(MAX_PROBES);
  /** One for each: thousands of listeners on a single signal are a leak to Node, and slow. */
  private readonly running = new Set<AbortController>();
  private started = 0;

  constructor(private readonly deps: CheckDeps) {}

  /** Does `work` when there is a place for one more check of this endpoint. */
  through<T>({ pool, origin }: Watched, work: () => Promise<T>): Promise<T> {
    return this.gate.through(`${pool.id} ${origin.name}`, work);
  }

  /**
   * What comes of one that was given up is of no use.
   *
   * @param ticket of the work that waits for it; absent: none on the clock does
   */
  async check(watched: Watched, from: DataCenter, ticket?: Ticket): Promise<ProbeResult> {
    const control = new AbortController();
    const { signal } = control;
    this.running.add(control);
    try {
      await this.configured(watched, signal);
      const rng = this.deps.rng.fork(++this.started);
      const ray = `${rng.hex(8)}-${from.code}`;
      if (signal.aborted) return GIVEN_UP;
      const { pool, origin } = watched;
      const failed = this.deps.hook()({ pool, origin, from, tunnelId: tunnelOf(watched, this.deps.reach) }, rng);
      if (failed) return failed;
      return await probe({ ...watched, from }, { ...this.deps, rng, ray, signal, ...(ticket && { ticket }) });
    } finally {
      this.running.delete(control);
    }
  }

  /** Ends what is running. */
  giveUp(): void {
    for (const control of this.running) control.abort();
  }

  /** A connector that is just being told its routes would refuse what it is about to allow. Waits no longer than a probe may take. */
  private async configured(watched: Watched, signal: AbortSignal): Promise<void> {
    const tunnelId = tunnelOf(watched, this.deps.reach);
    const pending = tunnelId === undefined ? undefined : this.deps.configuring(tunnelId);
    if (!pending) return;
    await new Promise<void>((resolve) => {
      const patience = this.deps.deadlines.after(watched.monitor.timeout * 1000, resolve);
      const go = (): void => {
        patience.cancel();
        resolve();
      };
      signal.addEventListener('abort', go, { once: true });
      void pending.then(go);
    });
  }
}

const GIVEN_UP: ProbeResult = { passed: false, reason: 'Other Failure', detail: 'given up' };
