import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { defineError, messageOf } from '../../runtime/errors.js';
import { BUFFER_BYTES } from './limits.js';

export interface Listener {
  /** For people, e.g. `traffic http`. */
  readonly name: string;
  /** The key in colocal.yaml, e.g. `listen.http`. */
  readonly flag: string;
}

export const portInUse = defineError<Listener & { address: string }>('PORT_IN_USE', {
  message: (d) => `the ${d.name} listener cannot open ${d.address}: the port is in use`,
  fix: (d) => `stop what listens there, or choose another port with ${d.flag} in colocal.yaml (0 takes any free one)`,
});

export const cannotListen = defineError<Listener & { address: string; why: string }>('CANNOT_LISTEN', {
  message: (d) => `the ${d.name} listener cannot open ${d.address}: ${d.why}`,
  fix: (d) => `choose an address of this machine and a port above 1023 with ${d.flag} in colocal.yaml`,
});

export interface Listening {
  readonly address: AddressInfo;
  /** Takes no more connections; those that are open stay. */
  stop(): void;
}

/** Opens a listener and hands over its sockets. `port` 0 takes any free one. */
export function listen(
  listener: Listener,
  host: string,
  port: number,
  connections: number,
  accept: (socket: Socket) => void,
): Promise<Listening> {
  return new Promise((resolve, reject) => {
    // Half-open: a client may end its side and still read. Without delay: small answers must not wait for more.
    const server: Server = createServer({ allowHalfOpen: true, noDelay: true, highWaterMark: BUFFER_BYTES }, accept);
    server.maxConnections = connections;
    const refused = (error: NodeJS.ErrnoException): void => {
      const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
      reject(
        error.code === 'EADDRINUSE'
          ? portInUse({ ...listener, address }, { cause: error })
          : cannotListen({ ...listener, address, why: messageOf(error) }, { cause: error }),
      );
    };
    server.once('error', refused);
    server.listen({ host, port }, () => {
      server.off('error', refused);
      // Accepting can fail later, for want of descriptors: the listener goes on when there are some again.
      server.on('error', () => undefined);
      const address = server.address();
      if (typeof address !== 'object' || !address) throw new Error('a TCP listener has an address');
      resolve({ address, stop: () => void server.close() });
    });
  });
}
