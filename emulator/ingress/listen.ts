import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { listenText } from '../../runtime/listen-address.js';
import { listenFailure } from '../../runtime/listen-failure.js';
import { BUFFER_BYTES } from './limits.js';

export interface Listener {
  /** For people, e.g. `traffic http`. */
  readonly name: string;
  /** The key in colocal.yaml, e.g. `listen.http`. */
  readonly flag: string;
}

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
      reject(listenFailure(error, { ...listener, address: listenText({ host, port }) }));
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
