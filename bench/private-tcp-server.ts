/**
 * What the private TCP of bench/private-tcp.ts is spoken to. The first byte says what the connection is for:
 *
 *   d N   sends N bytes (8 digits of hexadecimal) and ends
 *   u     reads until the end, and says that it has come
 *   e     sends back what comes
 *
 *   private-tcp-server.ts PORT
 */
import { createServer, type Socket } from 'node:net';

const CHUNK = Buffer.alloc(64 * 1024, 'colocal ');

const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
  socket.on('error', () => socket.destroy());
  socket.once('data', (first: Buffer) => {
    const kind = String.fromCharCode(first[0] ?? 0);
    if (kind === 'd') send(socket, Number.parseInt(first.toString('latin1', 1, 9), 16));
    else if (kind === 'u') {
      socket.resume();
      socket.once('end', () => socket.end('u'));
    } else {
      socket.write(first);
      socket.pipe(socket);
    }
  });
});
server.listen(Number(process.argv[2]), '127.0.0.1');

function send(socket: Socket, bytes: number): void {
  let left = bytes;
  const more = (): void => {
    while (left > 0) {
      const chunk = left < CHUNK.length ? CHUNK.subarray(0, left) : CHUNK;
      left -= chunk.length;
      if (!socket.write(chunk)) {
        socket.once('drain', more);
        return;
      }
    }
    socket.end();
  };
  more();
}
