import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Deadlines } from '../runtime/deadlines.js';
import { ColocalError, defineError } from '../runtime/errors.js';
import { listenFailure } from '../runtime/listen-failure.js';
import { type Answer, type OriginContext, sendError, type Target } from './answer.js';
import { bytes } from './answers/bytes.js';
import { describeRequest } from './answers/describe.js';
import { health } from './answers/health.js';
import { slow } from './answers/slow.js';
import { status } from './answers/status.js';
import { stream } from './answers/stream.js';
import { trailers } from './answers/trailers.js';
import { upload } from './answers/upload.js';
import { createEchoSockets, type EchoSockets } from './websocket.js';

export interface OriginOptions {
  /** What it calls itself, in every answer's `x-origin` and body. */
  readonly name: string;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly deadlines: Deadlines;
  /** Whether `/health` starts with 200. Default true. */
  readonly healthy?: boolean;
  /** Answers in place of the sample's own answers, upgrades included. */
  readonly handler?: RequestListener;
  /**
   * Looks at every request as it arrives, and may add headers to its response; an upgrade has none. True: it has
   * answered the request.
   */
  readonly before?: (request: IncomingMessage, response: ServerResponse | undefined) => boolean;
}

export interface Origin {
  readonly name: string;
  readonly address: AddressInfo;
  /** e.g. `http://127.0.0.1:9001`. */
  readonly url: string;
  /** Takes no new connections, lets requests in progress end for a while, then closes. Idempotent. */
  close(): Promise<void>;
  /** Closes at once, as a process that is killed: what is open is cut off. Idempotent. */
  cut(): Promise<void>;
}

const originFailed = defineError('ORIGIN_FAILED', {
  kind: 'system',
  status: 500,
  message: () => 'the sample origin failed to answer; this is a defect of colocal',
  fix: () => 'report the request that caused it',
});

/** By the path's first segment; everything else is described. */
const ANSWERS: ReadonlyMap<string, Answer> = new Map([
  ['health', health],
  ['slow', slow],
  ['status', status],
  ['stream', stream],
  ['upload', upload],
  ['bytes', bytes],
  ['trailers', trailers],
]);

/** The edge takes headers of 32 KB and adds its own. Bytes. */
const MAX_HEADERS = 64 * 1024;
const HEADERS_TIMEOUT = 10_000;
/** A socket on which nothing has moved for so long is closed; more than any pause that can be asked for. Milliseconds. */
const IDLE_TIMEOUT = 120_000;
/** Longer than the connector keeps an idle connection, so that it is the one that closes. Milliseconds. */
const KEEP_ALIVE_TIMEOUT = 65_000;
const MAX_CONNECTIONS = 10_000;
/** How long `close` waits for requests in progress, in milliseconds. */
const DRAIN = 10_000;
const NO_QUERY = new URLSearchParams();

/** Starts a sample origin: an HTTP server that says who it is and what it received. Fails with PORT_IN_USE or CANNOT_LISTEN. */
export function startOrigin(options: OriginOptions): Promise<Origin> {
  const origin: OriginContext = {
    name: options.name,
    deadlines: options.deadlines,
    healthy: options.healthy ?? true,
  };
  const sockets = createEchoSockets(options.name);
  // requestTimeout 0: an upload may take as long as its bytes keep coming; IDLE_TIMEOUT ends one that stopped.
  const limits = { maxHeaderSize: MAX_HEADERS, headersTimeout: HEADERS_TIMEOUT, requestTimeout: 0 };
  let draining = false;
  // While draining, a connection whose answer has ended would idle until its keep-alive runs out.
  const onAnswered = (): void => {
    if (draining) setImmediate(() => server.closeIdleConnections());
  };
  const server = createServer({ ...limits, keepAliveTimeout: KEEP_ALIVE_TIMEOUT }, (request, response) => {
    response.on('close', onAnswered);
    if (options.before?.(request, response)) return;
    if (options.handler) options.handler(request, response);
    else answer(origin, request, response);
  });
  server.setTimeout(IDLE_TIMEOUT);
  server.maxConnections = MAX_CONNECTIONS;
  // Where nobody listens for upgrades, Node takes them for requests.
  if (!options.handler) {
    server.on('upgrade', (request, socket, head) => {
      options.before?.(request, undefined);
      sockets.upgrade(request, socket, head);
    });
  }
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const host = options.host.includes(':') ? `[${options.host}]` : options.host;
      const address = `${host}:${options.port}`;
      reject(listenFailure(error, { name: `origin ${options.name}`, address, flag: '--listen' }));
    });
    server.listen({ host: options.host, port: options.port }, () => {
      const address = server.address() as AddressInfo;
      const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
      let closing: Promise<void> | undefined;
      const close = (): Promise<void> => {
        draining = true;
        closing ??= drain(server, sockets, options.deadlines);
        return closing;
      };
      resolve({
        name: options.name,
        address,
        url: `http://${host}:${address.port}`,
        close,
        cut: () => {
          const closed = close();
          server.closeAllConnections();
          sockets.terminate();
          return closed;
        },
      });
    });
  });
}

function answer(origin: OriginContext, request: IncomingMessage, response: ServerResponse): void {
  response.setHeader('x-origin', origin.name);
  const url = request.url ?? '/';
  const question = url.indexOf('?');
  const path = question < 0 ? url : url.slice(0, question);
  const slash = path.indexOf('/', 1);
  const find = ANSWERS.get(slash < 0 ? path.slice(1) : path.slice(1, slash)) ?? describeRequest;
  const target: Target = {
    path,
    rest: slash < 0 ? '' : path.slice(slash + 1),
    query: question < 0 ? NO_QUERY : new URLSearchParams(url.slice(question)),
  };
  try {
    find(origin, request, response, target);
  } catch (error) {
    sendError(response, error instanceof ColocalError ? error : originFailed({}, { cause: error }));
  }
}

function drain(server: Server, sockets: EchoSockets, deadlines: Deadlines): Promise<void> {
  return new Promise((resolve) => {
    const cut = deadlines.after(DRAIN, () => {
      server.closeAllConnections();
      sockets.terminate();
    });
    server.close(() => {
      cut.cancel();
      resolve();
    });
    server.closeIdleConnections();
    sockets.close();
  });
}
