/**
 * Real time for real I/O: handshake, header, idle and connect timeouts, heartbeats, backoff, grace.
 * Model time (schedules, TTLs, averages) is {@link Clock}'s. The two never mix: a person who stops the
 * model clock still wants a stuck socket closed.
 */
export interface Deadlines {
  /** Monotonic milliseconds since some fixed moment. */
  now(): number;
  /** Runs `expire` once, `milliseconds` from now, unless cancelled. More than {@link LONGEST_DEADLINE} is taken as that. */
  after(milliseconds: number, expire: () => void): Deadline;
}

export interface Deadline {
  cancel(): void;
  /** Starts the same span again from now. A deadline that has expired or was cancelled stays so. */
  refresh(): void;
}

/** Milliseconds, some 25 days: a timer of Node's that is longer fires at once. */
export const LONGEST_DEADLINE = 0x7fff_ffff;

export const realDeadlines: Deadlines = {
  now: () => performance.now(),
  after(milliseconds, expire) {
    let live = true;
    const timer = setTimeout(
      () => {
        live = false;
        expire();
      },
      Math.min(milliseconds, LONGEST_DEADLINE),
    );
    return {
      cancel() {
        live = false;
        clearTimeout(timer);
      },
      refresh() {
        // Refreshing a timer that has fired would set it again.
        if (live) timer.refresh();
      },
    };
  },
};

/** Deadlines that expire when a test says so. */
export class ManualDeadlines implements Deadlines {
  private time = 0;
  private pending: { at: number; span: number; expire: () => void }[] = [];

  now(): number {
    return this.time;
  }

  after(milliseconds: number, expire: () => void): Deadline {
    const span = Math.min(milliseconds, LONGEST_DEADLINE);
    const entry = { at: this.time + span, span, expire };
    this.pending.push(entry);
    return {
      cancel: () => {
        this.pending = this.pending.filter((other) => other !== entry);
      },
      refresh: () => {
        if (this.pending.includes(entry)) entry.at = this.time + entry.span;
      },
    };
  }

  /** How many deadlines are waiting. */
  get size(): number {
    return this.pending.length;
  }

  /** Lets `milliseconds` pass: everything that falls due runs, earliest first. */
  elapse(milliseconds: number): void {
    const until = this.time + milliseconds;
    for (;;) {
      const due = this.pending.filter((entry) => entry.at <= until).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.pending = this.pending.filter((other) => other !== due);
      this.time = due.at;
      due.expire();
    }
    this.time = until;
  }
}
