import { once } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import { onTestFinished } from 'vitest';
import { type ClientOptions, WebSocket, WebSocketServer } from 'ws';
import type { Emulator } from '../../emulator/index.js';
import { address } from './emulator.js';
import { useServer } from './servers.js';

/** A server that accepts every WebSocket and hands it to the test. */
export async function useWebSocketServer(
  take: (socket: WebSocket, request: IncomingMessage) => void,
  options: { readonly server?: Server } = {},
): Promise<{ readonly port: number }> {
  const { port, server } = options.server
    ? { port: 0, server: options.server }
    : await useServer((_request, response) => response.writeHead(426).end());
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 64 * 1024 * 1024 });
  server.on('upgrade', (request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, (accepted) => {
      accepted.on('error', () => undefined);
      take(accepted, request);
    });
  });
  onTestFinished(() => {
    for (const client of sockets.clients) client.terminate();
  });
  return { port };
}

/** A WebSocket through the edge, on its way. */
export function openWebSocket(emu: Emulator, host: string, path: string, options: ClientOptions = {}): WebSocket {
  const secure = options.ca !== undefined;
  const { host: listener } = new URL(address(emu, secure ? 'httpsUrl' : 'url'));
  // ws passes what it does not know itself, such as the name for TLS, on to Node.
  const settings = { perMessageDeflate: false, servername: host, ...options, headers: { host, ...options.headers } };
  const socket = new WebSocket(`${secure ? 'wss' : 'ws'}://${listener}${path}`, settings);
  socket.on('error', () => undefined);
  onTestFinished(() => socket.terminate());
  return socket;
}

/** The same, once it is open, with the head of the answer. */
export async function connectWebSocket(emu: Emulator, host: string, path: string, options: ClientOptions = {}) {
  const socket = openWebSocket(emu, host, path, options);
  const [[head]] = await Promise.all([once(socket, 'upgrade'), once(socket, 'open')]);
  return { socket, head: head as IncomingMessage };
}

/** The answer to a handshake that was refused. */
export async function refused(socket: WebSocket): Promise<IncomingMessage> {
  const [, answer] = await once(socket, 'unexpected-response');
  return answer as IncomingMessage;
}
