import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { Transport } from '../../protocol/session.js';
import type { Deadlines } from '../../runtime/deadlines.js';

/** How long the closing handshake may take before the socket is cut, in milliseconds. */
const CLOSING = 2000;
const NORMAL_CLOSURE = 1000;
/** A close frame carries 123 bytes of reason (RFC 6455 section 5.5). */
const MAX_REASON_BYTES = 120;

/** Carries a session over a WebSocket. */
export class SocketTransport implements Transport {
  private corked = false;

  constructor(
    private readonly webSocket: WebSocket,
    /** The socket below it. */
    private readonly socket: Socket,
    private readonly deadlines: Deadlines,
    private readonly sent: () => void,
  ) {}

  send(message: Buffer): void {
    if (!this.corked) {
      // Several messages of one turn, as bulk makes them, leave in one system call.
      this.corked = true;
      this.socket.cork();
      process.nextTick(this.uncork);
    }
    this.webSocket.send(message, IGNORE_ERRORS);
    this.sent();
  }

  close(reason: string): void {
    closeSocket(this.webSocket, reason, this.deadlines);
  }

  defer(flush: () => void): void {
    setImmediate(flush);
  }

  private readonly uncork = (): void => {
    this.corked = false;
    this.socket.uncork();
  };
}

/** A send that fails is followed by `close`, which is where it is dealt with. */
const IGNORE_ERRORS = (): void => {};

/** Closes with a reason; a peer that does not answer is cut off. */
export function closeSocket(webSocket: WebSocket, reason: string, deadlines: Deadlines): void {
  if (webSocket.readyState === webSocket.CLOSED) return;
  const cut = deadlines.after(CLOSING, () => webSocket.terminate());
  webSocket.once('close', () => cut.cancel());
  // Cutting bytes may cut a character in half: its replacement is dropped.
  const short = Buffer.from(reason)
    .subarray(0, MAX_REASON_BYTES)
    .toString('utf8')
    .replace(/\uFFFD$/, '');
  webSocket.close(NORMAL_CLOSURE, short);
}
