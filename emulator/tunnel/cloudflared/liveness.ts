import type { ClientHttp2Session } from 'node:http2';
import type { Deadline, Deadlines } from '../../../runtime/deadlines.js';

/** Milliseconds between two pings. */
export const PING_EVERY = 20_000;
/** Milliseconds that the answer to one may take. */
export const PING_GRACE = 10_000;

/** Finds connections whose other side is gone without a word: it no longer answers pings. */
export class Liveness {
  private deadline: Deadline | undefined;
  private stopped = false;

  constructor(
    private readonly session: ClientHttp2Session,
    private readonly deadlines: Deadlines,
    private readonly onDead: (reason: string) => void,
  ) {}

  start(): void {
    this.deadline = this.deadlines.after(PING_EVERY, () => this.ping());
  }

  private ping(): void {
    if (this.session.destroyed) return;
    this.deadline = this.deadlines.after(PING_GRACE, () =>
      this.onDead(`no sign of life for ${(PING_EVERY + PING_GRACE) / 1000} s`),
    );
    this.session.ping((error) => {
      if (error || this.stopped) return;
      this.deadline?.cancel();
      this.start();
    });
  }

  stop(): void {
    this.stopped = true;
    this.deadline?.cancel();
  }
}
