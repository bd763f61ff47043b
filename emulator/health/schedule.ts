import type { Clock, Scheduled, Ticket } from '../../runtime/clock.js';
import { hashOf, nextTurn, spread } from './spread.js';

/** Something that is done once per interval. */
export interface Job {
  /** The same for the same job in every run: its turn comes from it. */
  readonly key: string;
  /** For people, e.g. `probe of tokyo-a in pool app from NRT`. */
  readonly what: string;
  /** Jobs about the same thing are taken to be equally slow. */
  readonly about: string;
  /** Milliseconds of model time. */
  readonly interval: number;
  /** @param outOfTurn it runs beside all others that are new or changed, not at its own moment */
  run(outOfTurn: boolean, ticket: Ticket): Promise<void>;
}

interface Entry {
  job: Job;
  /** Whole milliseconds into the interval. */
  phase: number;
  /** Model time of the next turn. */
  due: number;
  next: Scheduled | undefined;
  /** Waiting to run, or running, out of turn. */
  urgent: Scheduled | 'running' | undefined;
  running: boolean;
  /** To be run once more out of turn, when the present run is over. */
  again: boolean;
}

/**
 * Runs each job once per interval of model time. Jobs of equal interval are evenly apart, so that there are no
 * bursts; a job's turns are the same in every run. A run that outlasts its interval skips a turn: no job runs twice
 * at once.
 */
export class Schedule {
  private readonly entries = new Map<string, Entry>();
  /** Those that have yet to run, or run, out of turn. */
  private readonly hurried = new Set<Entry>();
  private awaitingCalm: (() => void)[] = [];

  constructor(private readonly clock: Pick<Clock, 'now' | 'schedule'>) {}

  /** Makes the jobs what is given: new ones run at once, those that are gone stop, the others keep their turns as far as possible. */
  replace(jobs: ReadonlyMap<string, Job>): void {
    for (const [key, entry] of this.entries) {
      if (jobs.has(key)) continue;
      this.entries.delete(key);
      entry.next?.cancel();
      if (entry.urgent !== 'running') entry.urgent?.cancel();
      this.calmed(entry);
    }
    const phases = phasesOf(jobs.values());
    for (const [key, job] of jobs) {
      const phase = phases.get(key) ?? 0;
      const entry = this.entries.get(key);
      if (entry) this.move(entry, job, phase);
      else this.add(job, phase);
    }
  }

  /**
   * Puts jobs in the place of those with these keys, where no job's turn moves by it: with the same keys and intervals.
   * Else it does nothing, and returns false.
   */
  renew(keys: ReadonlySet<string>, jobs: ReadonlyMap<string, Job>): boolean {
    if (keys.size !== jobs.size) return false;
    for (const [key, { interval }] of jobs) {
      if (!keys.has(key) || this.entries.get(key)?.job.interval !== interval) return false;
    }
    for (const [key, job] of jobs) {
      const entry = this.entries.get(key);
      if (entry) entry.job = job;
    }
    return true;
  }

  private add(job: Job, phase: number): void {
    const due = nextTurn(this.clock.now(), job.interval, phase);
    const entry: Entry = { job, phase, due, next: undefined, urgent: undefined, running: false, again: false };
    this.entries.set(job.key, entry);
    this.await(entry);
    this.hurry(entry);
  }

  private move(entry: Entry, job: Job, phase: number): void {
    const same = entry.job.interval === job.interval && entry.phase === phase;
    const { interval } = entry.job;
    entry.job = job;
    if (same) return;
    entry.phase = phase;
    // The turn nearest to the one that was planned: a job that waited for long does not start to wait again.
    const after = interval === job.interval ? entry.due - interval / 2 : this.clock.now();
    entry.due = Math.max(this.clock.now(), nextTurn(after, job.interval, phase));
    entry.next?.cancel();
    this.await(entry);
  }

  /** Runs a job out of turn, now; once more when it is running, since what it finds may be out of date. */
  now(key: string): void {
    const entry = this.entries.get(key);
    if (entry) this.hurry(entry);
  }

  /** Whether a job has yet to run, or is running, out of turn. */
  isUrgent(key: string): boolean {
    const entry = this.entries.get(key);
    return entry !== undefined && this.hurried.has(entry);
  }

  /** Resolves once no job has yet to run, or runs, out of turn. */
  async calm(): Promise<void> {
    if (this.hurried.size > 0) await new Promise<void>((resolve) => this.awaitingCalm.push(resolve));
  }

  private calmed(entry: Entry): void {
    this.hurried.delete(entry);
    if (this.hurried.size > 0) return;
    for (const resolve of this.awaitingCalm.splice(0)) resolve();
  }

  close(): void {
    this.replace(new Map());
  }

  private await(entry: Entry): void {
    const { what, about } = entry.job;
    const turn = (ticket: Ticket): Promise<void> => {
      // Turns that were slept through are not made up for. A timer may fire a moment early.
      entry.due = nextTurn(Math.max(this.clock.now(), entry.due), entry.job.interval, entry.phase);
      this.await(entry);
      return this.run(entry, false, ticket);
    };
    entry.next = this.clock.schedule(entry.due - this.clock.now(), what, turn, about);
  }

  private hurry(entry: Entry): void {
    this.hurried.add(entry);
    if (entry.running) {
      entry.again = true;
      return;
    }
    const { what, about } = entry.job;
    const hurried = (ticket: Ticket): Promise<void> => {
      entry.urgent = 'running';
      return this.run(entry, true, ticket);
    };
    entry.urgent ??= this.clock.schedule(0, what, hurried, about);
  }

  private async run(entry: Entry, outOfTurn: boolean, ticket: Ticket): Promise<void> {
    if (entry.running) return;
    entry.running = true;
    try {
      await entry.job.run(outOfTurn, ticket);
    } finally {
      entry.running = false;
      // A turn that came while it waited out of turn did the work of both.
      if (entry.urgent !== 'running') entry.urgent?.cancel();
      entry.urgent = undefined;
      if (entry.again && this.entries.get(entry.job.key) === entry) {
        entry.again = false;
        this.hurry(entry);
      } else this.calmed(entry);
    }
  }
}

/** Milliseconds into its interval, for each job. */
function phasesOf(jobs: Iterable<Job>): Map<string, number> {
  const byInterval = new Map<number, string[]>();
  for (const { key, interval } of jobs) {
    const keys = byInterval.get(interval);
    if (keys) keys.push(key);
    else byInterval.set(interval, [key]);
  }
  const phases = new Map<string, number>();
  for (const [interval, keys] of byInterval) {
    // Intervals begin apart from each other, too.
    const shift = hashOf(String(interval)) % interval;
    for (const [key, turn] of spread(keys)) phases.set(key, Math.floor((turn * interval + shift) % interval));
  }
  return phases;
}
