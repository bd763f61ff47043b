import { type Deadlines, LONGEST_DEADLINE } from './deadlines.js';
import { type Due, DueQueue } from './due-queue.js';
import { defineError, messageOf } from './errors.js';
import { type Running, UnderWay } from './under-way.js';

/**
 * Model time: monitor schedules, TTLs, drains, averages, fault times, simulated latency, timestamps.
 * Timeouts of real I/O belong to {@link Deadlines}.
 */
export interface Clock {
  readonly mode: ClockMode;
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /**
   * Runs `work` once, `delay` milliseconds of model time from now. `what` names it for people: it is listed
   * by `advance`. While the promise it returns is pending the work holds a ticket, and `advance` waits for
   * it; parking on the clock with `ticket.sleep` lets `advance` go on. Work that fails is told to
   * {@link ClockOptions.onError}. Does nothing once the clock is closed.
   *
   * Work that is silent for too long in real time is late: `advance` goes on without it, and so it does with other work
   * that is `about` the same thing (default: `what`). Work called `what` does not begin before late work of that name is
   * over, and `advance` ends with none: but for all of this it has only one {@link ClockOptions.patience}.
   */
  schedule(delay: number, what: string, work: Work, about?: string): Scheduled;
  /**
   * Work that has begun by itself and not on the schedule, such as a request that is with its origin: `advance` waits for it
   * as for any other, until what is returned is called. On a clock that runs nobody waits.
   */
  begin(what: string, about?: string): () => void;
  /** Lets model time pass, in milliseconds. Manual clocks only. Throws CLOCK_NOT_MANUAL, BAD_CLOCK_ADVANCE. */
  advance(by: number): Promise<Advanced>;
  /** Ends all waiting work: nothing that is scheduled or asleep goes on. */
  close(): void;
}

export type ClockMode = 'real' | 'scaled' | 'manual';

export interface Scheduled {
  cancel(): void;
}

export interface Ticket {
  /**
   * Waits for `delay` milliseconds of model time; the work is parked meanwhile. Work that does several things at
   * once counts as parked while any of them sleeps.
   */
  sleep(delay: number): Promise<void>;
  /** The work waits for something that the clock brings; it is parked until what is returned is called. */
  park(): () => void;
}

export interface Advanced {
  /** Model time before and after, in milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
  /** What fell due, in order. */
  readonly ran: readonly { readonly at: number; readonly what: string }[];
  /** False when some work was still busy when the patience was over. */
  readonly settled: boolean;
}

export interface ClockOptions {
  readonly mode: ClockMode;
  /** Model seconds per real second, for `scaled`. */
  readonly scale?: number;
  /** Where a manual clock starts, in milliseconds since the epoch. Default 2026-01-01T00:00:00Z. */
  readonly start?: number;
  readonly deadlines: Deadlines;
  /**
   * How long, in real milliseconds, one `advance` waits for work that is late, altogether. A tenth of what is left of it
   * makes work late; what takes no more than a hundredth costs none of it.
   */
  readonly patience?: number;
  /** Told when scheduled work throws or rejects; the clock goes on. Default: a process warning. */
  readonly onError?: (what: string, error: unknown) => void;
}

export const clockNotManual = defineError<{ mode: ClockMode }>('CLOCK_NOT_MANUAL', {
  status: 409,
  message: (d) => `the clock cannot be advanced: its mode is ${d.mode}`,
  fix: () => "set clock.mode: manual in colocal.yaml, or pass clock: 'manual' to startEmulator",
});

export const badClockAdvance = defineError<{ by: number }>('BAD_CLOCK_ADVANCE', {
  status: 400,
  message: (d) => `the clock cannot be advanced by ${d.by} ms: model time passes only forward`,
  fix: () => 'advance by a span of 0 or more, such as 30s or 10m',
});

const MANUAL_START = Date.UTC(2026, 0, 1);
/** Real milliseconds: long enough for probes and handshakes of a busy machine, short enough to wait for. */
const DEFAULT_PATIENCE = 10_000;

export function createClock(options: ClockOptions): Clock {
  return options.mode === 'manual' ? new ManualClock(options) : new RunningClock(options);
}

function warn(what: string, error: unknown): void {
  process.emitWarning(`${what} failed: ${messageOf(error)}`, { code: 'COLOCAL_SCHEDULED_WORK' });
}

export type Work = (ticket: Ticket) => void | Promise<void>;

/** Runs `work` and reports how it failed, if it does; resolves in any case. undefined when it was done at once. */
function start(work: Work, ticket: Ticket, failed: (error: unknown) => void): Promise<void> | undefined {
  try {
    return work(ticket)?.catch(failed);
  } catch (error) {
    failed(error);
    return undefined;
  }
}

/** Real and scaled time: `scale` model milliseconds pass in one real millisecond. */
class RunningClock implements Clock {
  readonly mode: ClockMode;
  private readonly scale: number;
  private readonly origin = Date.now();
  private readonly started: number;
  private readonly waiting = new Set<Scheduled>();
  private closed = false;

  constructor(private readonly options: ClockOptions) {
    this.mode = options.mode;
    this.scale = options.mode === 'scaled' ? (options.scale ?? 1) : 1;
    this.started = options.deadlines.now();
  }

  now(): number {
    return this.mode === 'real' ? Date.now() : this.origin + (this.options.deadlines.now() - this.started) * this.scale;
  }

