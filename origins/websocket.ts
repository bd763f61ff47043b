import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket, WebSocketServer } from 'ws';
import { ColocalError } from '../runtime/errors.js';
import { readNumber } from './answer.js';

/** `/ws`: sends back every message; `/ws?refuse=403` refuses the upgrade with that status and a body. */
export interface EchoSockets {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Says goodbye to every client (1001: going away). */
  close(): void;
  /** Cuts off whoever has not answered the goodbye. */
  terminate(): void;
}

/** Larger than the largest message worth echoing by hand, small enough to hold a few of. Bytes. */
const MAX_MESSAGE = 16 * 1024 * 1024;
/** How much may wait for a client that sends and does not read, before it is not read either. Bytes. */
const MAX_QUEUED = 1024 * 1024;

export function createEchoSockets(name: string): EchoSockets {
  let loading: Promise<WebSocketServer> | undefined;
  let server: WebSocketServer | undefined;
  const load = async (): Promise<WebSocketServer> => {
    const ws = await import('ws');
    // Compression would cost more than it saves on loopback, and an echo should show bytes as they travel.
    server = new ws.WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE, perMessageDeflate: false });
    server.on('headers', (headers) => headers.push(`x-origin: ${name}`));
    return server;
  };
  return {
    upgrade(request, socket, head) {
      socket.on('error', () => socket.destroy());
      const refusal = refusalOf(request);
      if (refusal) {
        refuse(socket, name, refusal.status, refusal.message);
        return;
      }
      loading ??= load();
      loading.then(
        (loaded) => loaded.handleUpgrade(request, socket, head, echo),
        () => socket.destroy(),
      );
    },
    close() {
      for (const client of server?.clients ?? []) client.close(1001, `${name} is going away`);
    },
    terminate() {
      for (const client of server?.clients ?? []) client.terminate();
    },
  };
}

function refusalOf(request: IncomingMessage): { readonly status: number; readonly message: string } | undefined {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://origin');
  if (request.headers.upgrade?.toLowerCase() !== 'websocket')
    return { status: 426, message: 'only WebSocket is spoken here' };
  if (pathname !== '/ws') return { status: 404, message: 'the WebSocket is at /ws' };
  const wanted = searchParams.get('refuse');
  if (wanted === null) return undefined;
  try {
    return { status: readNumber('refuse', wanted, 400, 599), message: 'refused, as the query asked' };
  } catch (error) {
    return { status: 400, message: error instanceof ColocalError ? error.message : 'refuse is not a status' };
  }
}

function refuse(socket: Duplex, name: string, status: number, message: string): void {
  const body = `${JSON.stringify({ origin: name, status, message })}\n`;
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}\r\n` +
      `x-origin: ${name}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n` +
      `connection: close\r\n\r\n${body}`,
  );
}

function echo(client: WebSocket): void {
  client.on('error', () => client.terminate());
  client.on('message', (data: Buffer, isBinary: boolean) => {
    client.send(data, { binary: isBinary }, () => {
      if (client.isPaused && client.bufferedAmount <= MAX_QUEUED) client.resume();
    });
    if (client.bufferedAmount > MAX_QUEUED) client.pause();
  });
}
