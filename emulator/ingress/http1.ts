import { createServer, type Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { messageOf } from '../../runtime/errors.js';
import { type EdgeError, edgeError } from '../forward/edge-errors.js';
import { parseAuthority } from './authority.js';
import { Http1Connection } from './http1-connection.js';
import { type BodyWatch, ClientMessage } from './http1-message.js';
import { readHttp1Request } from './http1-request.js';
import { Http1Response, Http1UpgradeResponse } from './http1-response.js';
import type { IngressContext } from './ingress.types.js';
import { BUFFER_BYTES } from './limits.js';
import {
  ambiguous,
  answerRefusal,
  answerServerOptions,
  headerOf,
  Refusal,
  recordRefusal,
  SERVER_OPTIONS,
} from './refusal.js';

/** Serves HTTP/1 on sockets it is given, plain or TLS. */
export interface Http1 {
  accept(socket: Socket): void;
  /** Takes a socket that came here by CONNECT: another CONNECT on it is refused. */
  acceptTunnelled(socket: Socket): void;
  /** Takes no more requests: idle connections close, the others once they have answered. */
  leave(): void;
  close(): void;
}

/** What a header block may have beside the URL and the headers that are counted exactly: method, version, line ends. */
const PARSER_SLACK = 4 * 1024;
/** Node looks for connections that exceeded their time at intervals. A sixth is late by little; checking is cheap. */
const CHECKS_PER_TIMEOUT = 6;

/** Each CONNECT costs memory for as long as the socket lives, so a client must not be able to stack them. */
const CONNECT_TWICE: EdgeError = {
  ...edgeError('method_not_allowed'),
  detail: 'The connection was opened by CONNECT already, and CONNECT does not lead any further.',
  fix: 'Send the request itself, or ask for the other name on a connection of its own.',
};

/** `tunnel` takes a socket whose client asked by CONNECT for the HTTPS side; it comes back by `acceptTunnelled`. */
export function createHttp1(context: IngressContext, tunnel: (socket: Socket) => void): Http1 {
  const { forwarder, limits, log } = context;
  const connections = new Map<Duplex, Http1Connection>();
  const watch: BodyWatch = {
    deadlines: context.deadlines,
    idleTimeout: limits.bodyIdleTimeout,
    lingerTimeout: limits.lingerTimeout,
  };
  const server: Server<typeof ClientMessage> = createServer({
    IncomingMessage: ClientMessage,
    insecureHTTPParser: false,
    // Node would answer without our page.
    requireHostHeader: false,
    maxHeaderSize: limits.urlBytes + limits.headerBytes + PARSER_SLACK,
    headersTimeout: limits.headersTimeout,
    // The whole request may take as long as it likes: bodies have an idle deadline instead.
    requestTimeout: 0,
    connectionsCheckingInterval: Math.ceil(limits.headersTimeout / CHECKS_PER_TIMEOUT),
    keepAliveTimeout: limits.keepAliveTimeout,
    highWaterMark: BUFFER_BYTES,
  });
  // Node drops headers beyond a number in silence, so that they would escape every check; the bytes are bounded.
  server.maxHeadersCount = 0;
  server.maxRequestsPerSocket = 0;

  const refuseWith = (
    refusal: Refusal,
    message: ClientMessage,
    response: Http1Response,
    connection: Http1Connection,
  ) => {
    log.debug({ status: refusal.error.status, detail: refusal.error.detail }, 'a request was refused');
    if (refusal.close) connection.lastRequest();
    message.watchBody(watch, () => message.socket.destroy());
    const { rawHeaders, socket } = message;
    const ray = recordRefusal(refusal, context, {
      method: message.method ?? '',
      scheme: (socket as TLSSocket).encrypted === true ? 'https' : 'http',
      host: headerOf(rawHeaders, 'host') ?? '',
      path: message.url ?? '',
      httpVersion: message.httpVersion,
      clientIp: socket.remoteAddress ?? '',
      port: socket.remotePort ?? 0,
    });
    answerRefusal(refusal, response, forwarder.pages, { accept: headerOf(rawHeaders, 'accept'), ray });
  };

  const take = (message: ClientMessage, raw: ServerResponse<ClientMessage>, expectsContinue: boolean) => {
    const connection = connections.get(message.socket);
    // What follows an ambiguous request on the same connection may be a part of it: it is not read as a request.
    if (!connection || connection.leaving) return;
    if (connection.full) connection.wait(() => serve(connection, message, raw, expectsContinue));
    else serve(connection, message, raw, expectsContinue);
  };

  const serve = (
    connection: Http1Connection,
    message: ClientMessage,
    raw: ServerResponse<ClientMessage>,
    expectsContinue: boolean,
  ) => {
    const response = new Http1Response(raw, message, connection, log);
    connection.begin(response);
    const request = readHttp1Request(message, expectsContinue, context);
    if (request === SERVER_OPTIONS) answerServerOptions(response);
    else if (request instanceof Refusal) refuseWith(request, message, response, connection);
    else {
      if (request.body) message.watchBody(watch, () => connection.refuse(edgeError('request_timeout')));
      forwarder.handle(request, response);
    }
  };

  server.on('request', (message, raw) => take(message, raw, false));
  server.on('checkContinue', (message, raw) => take(message, raw, true));
  server.on('checkExpectation', (message, raw) => {
    const connection = connections.get(message.socket);
    if (!connection || connection.leaving) return;
    const response = new Http1Response(raw, message, connection, log);
    connection.begin(response);
    refuseWith(new Refusal(edgeError('expectation_failed')), message, response, connection);
  });

  server.on('upgrade', (message: ClientMessage, socket: Socket, head: Buffer) => {
    const connection = released(socket);
    if (!connection) return;
    const raw = new ServerResponse(message);
    raw.shouldKeepAlive = false;
    const response = new Http1UpgradeResponse(raw, message, connection, log);
    connection.lastRequest();
    connection.begin(response);
    const request = readHttp1Request(message, false, context);
    if (request === SERVER_OPTIONS || request instanceof Refusal) {
      refuseWith(
        request === SERVER_OPTIONS ? ambiguous('OPTIONS cannot be upgraded.') : request,
        message,
        response,
        connection,
      );
      return;
    }
    // The bytes of a body would be taken for the first of the new protocol.
    if (request.body) {
      refuseWith(ambiguous('A WebSocket handshake has no body.'), message, response, connection);
      return;
    }
    forwarder.upgrade({ request, response, raw: { message, socket, head } });
  });

  server.on('connect', (message: ClientMessage, socket: Socket, head: Buffer) => {
    const connection = released(socket);
    if (!connection) return;
    if (connection.tunnelled) {
      connection.refuse(CONNECT_TWICE);
      return;
    }
    const target = parseAuthority(message.url ?? '');
    if (target?.port !== 443 && target?.port !== 80) {
      connection.refuse(edgeError(target?.port === undefined ? 'bad_request' : 'forbidden_port'));
      return;
    }
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    if (head.length > 0) socket.unshift(head);
    if (target.port === 443) tunnel(socket);
    else accept(socket, true);
  });

  /** The connection of a socket Node has let go of; undefined, and the socket closed, when an earlier answer is still on its way through it. */
  const released = (socket: Socket): Http1Connection | undefined => {
    // Node's error listener went with its parser, and an error without a listener ends the process.
    socket.on('error', () => socket.destroy());
    const connection = connections.get(socket);
    if (!connection || connection.leaving || connection.busy) {
      socket.destroy();
      return undefined;
    }
    connection.handOver();
    return connection;
  };

  server.on('clientError', (error: ClientError, socket: Socket) => {
    const connection = connections.get(socket);
    if (!connection || error.code === 'ECONNRESET' || error.code === 'EPIPE') {
      socket.destroy();
      return;
    }
    // What cannot be read, or does not come, is behind requests that could be read: those are answered, and the connection ends.
    if (connection.busy && !connection.receiving) {
      connection.lastRequest();
      return;
    }
    if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') {
      // A connection nobody used, such as a browser opens ahead of need, is closed without a word.
      if (socket.bytesRead === 0) socket.destroy();
      else connection.refuse(edgeError('request_timeout'));
      return;
    }
    // The connection ends with an answer it has been given: what comes behind that was never going to be read.
    if (connection.leaving && !connection.busy) return;
    log.debug({ error: error.code, reason: error.reason }, 'a connection sent what is not HTTP');
    connection.refuse(parseError(error));
  });

  let checking = false;
  const accept = (socket: Socket, tunnelled: boolean): void => {
    if (!checking) {
      checking = true;
      // This server listens nowhere, it is handed sockets; its search for late headers begins with this event.
      server.emit('listening');
    }
    const connection = new Http1Connection(socket, context, tunnelled);
    connections.set(socket, connection);
    socket.once('close', () => {
      if (connections.get(socket) === connection) connections.delete(socket);
    });
    server.emit('connection', socket);
    // What TLS has decrypted already goes past a pause into Node's parser, which then gives up (HPE_PAUSED), so that a
    // client that sends ahead would lose its connection. A listener for data, however short, makes Node read it as a stream.
    if ('encrypted' in socket) socket.on('data', ignore).off('data', ignore);
  };

  return {
    accept: (socket) => accept(socket, false),
    acceptTunnelled: (socket) => accept(socket, true),
    leave() {
      for (const connection of connections.values()) connection.leave();
    },
    close() {
      server.close();
    },
  };
}

function ignore(): void {}

interface ClientError extends Error {
  readonly code?: string;
  readonly reason?: string;
  readonly rawPacket?: Buffer;
  readonly bytesParsed?: number;
}

function parseError(error: ClientError) {
  if (error.code === 'HPE_HEADER_OVERFLOW') {
    // Node does not say which part was too long. A request line that has not ended where the parser gave up is all URL.
    const parsed = error.rawPacket?.toString('latin1', 0, error.bytesParsed) ?? '';
    return edgeError(/^[A-Z-]+ [^\r\n]*$/.test(parsed) ? 'uri_too_long' : 'headers_too_large');
  }
  return { ...edgeError('bad_request'), detail: `The request is not valid HTTP: ${error.reason ?? messageOf(error)}.` };
}
