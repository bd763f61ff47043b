import type { Deadline, Deadlines } from './deadlines.js';

/** Milliseconds after which repetitions are summed up. */
export const SUMMED_UP_AFTER = 60_000;
/** Different things that are counted at a time; more of them displace the oldest. */
const MOST = 100;

interface Entry {
  again: number;
  say: (again: number) => void;
  readonly deadline: Deadline;
}

/**
 * Says what happens again and again at once the first time, and then once a minute how often it happened since. What
 * did not happen for a minute is new again.
 */
export class Repeated {
  private readonly entries = new Map<string, Entry>();

  constructor(private readonly deadlines: Deadlines) {}

  /**
   * It happened. `say` is called with 0 the first time, and later with how often it happened again.
   *
   * @param what equal for what is said once
   */
  happened(what: string, say: (again: number) => void): void {
    const known = this.entries.get(what);
    if (known) {
      known.again++;
      known.say = say;
      return;
    }
    if (this.entries.size >= MOST) this.displaceOldest();
    this.count(what, say);
    say(0);
  }

  /** Sums up what is left, and stops counting. */
  close(): void {
    for (const what of [...this.entries.keys()]) this.sumUp(what);
  }

  private count(what: string, say: (again: number) => void): void {
    const deadline = this.deadlines.after(SUMMED_UP_AFTER, () => {
      const entry = this.sumUp(what);
      if (entry && entry.again > 0) this.count(what, entry.say);
    });
    this.entries.set(what, { again: 0, say, deadline });
  }

  private displaceOldest(): void {
    const oldest = this.entries.keys().next();
    if (!oldest.done) this.sumUp(oldest.value);
  }

  private sumUp(what: string): Entry | undefined {
    const entry = this.entries.get(what);
    if (!entry) return undefined;
    this.entries.delete(what);
    entry.deadline.cancel();
    if (entry.again > 0) entry.say(entry.again);
    return entry;
  }
}

/** How a message goes on that stands for several: ` (again 41 times in the last minute)`. */
export function againText(again: number): string {
  if (again === 0) return '';
  return ` (again ${again} time${again === 1 ? '' : 's'} in the last minute)`;
}
