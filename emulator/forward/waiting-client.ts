import type { Duplex } from 'node:stream';

/** What a client may say before its protocol is switched; more waits in its socket. One read of a socket. */
const MOST_EARLY_BYTES = 64 * 1024;

/**
 * The socket of a client that waits for its protocol to be switched. Nobody else reads it meanwhile, and only who
 * reads a socket hears that it ended; what comes is kept for whoever has the socket next.
 */
export class WaitingClient {
  private readonly early: Buffer[] = [];
  private bytes = 0;
  private waiting = true;

  /**
   * @param head what came together with the request
   * @param onGone called when the client ends its side while it waits: like any other request, this one is then given up,
   * because there is no telling whether the client would still read.
   */
  constructor(
    private readonly socket: Duplex,
    head: Buffer,
    private readonly onGone: () => void,
  ) {
    socket.on('end', this.gone).on('data', this.take);
    if (head.length > 0) this.take(head);
  }

  private readonly take = (chunk: Buffer): void => {
    this.early.push(chunk);
    this.bytes += chunk.length;
    if (this.bytes >= MOST_EARLY_BYTES) this.socket.pause();
  };

  private readonly gone = (): void => {
    if (!this.waiting) return;
    this.waiting = false;
    this.onGone();
  };

  /** The switch is made: the socket is whole again, and nobody reads it. */
  handOver(): void {
    this.waiting = false;
    this.socket.off('data', this.take).pause();
    if (this.bytes > 0) this.socket.unshift(Buffer.concat(this.early));
  }

  /** There is no switch: what the client says is read, so that it can read the answer, and dropped. */
  dismiss(): void {
    if (!this.waiting) return;
    this.waiting = false;
    this.early.length = 0;
    this.socket.off('data', this.take).resume();
  }
}
