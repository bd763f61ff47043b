import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * The sockets of a server and how many requests are in progress on each. Node's own account has no place for a
 * socket that never sent a request, so that closing would wait for it.
 */
export class OpenSockets {
  private readonly requests = new Map<Socket, number>();
  private leaving = false;

  constructor(server: Server) {
    server.on('connection', (socket) => {
      this.requests.set(socket, 0);
      socket.once('close', () => this.requests.delete(socket));
    });
    server.on('request', ({ socket }, response) => {
      this.requests.set(socket, (this.requests.get(socket) ?? 0) + 1);
      response.once('close', () => this.ended(socket));
    });
  }

  /** Closes every socket as soon as no request is in progress on it: most at once. */
  leave(): void {
    this.leaving = true;
    for (const [socket, requests] of this.requests) if (requests === 0) socket.destroySoon();
  }

  private ended(socket: Socket): void {
    const before = this.requests.get(socket);
    // The socket may be gone already.
    if (before === undefined) return;
    this.requests.set(socket, before - 1);
    if (this.leaving && before === 1) socket.destroySoon();
  }
}
