import type { Duplex } from 'node:stream';
import type { Deadline, Deadlines } from '../../runtime/deadlines.js';

/** How often a client is asked. Milliseconds. */
const EVERY = 1_000;

/**
 * Notices that a client is gone whose bytes wait in its socket. The system tells of a reset to who reads, and nobody does;
 * one that comes together with bytes is even taken for an end, at which a client may still want to read. A write of nothing
 * puts nothing on the wire, but fails after a reset: then the socket closes with that error.
 */
export class UnreadClient {
  private next: Deadline;

  constructor(
    private readonly socket: Duplex,
    private readonly deadlines: Deadlines,
  ) {
    this.next = this.later();
    socket.once('close', () => this.stop());
  }

  /** Asks at once. To be called when something came that is left where it is. */
  readonly ask = (): void => {
    if (this.socket.writable) this.socket.write('');
  };

  /** Somebody reads it from now on. */
  stop(): void {
    this.next.cancel();
  }

  private later(): Deadline {
    return this.deadlines.after(EVERY, () => {
      this.ask();
      this.next = this.later();
    });
  }
}
