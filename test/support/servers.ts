import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer, type ServerOptions } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { onTestFinished } from 'vitest';
import { openCertificateAuthority } from '../../emulator/ingress/certificate-authority.js';
import { type Origin, startOrigin } from '../../origins/index.js';
import { realDeadlines } from '../../runtime/deadlines.js';

/** The sample origin of `colocal origin`. */
export async function useOrigin(name = 'origin'): Promise<Origin> {
  const origin = await startOrigin({ name, host: '127.0.0.1', port: 0, deadlines: realDeadlines });
  onTestFinished(() => origin.close());
  return origin;
}

/** An HTTP server of the test's own. Returns its port. */
export async function useServer(answer: RequestListener): Promise<{ readonly port: number; readonly server: Server }> {
  const server = createServer({ requestTimeout: 0, keepAliveTimeout: 60_000 }, answer);
  return { port: await listening(server), server };
}

/** The same over TLS, with a certificate that nobody trusts. */
export async function useTlsServer(
  answer: RequestListener,
  options: ServerOptions = {},
): Promise<{ readonly port: number; readonly server: Server }> {
  const day = 24 * 60 * 60 * 1000;
  // Long ago and far ahead: whatever today is.
  const from = Date.UTC(2020, 0, 1);
  const authority = await openCertificateAuthority(from + day);
  const { certificate, privateKey } = await authority.issue(['public.example.com'], from, Date.UTC(2050, 0, 1));
  const server = createHttpsServer({ cert: certificate, key: privateKey, ...options }, answer);
  return { port: await listening(server), server };
}

/** A server that is handed raw sockets: for what no HTTP server does. `host` is an address of loopback. */
export async function useSockets(
  take: (socket: Socket) => void,
  host = '127.0.0.1',
): Promise<{ readonly port: number }> {
  const sockets = new Set<Socket>();
  const server = createTcpServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    take(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return { port: (server.address() as AddressInfo).port };
}

/** A port of this machine on which nobody listens. */
export async function closedPort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/**
 * A port of this machine whose connections are never established: somebody listens and never accepts, and the
 * queue of those waiting is full, so that the system drops what comes.
 */
export async function stuckPort(): Promise<number> {
  const { connect } = await import('node:net');
  // A thread that goes to sleep right after it started to listen.
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads');
     const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
       parentPort.postMessage(server.address().port);
       Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
     });`,
    { eval: true },
  );
  const port = await new Promise<number>((resolve) => worker.once('message', resolve));
  const waiting: Socket[] = [];
  onTestFinished(async () => {
    for (const socket of waiting) socket.destroy();
    await worker.terminate();
  });
  // The queue holds one more than the backlog. Each is established before the next is tried.
  for (let place = 0; place < 2; place++) {
    const socket = connect(port, '127.0.0.1');
    waiting.push(socket);
    await new Promise((resolve) => socket.once('connect', resolve));
  }
  return port;
}

async function listening(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    // Node lets go of sockets that switch protocols; a test that breaks them is no reason to end the process.
    socket.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}
