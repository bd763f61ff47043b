import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { MAX_MESSAGE_BYTES } from '../../../protocol/frames.js';
import { MAX_CONNECTION_INDEX, type RegisterMessage, SUBPROTOCOL } from '../../../protocol/messages.js';
import type { Deadlines } from '../../../runtime/deadlines.js';
import { isUuid } from '../../../runtime/ids.js';
import type { Tunnel } from '../../state/objects.js';
import type { AccountSnapshot } from '../../state/state.types.js';
import { authenticate } from '../authenticate.js';
import type { Connection } from '../connection.js';
import { drained } from '../drained.js';
import type { Assignment, Candidate } from '../homes.js';
import { type RegistrationAnswer, WebSocketConnection } from './connection.js';

/** Sockets that may be open at once: 100 connectors with four connections each, and room to reconnect. */
const MAX_SOCKETS = 1_000;
/** Milliseconds a client has to send its upgrade request. */
const HANDSHAKE_WITHIN = 10_000;

export interface ConnectorListenerOptions {
  readonly account: () => AccountSnapshot;
  readonly deadlines: Deadlines;
  /** Model time, milliseconds since the epoch. */
  readonly now: () => number;
  readonly newId: () => string;
  /** Where a connection shall end, or why it is not taken. */
  readonly assign: (candidate: Candidate) => Assignment;
  readonly onConnected: (connection: Connection) => void;
  /** A connector takes nothing new; what is open goes on. */
  readonly onLeaving: (connection: Connection) => void;
  readonly onDisconnected: (connection: Connection, reason: string) => void;
  readonly onRefused: (address: string, code: string, message: string) => void;
  /** Handling a message failed through a mistake of ours; that connection was closed. */
  readonly onError: (error: unknown) => void;
}

/** Where our connectors dial in. */
export class ConnectorListener {
  private readonly server: Server;
  private readonly sockets: WebSocketServer;
  private readonly connections = new Set<WebSocketConnection>();

  constructor(private readonly options: ConnectorListenerOptions) {
    this.sockets = new WebSocketServer({
      noServer: true,
      // Costs 200 us a message, and what crosses here is often compressed already.
      perMessageDeflate: false,
      maxPayload: MAX_MESSAGE_BYTES,
      clientTracking: false,
      handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
    });
    this.server = createServer(
      { headersTimeout: HANDSHAKE_WITHIN, requestTimeout: HANDSHAKE_WITHIN },
      (_request, response) => {
        response.writeHead(426, { 'content-type': 'text/plain', upgrade: 'websocket', connection: 'upgrade' });
        response.end(`Connectors dial in here by WebSocket, subprotocol ${SUBPROTOCOL}.\n`);
      },
    );
    this.server.maxConnections = MAX_SOCKETS;
    this.server.on('upgrade', (request, socket, head) => this.upgrade(request, socket, head));
  }

  /** Opens the listener. Rejects with Node's own error, which the caller names. */
  listen(host: string, port: number): Promise<AddressInfo> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, () => {
        this.server.off('error', reject);
        // Accepting can fail later, for want of descriptors: the listener goes on when there are some again.
        this.server.on('error', this.options.onError);
        resolve(this.server.address() as AddressInfo);
      });
    });
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const authentication = authenticate(request.headers.authorization, this.options.account());
    if (!authentication.ok) {
      const { status, code, message } = authentication;
      this.options.onRefused(request.socket.remoteAddress ?? '', code, message);
      refuse(socket, status, code, message);
      return;
    }
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
    if (!offered.includes(SUBPROTOCOL)) {
      refuse(
        socket,
        400,
        'SUBPROTOCOL_MISSING',
        `this edge speaks ${SUBPROTOCOL}; the connector offered ${offered.join(', ') || 'nothing'}`,
      );
      return;
    }
    this.sockets.handleUpgrade(request, socket, head, (webSocket) =>
      this.accept(webSocket, request.socket.remoteAddress ?? '', authentication.tunnel),
    );
  }

  private accept(socket: WebSocket, originIp: string, tunnel: Tunnel): void {
    const { options } = this;
    const connection = new WebSocketConnection({
      id: options.newId(),
      tunnelId: tunnel.id,
      originIp,
      openedAt: options.now(),
      socket,
      deadlines: options.deadlines,
      register: (message) => this.register(tunnel, originIp, message),
      onRegistered: options.onConnected,
      onLeaving: options.onLeaving,
      onClosed: (closed, reason) => {
        this.connections.delete(closed);
        if (closed.registered) options.onDisconnected(closed, reason);
      },
      onError: options.onError,
    });
    this.connections.add(connection);
  }

  private register(tunnel: Tunnel, originIp: string, message: RegisterMessage): RegistrationAnswer {
    if (!isUuid(message.connector_id)) return { ok: false, reason: 'connector_id is not a UUID', retry: false };
    if (message.index > MAX_CONNECTION_INDEX)
      return { ok: false, reason: 'connection index out of range', retry: false };
    const { connector_id: connectorId, index, location } = message;
    const assignment = this.options.assign({ tunnelId: tunnel.id, connectorId, index, location });
    if (!assignment.ok) {
      const { reason, retry = true } = assignment;
      this.options.onRefused(originIp, retry ? 'NOT_NOW' : 'REFUSED', reason);
      return { ok: false, reason, retry };
    }
    return { ...assignment, configSource: tunnel.config_src, tunnel: tunnel.name };
  }

  /** Sends every connector away, waits for what is open until `grace` milliseconds of real time have passed, then ends the rest. */
  async close(grace: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const connection of this.connections) connection.goAway('the edge is shutting down', true);
    await drained(this.connections, grace, this.options.deadlines);
    for (const connection of this.connections) connection.close('the edge is shutting down');
    this.server.closeAllConnections();
    const last = this.options.deadlines.after(1_000, () => {
      for (const connection of this.connections) connection.terminate('the edge is shutting down');
    });
    await closed;
    last.cancel();
  }
}

/** Says why and closes the socket, whatever the other side does with its end: it must not count against others. */
function refuse(socket: Duplex, status: number, code: string, message: string): void {
  const body = JSON.stringify({ error: { code, message, retry: false } });
  socket.once('finish', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status} Refused\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
