import { type Deadlines, LONGEST_DEADLINE } from './deadlines.js';
import { defineError, messageOf } from './errors.js';

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
   */
  schedule(delay: number, what: string, work: (ticket: Ticket) => void | Promise<void>): Scheduled;
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
}

export interface Advanced {
  /** Model time before and after, in milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
  /** What fell due, in order. */
  readonly ran: readonly { readonly at: number; readonly what: string }[];
  /** False when some work was still busy after it had been silent for too long in real time. */
  readonly settled: boolean;
}

export interface ClockOptions {
  readonly mode: ClockMode;
  /** Model seconds per real second, for `scaled`. */
  readonly scale?: number;
  /** Where a manual clock starts, in milliseconds since the epoch. Default 2026-01-01T00:00:00Z. */
  readonly start?: number;
  readonly deadlines: Deadlines;
  /** How long, in real milliseconds, `advance` waits for work that makes no progress. */
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

type Work = (ticket: Ticket) => void | Promise<void>;

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
    const ticket: Ticket = { sleep: (ms) => new Promise((resolve) => this.wait(ms, resolve)) };
    const onError = this.options.onError ?? warn;
    return this.wait(delay, () => {
      void start(work, ticket, (error) => onError(what, error));
    });
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

interface Entry {
  readonly at: number;
  readonly order: number;
  readonly what: string;
  readonly run: () => void;
}

/** One piece of work that has started: whether it is done, and how many of its branches sleep on the clock. */
interface Running {
  done: boolean;
  asleep: number;
}

/** Time that stands still until it is told to pass. */
class ManualClock implements Clock {
  readonly mode = 'manual';
  private time: number;
  private order = 0;
  private entries: Entry[] = [];
  /** Work that `advance` waits for: it has started, is not done, not parked on this clock and not given up. */
  private readonly busy = new Set<Running>();
  private onProgress: (() => void) | undefined;
  private advancing: Promise<unknown> = Promise.resolve();
  private closed = false;

  constructor(private readonly options: ClockOptions) {
    this.time = options.start ?? MANUAL_START;
  }

  now(): number {
    return this.time;
  }

  schedule(delay: number, what: string, work: Work): Scheduled {
    const onError = this.options.onError ?? warn;
    return this.add(delay, what, () => {
      const running: Running = { done: false, asleep: 0 };
      this.busy.add(running);
      const ticket: Ticket = { sleep: (ms) => this.sleep(running, ms, what) };
      const finish = (): void => {
        running.done = true;
        this.release(running);
      };
      const pending = start(work, ticket, (error) => onError(what, error));
      if (pending) void pending.then(finish);
      else finish();
    });
  }

  private sleep(running: Running, ms: number, what: string): Promise<void> {
    return new Promise((resolve) => {
      running.asleep++;
      this.release(running);
      this.add(ms, what, () => {
        running.asleep--;
        if (running.asleep === 0 && !running.done) this.busy.add(running);
        resolve();
      });
    });
  }

  private release(running: Running): void {
    if (this.busy.delete(running)) this.onProgress?.();
  }

  private add(delay: number, what: string, run: () => void): Scheduled {
    if (this.closed) return { cancel: () => undefined };
    const entry: Entry = { at: this.time + Math.max(0, delay), order: this.order++, what, run };
    this.entries.push(entry);
    return { cancel: () => this.remove(entry) };
  }

  private remove(entry: Entry): void {
    const index = this.entries.indexOf(entry);
    if (index >= 0) this.entries.splice(index, 1);
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
    let settled = true;
    for (let due = this.nextUntil(until); due; due = this.nextUntil(until)) {
      this.remove(due);
      this.time = due.at;
      ran.push({ at: due.at, what: due.what });
      due.run();
      settled = (await this.quiet()) && settled;
    }
    this.time = until;
    return { from, to: until, ran, settled };
  }

  /** What falls due first, in the order it was scheduled where times are equal. */
  private nextUntil(until: number): Entry | undefined {
    let next: Entry | undefined;
    for (const entry of this.entries) {
      if (entry.at > until) continue;
      if (!next || entry.at < next.at || (entry.at === next.at && entry.order < next.order)) next = entry;
    }
    return next;
  }

  /**
   * Resolves when all started work is done or parked: true. Or when none of it made progress for too long: false;
   * what is still busy then is not waited for again until it parks or ends by itself.
   */
  private quiet(): Promise<boolean> {
    return new Promise((resolve) => {
      // A turn of the event loop first: work that only awaits settled promises is done by then.
      setImmediate(() => {
        if (this.busy.size === 0) {
          resolve(true);
          return;
        }
        const patience = this.options.deadlines.after(this.options.patience ?? DEFAULT_PATIENCE, () => {
          this.onProgress = undefined;
          this.busy.clear();
          resolve(false);
        });
        this.onProgress = () => {
          if (this.busy.size > 0) {
            patience.refresh();
            return;
          }
          this.onProgress = undefined;
          patience.cancel();
          // Once more: whoever waited for that work gets a turn, too, before time goes on.
          resolve(this.quiet());
        };
      });
    });
  }

  /** An `advance` in progress ends with what is running. */
  close(): void {
    this.closed = true;
    this.entries = [];
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
