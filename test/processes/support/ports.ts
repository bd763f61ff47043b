import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';

/**
 * Below the ports that systems hand out by themselves (Linux: 32768 and up), so that between finding a port free and
 * opening it, or while a program is restarted on it, no outgoing connection can take it.
 */
const LOWEST = 12_000;
const HIGHEST = 32_000;

/** Test files run in processes of their own, side by side: each starts looking somewhere else. */
let next = LOWEST + ((process.pid * 97) % (HIGHEST - LOWEST));

/** A port of 127.0.0.1 on which nothing listens. */
export async function freePort(): Promise<number> {
  for (;;) {
    next = next === HIGHEST ? LOWEST : next + 1;
    const port = next;
    try {
      await close(await occupy(port));
      return port;
    } catch {
      // Taken: the next one.
    }
  }
}

/** Listens there. Fails when the port is in use. */
export async function occupy(port: number): Promise<Server> {
  const server = createServer((socket) => socket.destroy());
  server.listen({ host: '127.0.0.1', port });
  await once(server, 'listening');
  return server;
}

export async function close(server: Server): Promise<void> {
  server.close();
  await once(server, 'close');
}

export async function isFree(port: number): Promise<boolean> {
  try {
    await close(await occupy(port));
    return true;
  } catch {
    return false;
  }
}

/** Resolves once nothing listens there any more. */
export async function refusing(port: number): Promise<void> {
  while (await accepts(port));
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
