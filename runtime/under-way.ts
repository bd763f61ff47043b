import type { Deadlines } from './deadlines.js';

/** One piece of work that has started: whether it is done, and how many of its branches sleep on the clock. */
export interface Running {
  readonly what: string;
  /** What it is about: work about the same thing is taken to be equally slow. */
  readonly about: string;
  done: boolean;
  asleep: number;
}

/** Of the patience that is left: how long work may be silent before time goes on without it. */
const LINGER = 1 / 10;
/** Of the whole patience: work that takes no longer is prompt, and costs none of it. */
const PROMPT = 1 / 100;

/**
 * The work that a manual clock has started and waits for. Prompt work holds the time until it ends. Work that is silent
 * for too long is late: time goes on without it, and it is waited for once more, all of it together. One patience is for
 * all the waiting of an `advance`, so that what hangs costs it once, however often it has its turn.
 */
export class UnderWay {
  private readonly prompt = new Set<Running>();
  private readonly late = new Set<Running>();
  /** What work was late about since {@link begin}: more of it does not hold the time. */
  private readonly slow = new Set<string>();
  /** Real milliseconds. */
  private left: number;
  private readonly givenUp = new Set<Running>();
  private gaveUp = false;
  private onEnd: (() => void) | undefined;

  /** @param patience real milliseconds */
  constructor(
    private readonly deadlines: Deadlines,
    private readonly patience: number,
  ) {
    this.left = patience;
  }

  /** Starts with a whole patience. What was given up before, and goes on, is waited for again. */
  begin(): void {
    this.left = this.patience;
    this.gaveUp = false;
    this.slow.clear();
    for (const running of this.givenUp) this.isNowLate(running);
    this.givenUp.clear();
  }

  /** Whether everything that was waited for since {@link begin} ended or parked. */
  get settled(): boolean {
    return !this.gaveUp;
  }

  add(running: Running): void {
    (this.slow.has(running.about) ? this.late : this.prompt).add(running);
  }

  /** It is done or parked. */
  release(running: Running): void {
    this.givenUp.delete(running);
    if (this.prompt.delete(running) || this.late.delete(running)) this.onEnd?.();
  }

  /** Whether late work is under way: any, or such as is called `what`. */
  isLate(what?: string): boolean {
    if (what === undefined) return this.late.size > 0;
    for (const running of this.late) if (running.what === what) return true;
    return false;
  }

  /** Resolves when all that is under way is late. */
  async quiet(): Promise<void> {
    for (;;) {
      // A turn of the event loop: work that only awaits settled promises is done by then, and so is whoever waited for it.
      await new Promise((resolve) => setImmediate(resolve));
      if (this.prompt.size === 0) return;
      const linger = Math.max(this.patience * PROMPT, this.left * LINGER);
      if (await this.over(() => this.prompt.size === 0, linger)) continue;
      for (const running of this.prompt) this.isNowLate(running);
      this.prompt.clear();
    }
  }

  /** Waits for late work, as {@link isLate} has it. When the patience ends first all of it is given up. */
  async catchUp(what?: string): Promise<void> {
    if (this.left === 0 || !(await this.over(() => !this.isLate(what), this.left))) {
      this.gaveUp = true;
      for (const running of this.late) this.givenUp.add(running);
      this.late.clear();
    }
    await this.quiet();
  }

  private isNowLate(running: Running): void {
    this.slow.add(running.about);
    this.late.add(running);
  }

  private over(isOver: () => boolean, span: number): Promise<boolean> {
    const began = this.deadlines.now();
    return new Promise((resolve) => {
      const end = (inTime: boolean): void => {
        this.onEnd = undefined;
        deadline.cancel();
        const waited = this.deadlines.now() - began;
        if (!inTime) this.left = Math.max(0, this.left - span);
        else if (waited > this.patience * PROMPT) this.left = Math.max(0, this.left - waited);
        resolve(inTime);
      };
      const deadline = this.deadlines.after(span, () => end(false));
      this.onEnd = () => {
        if (isOver()) end(true);
      };
    });
  }
}
