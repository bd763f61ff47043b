import type { Deadlines } from '../../../runtime/deadlines.js';

/** Milliseconds in which the same thing is said once. */
const QUIET = 60_000;
/** Different things that are remembered; the oldest is forgotten first. */
const MAX_REMEMBERED = 100;

/** Keeps repetitions quiet: a cloudflared that does not trust the certificate dials a hundred times a second. */
export class Repeats {
  /** When it was said, the oldest first. */
  private readonly said = new Map<string, number>();

  constructor(private readonly deadlines: Pick<Deadlines, 'now'>) {}

  /** Whether this has not been said for a while. */
  isNew(what: string): boolean {
    const now = this.deadlines.now();
    const before = this.said.get(what);
    if (before !== undefined && now - before < QUIET) return false;
    this.said.delete(what);
    this.said.set(what, now);
    if (this.said.size > MAX_REMEMBERED) {
      const oldest = this.said.keys().next();
      if (!oldest.done) this.said.delete(oldest.value);
    }
    return true;
  }
}
