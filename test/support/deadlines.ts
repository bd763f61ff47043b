import { type Deadline, ManualDeadlines } from '../../runtime/deadlines.js';

/** Deadlines that pass when the test says so, and that tell when somebody starts to wait. */
export class WatchedDeadlines extends ManualDeadlines {
  private readonly spans = new Map<number, number>();
  private waiting: (() => void)[] = [];

  override after(milliseconds: number, expire: () => void): Deadline {
    const deadline = super.after(milliseconds, expire);
    this.spans.set(milliseconds, (this.spans.get(milliseconds) ?? 0) + 1);
    for (const wake of this.waiting.splice(0)) wake();
    return deadline;
  }

  /** Resolves once `count` deadlines of this span have been set, those already set included. */
  async set(milliseconds: number, count = 1): Promise<void> {
    while ((this.spans.get(milliseconds) ?? 0) < count) {
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }
}

/** Lets a second after the other pass until `done`, for what is looked at again and again. */
export async function elapsing<T>(deadlines: ManualDeadlines, done: Promise<T>): Promise<T> {
  let waiting = true;
  const over = (): void => {
    waiting = false;
  };
  done.then(over, over);
  while (waiting) {
    await new Promise(setImmediate);
    deadlines.elapse(1_000);
  }
  return done;
}
