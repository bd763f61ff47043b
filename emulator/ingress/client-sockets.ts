import type { Socket } from 'node:net';
import type { Deadlines } from '../../runtime/deadlines.js';

/** The sockets on which clients are there. */
export class ClientSockets {
  private readonly sockets = new Set<Socket>();
  private onEmpty: (() => void) | undefined;

  add(socket: Socket): void {
    this.sockets.add(socket);
    socket.once('close', () => {
      this.sockets.delete(socket);
      if (this.sockets.size === 0) this.onEmpty?.();
    });
  }

  /** Resolves when the last has gone; after `graceMs` of real time they are broken off. */
  async gone(graceMs: number, deadlines: Deadlines): Promise<void> {
    if (this.sockets.size === 0) return;
    await new Promise<void>((resolve) => {
      const grace = deadlines.after(graceMs, () => {
        for (const socket of this.sockets) socket.destroy();
      });
      this.onEmpty = () => {
        grace.cancel();
        resolve();
      };
    });
  }
}
