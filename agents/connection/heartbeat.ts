import type { Deadline, Deadlines } from '../../runtime/deadlines.js';

/** Between pings, in milliseconds. */
const EVERY = 15_000;
/** How long the edge may then stay silent. */
const PATIENCE = 10_000;

/** Notices that the other side is gone without a word, as after a pulled cable or a suspended laptop. */
export class Heartbeat {
  private silent = false;
  private deadline: Deadline;

  constructor(
    private readonly deadlines: Deadlines,
    private readonly ping: () => void,
    private readonly dead: () => void,
  ) {
    this.deadline = this.wait(EVERY);
  }

  /** Anything came in. Called for every message, so it does no more than this. */
  heard(): void {
    this.silent = false;
  }

  stop(): void {
    this.deadline.cancel();
  }

  private wait(milliseconds: number): Deadline {
    return this.deadlines.after(milliseconds, () => {
      this.silent = true;
      this.ping();
      this.deadline = this.deadlines.after(PATIENCE, () => {
        if (this.silent) this.dead();
        else this.deadline = this.wait(EVERY - PATIENCE);
      });
    });
  }
}
