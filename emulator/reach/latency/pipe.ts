import type { Clock, Scheduled } from '../../../runtime/clock.js';
import type { Line } from './crossing.js';

/** Pieces in a second of one stream: fine enough to flow, few enough to count. */
const PIECES_PER_SECOND = 10;
const LARGEST_PIECE = 16 * 1024;
/** Bytes that wait in one direction of one stream before its sender has to. */
const WINDOW = 64 * 1024;

interface Turn {
  readonly bytes: number;
  done: () => void;
}

/** Carries so many bytes in a second of model time, for all the lines through it, which take turns piece by piece. */
export class Pipe {
  /** Bytes. */
  readonly piece: number;
  private readonly waiting: Turn[] = [];
  private current: Scheduled | undefined;

  /**
   * @param rate bytes in a second of model time
   * @param what named by `advance` when a piece is through
   */
  constructor(
    private readonly clock: Pick<Clock, 'schedule'>,
    private readonly rate: number,
    private readonly what: string,
  ) {
    this.piece = Math.min(LARGEST_PIECE, Math.max(1, Math.floor(rate / PIECES_PER_SECOND)));
  }

  /** Nothing is in it. */
  get isIdle(): boolean {
    return this.current === undefined;
  }

  /** Calls `done` when a piece is through. Returns how to give it up; what is being carried takes its time all the same. */
  carry(bytes: number, done: () => void): () => void {
    const turn: Turn = { bytes, done };
    this.waiting.push(turn);
    if (!this.current) this.next();
    return () => {
      turn.done = () => undefined;
      const at = this.waiting.indexOf(turn);
      if (at !== -1) this.waiting.splice(at, 1);
    };
  }

  private next(): void {
    const turn = this.waiting.shift();
    if (!turn) return;
    this.current = this.clock.schedule((turn.bytes / this.rate) * 1000, this.what, () => {
      this.current = undefined;
      turn.done();
      if (!this.current) this.next();
    });
  }
}

interface Item {
  readonly bytes: number;
  readonly deliver: () => void;
}

/**
 * One direction of a stream through a pipe. What has no bytes (heads, ends) takes no time, but its turn.
 *
 *     send --> [ piece | piece | end ] --> pipe, one piece at a time --> deliver
 *      ^ false when full, then `room`                                     pause, resume
 */
export class PipedLine implements Line {
  room: () => void = () => undefined;
  readonly piece: number;
  private readonly items: Item[] = [];
  private bytes = 0;
  private full = false;
  private paused = false;
  private closed = false;
  private running = false;
  /** The first item is in the pipe. */
  private giveUp: (() => void) | undefined;
  /** The first item is through. */
  private carried = false;

  constructor(private readonly pipe: Pipe) {
    this.piece = pipe.piece;
  }

  send(deliver: () => void, bytes = 0): boolean {
    if (this.closed) return true;
    this.items.push({ bytes, deliver });
    this.bytes += bytes;
    this.full ||= this.bytes >= WINDOW;
    this.run();
    return !this.full;
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    this.run();
  }

  get underWay(): boolean {
    return this.giveUp !== undefined;
  }

  close(): void {
    this.closed = true;
    this.giveUp?.();
    this.giveUp = undefined;
    this.items.length = 0;
    this.bytes = 0;
  }

  private run(): void {
    if (this.running || this.giveUp) return;
    this.running = true;
    try {
      for (let first = this.items[0]; first && !this.paused; first = this.items[0]) {
        if (first.bytes > 0 && !this.carried) {
          this.giveUp = this.pipe.carry(first.bytes, () => this.through());
          break;
        }
        this.carried = false;
        this.items.shift();
        this.bytes -= first.bytes;
        first.deliver();
      }
    } finally {
      this.running = false;
    }
    if (!this.full || this.closed || this.bytes > WINDOW / 2) return;
    this.full = false;
    this.room();
  }

  private through(): void {
    this.giveUp = undefined;
    this.carried = true;
    this.run();
  }
}
