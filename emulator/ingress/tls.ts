import type { Socket } from 'node:net';
import { createServer, type SecureContext, type TLSSocket } from 'node:tls';
import { messageOf } from '../../runtime/errors.js';
import type { IngressContext } from './ingress.types.js';

/** A fatal TLS alert `unrecognized_name` (112) as a record of its own: type 21, version 3.1, length 2 (RFC 8446 sections 5.1 and 6.2). */
const UNRECOGNIZED_NAME = Buffer.from([21, 3, 1, 0, 2, 2, 112]);

/** What TLS is made with. */
export interface TlsContext extends Pick<IngressContext, 'certificates' | 'log'> {
  readonly limits: Pick<IngressContext['limits'], 'handshakeTimeout'>;
}

/** Makes TLS connections of sockets. */
export interface Tls {
  accept(socket: Socket): void;
  /** Drops what is still in its handshake; established connections are with the side they were handed to. */
  leave(): void;
}

export interface TlsUse {
  /** What is agreed on inside TLS, the favourite first. Absent: nothing is. */
  readonly protocols?: readonly string[];
  /** Whether a side may end and still read. */
  readonly halfOpen: boolean;
  /** Takes a connection whose handshake is over; `raw` is the one below. */
  accept(socket: TLSSocket, raw: Socket): void;
}

/** The socket below a TLS socket. */
type Layered = TLSSocket & { readonly _parent?: Socket };

/** TLS with the certificate for the name each client asks for. */
export function createTls(context: TlsContext, { protocols, halfOpen, accept }: TlsUse): Tls {
  const { certificates, limits, log } = context;
  const handshaking = new Set<Socket>();
  const server = createServer({
    ...(protocols && { ALPNProtocols: [...protocols] }),
    minVersion: 'TLSv1.2',
    handshakeTimeout: limits.handshakeTimeout,
    SNICallback(this: TLSSocket, name: string, done: (error: Error | null, context?: SecureContext) => void) {
      certificates.contextFor(name).then(
        (found) => {
          if (found) done(null, found);
          else refuseName(this, name);
        },
        (error: unknown) => {
          log.warn({ name, error: messageOf(error) }, 'no certificate could be made');
          done(error instanceof Error ? error : new Error(messageOf(error)));
        },
      );
    },
  });

  /** Node can only drop the connection here; this way the client hears why. Nothing is encrypted yet at this point. */
  const refuseName = (socket: Layered, name: string): void => {
    log.warn({ name }, 'a TLS client asked for a name that no zone covers, and was refused');
    const { _parent: plain } = socket;
    if (plain) plain.end(UNRECOGNIZED_NAME, () => plain.destroySoon());
    else socket.destroy();
  };

  server.on('secureConnection', (socket: Layered) => {
    if (socket._parent) handshaking.delete(socket._parent);
    accept(socket, socket._parent ?? socket);
  });
  server.on('tlsClientError', (error, socket) => {
    log.debug({ error: messageOf(error) }, 'a TLS handshake failed');
    socket.destroy();
  });

  return {
    accept(socket) {
      socket.on('error', () => socket.destroy());
      socket.allowHalfOpen = halfOpen;
      handshaking.add(socket);
      socket.once('close', () => handshaking.delete(socket));
      server.emit('connection', socket);
    },
    leave() {
      for (const socket of handshaking) socket.destroy();
    },
  };
}
