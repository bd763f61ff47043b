import type { AddressInfo, Socket } from 'node:net';
import { ClientSockets } from './client-sockets.js';
import { createHttp1 } from './http1.js';
import { createHttp2 } from './http2.js';
import type { IngressContext } from './ingress.types.js';
import { DEFAULT_LIMITS, type IngressLimits } from './limits.js';
import { type Listener, type Listening, listen } from './listen.js';
import { createTls, type Tls } from './tls.js';

export interface IngressOptions extends Omit<IngressContext, 'limits' | 'log'> {
  /** Each has its default: see {@link DEFAULT_LIMITS}. */
  readonly limits?: Partial<IngressLimits>;
  readonly log?: IngressContext['log'];
}

/** The traffic side of the edge: clients come in here, over HTTP/1, HTTP/2, TLS, or through it as a forward proxy. */
export interface Ingress {
  /** Opens the plain listener. Fails with PORT_IN_USE or CANNOT_LISTEN. `port` 0 takes any free one. */
  listenHttp(host: string, port: number): Promise<AddressInfo>;
  /** Opens the TLS listener. Fails as {@link listenHttp}. */
  listenHttps(host: string, port: number): Promise<AddressInfo>;
  /** Takes nothing new, lets what is open finish for `graceMs`, then breaks it off. Idempotent. */
  close(graceMs: number): Promise<void>;
}

const HTTP: Listener = { name: 'traffic http', flag: 'listen.http' };
const HTTPS: Listener = { name: 'traffic https', flag: 'listen.https' };

/** Builds the traffic side; nothing is opened yet. */
export function createIngress(options: IngressOptions): Ingress {
  const context: IngressContext = {
    ...options,
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    log: options.log ?? { debug: () => undefined, warn: () => undefined },
  };
  const http2 = createHttp2(context);
  // A client of the plain listener may ask for the TLS side by CONNECT, and requests inside TLS are HTTP/1 as well.
  const http1 = createHttp1(context, (socket) => tunnelledTls.accept(socket));
  // Without half-open connections, or an HTTP/2 session would outlive its client.
  const https = (accept: (socket: Socket) => void): Tls =>
    createTls(context, {
      protocols: ['h2', 'http/1.1'],
      halfOpen: false,
      accept: (socket) => (socket.alpnProtocol === 'h2' ? http2.accept(socket) : accept(socket)),
    });
  const tls = https(http1.accept);
  const tunnelledTls = https(http1.acceptTunnelled);
  const listening: Listening[] = [];
  const clients = new ClientSockets();
  let closed: Promise<void> | undefined;

  const open = async (listener: Listener, host: string, port: number, accept: (socket: Socket) => void) => {
    const opened = await listen(listener, host, port, context.limits.connections, (socket) => {
      clients.add(socket);
      accept(socket);
    });
    listening.push(opened);
    return opened.address;
  };

  const shut = async (graceMs: number): Promise<void> => {
    for (const listener of listening) listener.stop();
    http1.leave();
    http2.leave();
    tls.leave();
    tunnelledTls.leave();
    await clients.gone(graceMs, context.deadlines);
    http1.close();
  };

  return {
    listenHttp: (host, port) => open(HTTP, host, port, http1.accept),
    listenHttps: (host, port) => open(HTTPS, host, port, tls.accept),
    close(graceMs) {
      closed ??= shut(graceMs);
      return closed;
    },
  };
}
