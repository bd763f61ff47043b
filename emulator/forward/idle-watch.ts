import type { Deadline, Deadlines } from '../../runtime/deadlines.js';

/**
 * Notices when nothing has moved for so long (`settings.timeouts.idle`; docs/reference/load-balancing.md 10: 900 s).
 * One deadline is refreshed with whatever moves; a new one is made only after it has expired.
 */
export class IdleWatch {
  private deadline: Deadline | undefined;
  private stopped = false;

  /**
   * @param seconds how long nothing may move
   * @param onIdle may decide that somebody else is waited for; the next move then starts the watch again
   * @param underWay whether simulated latency holds something up: then the span begins anew
   */
  constructor(
    private readonly deadlines: Deadlines,
    readonly seconds: number,
    private readonly onIdle: () => void,
    private readonly underWay: () => boolean = () => false,
  ) {
    this.moved();
  }

  /** Something moved: the span begins anew. */
  moved(): void {
    if (this.stopped) return;
    if (this.deadline) this.deadline.refresh();
    else this.deadline = this.deadlines.after(this.seconds * 1000, this.expired);
  }

  stop(): void {
    this.stopped = true;
    this.deadline?.cancel();
  }

  private readonly expired = (): void => {
    this.deadline = undefined;
    if (this.underWay()) this.moved();
    else this.onIdle();
  };
}

/** What the record of a request says of it. */
export function idleDetail(seconds: number): string {
  return `nothing moved for ${seconds} s (settings.timeouts.idle)`;
}
