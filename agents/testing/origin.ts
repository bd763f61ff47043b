import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net';

export interface TestOrigin<S> {
  readonly server: S;
  readonly port: number;
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  close(): Promise<void>;
}

export async function httpOrigin(listener: RequestListener): Promise<TestOrigin<Server>> {
  const server = createServer(listener);
  // A test decides when a kept connection ends.
  server.keepAliveTimeout = 0;
  return listening(server, () => server.closeAllConnections());
}

/** An origin that speaks bytes, for what no HTTP server would do. */
export async function tcpOrigin(accept: (socket: Socket) => void): Promise<TestOrigin<TcpServer>> {
  const sockets = new Set<Socket>();
  const server = createTcpServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    accept(socket);
  });
  return listening(server, () => {
    for (const socket of sockets) socket.destroy();
  });
}

/** A port on which nobody listens, as far as one can know. */
export async function freePort(): Promise<number> {
  const origin = await tcpOrigin(() => {});
  await origin.close();
  return origin.port;
}

async function listening<S extends TcpServer>(server: S, cut: () => void): Promise<TestOrigin<S>> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    server,
    port,
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        cut();
      }),
  };
}