  schedule(delay: number, what: string, work: Work): Scheduled {
    const ticket: Ticket = {
      sleep: (ms) => new Promise((resolve) => this.wait(ms, resolve)),
      park: () => NOT_HELD,
    };
    const onError = this.options.onError ?? warn;
    return this.wait(delay, () => {
      void start(work, ticket, (error) => onError(what, error));
    });
  }

  begin(): () => void {
    return NOT_HELD;
  }

  private wait(delay: number, run: () => void): Scheduled {
    if (this.closed) return { cancel: () => undefined };
    const due = this.options.deadlines.now() + delay / this.scale;
    // Longer waits than one deadline holds are taken in steps.
    const step = (): { cancel(): void } => {
      const left = Math.max(0, due - this.options.deadlines.now());
      return this.options.deadlines.after(Math.min(left, LONGEST_DEADLINE), () => {
        if (left > LONGEST_DEADLINE) {
          timer = step();
          return;
        }
        this.waiting.delete(handle);
        run();
      });
    };
    let timer = step();
    const handle: Scheduled = {
      cancel: () => {
        timer.cancel();
        this.waiting.delete(handle);
      },
    };
    this.waiting.add(handle);
    return handle;
  }

  async advance(): Promise<Advanced> {
    throw clockNotManual({ mode: this.mode });
  }

  close(): void {
    this.closed = true;
    for (const handle of this.waiting) handle.cancel();
  }
}

const NOT_HELD = (): void => undefined;

interface Entry extends Due {
  readonly what: string;
  /** It begins work, and does not wake any. */
  readonly begins: boolean;
  readonly run: () => void;
}

/** Time that stands still until it is told to pass. */
class ManualClock implements Clock {
  readonly mode = 'manual';
  private time: number;
  private order = 0;
  private readonly entries = new DueQueue<Entry>();
  private readonly underWay: UnderWay;
  private advancing: Promise<unknown> = Promise.resolve();
  private closed = false;

  constructor(private readonly options: ClockOptions) {
    this.time = options.start ?? MANUAL_START;
    this.underWay = new UnderWay(options.deadlines, options.patience ?? DEFAULT_PATIENCE);
  }

  now(): number {
    return this.time;
  }

  schedule(delay: number, what: string, work: Work, about = what): Scheduled {
    const onError = this.options.onError ?? warn;
    return this.add(delay, what, true, () => {
      const running: Running = { what, about, done: false, asleep: 0 };
      this.underWay.add(running);
      const ticket: Ticket = {
        sleep: (ms) => this.sleep(running, ms, what),
        park: () => this.park(running),
      };
      const finish = (): void => {
        running.done = true;
        this.underWay.release(running);
      };
      const pending = start(work, ticket, (error) => onError(what, error));
      if (pending) void pending.then(finish);
      else finish();
    });
  }

  begin(what: string, about = what): () => void {
    const running: Running = { what, about, done: false, asleep: 0 };
    this.underWay.add(running);
    return () => {
      running.done = true;
      this.underWay.release(running);
    };
  }

  private sleep(running: Running, ms: number, what: string): Promise<void> {
    return new Promise((resolve) => {
      const wake = this.park(running);
      this.add(ms, what, false, () => {
        wake();
        resolve();
      });
    });
  }

  private park(running: Running): () => void {
    let parked = true;
    running.asleep++;
    this.underWay.release(running);
    return () => {
      if (!parked) return;
      parked = false;
      running.asleep--;
      if (running.asleep === 0 && !running.done) this.underWay.add(running);
    };
  }

  private add(delay: number, what: string, begins: boolean, run: () => void): Scheduled {
    if (this.closed) return { cancel: () => undefined };
    const entry: Entry = { at: this.time + Math.max(0, delay), order: this.order++, what, begins, run };
    this.entries.add(entry);
    return { cancel: () => this.entries.remove(entry) };
  }

  advance(by: number): Promise<Advanced> {
    if (!(by >= 0 && Number.isFinite(by))) return Promise.reject(badClockAdvance({ by }));
    const turn = this.advancing.then(() => this.pass(by));
    this.advancing = turn.catch(() => undefined);
    return turn;
  }

  private async pass(by: number): Promise<Advanced> {
    const from = this.time;
    const until = from + by;
    const ran: { at: number; what: string }[] = [];
    this.underWay.begin();
    for (;;) {
      const due = this.entries.until(until);
      if (due ? due.begins && this.underWay.isLate(due.what) : this.underWay.isLate()) {
        await this.underWay.catchUp(due?.what);
        continue;
      }
      if (!due) break;
      this.entries.remove(due);
      this.time = due.at;
      ran.push({ at: due.at, what: due.what });
      due.run();
      await this.underWay.quiet();
    }
    this.time = until;
    return { from, to: until, ran, settled: this.underWay.settled };
  }

  /** An `advance` in progress ends with what is running. */
  close(): void {
    this.closed = true;
    this.entries.clear();
  }
}

const SPAN = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;
const UNIT = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Reads a span such as `250ms`, `30s`, `10m`, `2h`, `1d` as milliseconds; undefined when it is none. */
export function parseSpan(text: string): number | undefined {
  const match = SPAN.exec(text.trim());
  if (!match) return undefined;
  return Number(match[1]) * UNIT[match[2] as keyof typeof UNIT];
}
