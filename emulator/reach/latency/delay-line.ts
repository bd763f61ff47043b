import type { Clock, Scheduled } from '../../../runtime/clock.js';
import type { Line } from './crossing.js';

/**
 * Bytes on their way in one direction of one stream. What waits here is sent and cannot be had back, so it is less than
 * what a request's body is kept of to be sent again (emulator/forward/replay.ts).
 */
const WINDOW = 512 * 1024;
/** What an item counts at least, however few bytes it has: the line is bounded also for those who send single bytes. */
const ITEM_BYTES = 256;

export interface DelayLineOptions {
  readonly clock: Pick<Clock, 'now' | 'schedule'>;
  /** Named by `advance` when something arrives. */
  readonly what: string;
  /**
   * Milliseconds of model time that something takes. Asked for each item, which may differ: their order does not change.
   * What takes none, and has nothing before it, is delivered at once.
   */
  readonly delay: (bytes: number) => number;
  /** Bytes; default 512 KiB. */
  readonly window?: number;
}

interface Item {
  readonly due: number;
  readonly bytes: number;
  readonly deliver: () => void;
}

/**
 * One direction of a stream between two ends that are apart: what is sent is delivered later, in order.
 *
 *     send --> [ item due 30 | item due 20 | item due 20 ] --> deliver
 *      ^ false when full, then `room`                          pause, resume
 *
 * At most one timer waits, for the first item. Pure but for the clock it is given.
 */
export class DelayLine implements Line {
  room: () => void = () => undefined;
  private readonly items: Item[] = [];
  private bytes = 0;
  private full = false;
  private paused = false;
  private delivering = false;
  private closed = false;
  private timer: Scheduled | undefined;
  /** How far time has come. A clock that is set back does not hold up what is due. */
  private time = Number.NEGATIVE_INFINITY;
  private readonly window: number;

  constructor(private readonly options: DelayLineOptions) {
    this.window = options.window ?? WINDOW;
  }

  send(deliver: () => void, bytes = 0): boolean {
    if (this.closed) return true;
    const delay = this.options.delay(bytes);
    if (delay <= 0 && this.items.length === 0 && !this.paused && !this.delivering) {
      deliver();
      return true;
    }
    const counted = Math.max(bytes, ITEM_BYTES);
    const before = this.items.at(-1)?.due ?? Number.NEGATIVE_INFINITY;
    const due = Math.max(before, this.options.clock.now() + delay);
    this.items.push({ due, bytes: counted, deliver });
    this.bytes += counted;
    this.wait();
    this.full ||= this.bytes >= this.window;
    return !this.full;
  }

  pause(): void {
    this.paused = true;
    this.stopTimer();
  }

  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    this.run();
  }

  get underWay(): boolean {
    return this.items.length > 0 && !this.paused;
  }

  close(): void {
    this.closed = true;
    this.items.length = 0;
    this.bytes = 0;
    this.stopTimer();
  }

  private run(): void {
    if (this.delivering) return;
    this.delivering = true;
    this.time = Math.max(this.time, this.options.clock.now());
    try {
      while (!this.paused) {
        const first = this.items[0];
        if (!first || first.due > this.time) break;
        this.items.shift();
        this.bytes -= first.bytes;
        first.deliver();
      }
    } finally {
      this.delivering = false;
      this.wait();
    }
    if (!this.full || this.closed || this.bytes > this.window / 2) return;
    this.full = false;
    this.room();
  }

  private wait(): void {
    const first = this.items[0];
    if (!first || this.timer || this.paused || this.delivering) return;
    const { clock, what } = this.options;
    this.timer = clock.schedule(Math.max(0, first.due - Math.max(this.time, clock.now())), what, () => {
      this.timer = undefined;
      // Timers count whole milliseconds: this one is over, whatever the clock says.
      this.time = Math.max(this.time, first.due);
      this.run();
    });
  }

  private stopTimer(): void {
    this.timer?.cancel();
    this.timer = undefined;
  }
}
