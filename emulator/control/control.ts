import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Api } from './api.js';
import type { ClientApi, ControlDeps } from './control.types.js';
import { errorBody, internal, requestInvalid } from './errors.js';
import { isLoopbackAddress, refusalOf } from './gate.js';
import { OpenSockets } from './open-sockets.js';
import { parseReadyFor, READY_FOR, readinessFor } from './ready.js';

export interface Control {
  /** Opens a listener; several may be open. Port 0 takes a free one. */
  listen(host: string, port: number): Promise<AddressInfo>;
  /** Loads everything beyond `ready` now, so that the first request does not wait for it. */
  warm(): Promise<void>;
  /** Ends event streams, lets requests in progress end for a short while, closes the listeners. Idempotent. */
  close(): Promise<void>;
}

/** A client that has not sent its headers by then only holds a socket. Milliseconds. */
const HEADERS_TIMEOUT = 10_000;
/** Bodies are small here (see api.ts), so a whole request needs no longer. Milliseconds. */
const REQUEST_TIMEOUT = 30_000;
/** How long `close` waits for requests in progress, in milliseconds. */
const CLOSE_GRACE = 2_000;
/** People, scripts and scrapers; far more is a mistake somewhere. */
const MAX_CONNECTIONS = 512;

/**
 * The control API's listener. It opens at once and answers `ready` itself, in front of everything else, because
 * whoever starts an edge polls that first; the API proper is loaded by the first request that needs it.
 *
 * ```
 * socket -> gate (Host, Origin, token) -> ready
 *                                      -> API (fastify): everything, ready included
 *        -> /client/v4, which always asks for the token
 * ```
 */
export function createControl(deps: ControlDeps): Control {
  const servers = new Map<Server, OpenSockets>();
  let api: Promise<Api> | undefined;
  let clientApi: Promise<ClientApi> | undefined;
  let closing: Promise<void> | undefined;

  const loadApi = (): Promise<Api> => {
    api ??= import('./api.js').then((module) => module.createApi(deps));
    return api;
  };

  const loadClientApi = (): Promise<ClientApi> => {
    clientApi ??= deps.clientApi();
    return clientApi;
  };

  const answer = (request: IncomingMessage, response: ServerResponse, loopback: boolean): void => {
    const target = request.url ?? '/';
    const query = target.indexOf('?');
    const path = query < 0 ? target : target.slice(0, query);
    if (/^\/+client\/+v4(?:\/|$)/.test(path)) {
      hand(loadClientApi(), request, response);
      return;
    }
    const refusal = refusalOf(path, request.headers, { loopback, token: deps.token });
    if (refusal) {
      const headers: Record<string, string> = refusal.status === 401 ? { 'www-authenticate': 'Bearer' } : {};
      sendJson(response, refusal.status ?? 403, errorBody(refusal), headers);
      return;
    }
    if (path === '/colocal/v1/ready' && request.method === 'GET') {
      answerReady(deps, response, query < 0 ? null : new URLSearchParams(target.slice(query)).get('for'));
      return;
    }
    hand(loadApi(), request, response);
  };

  const hand = (api: Promise<ClientApi>, request: IncomingMessage, response: ServerResponse): void => {
    api.then(
      (loaded) => loaded.route(request, response),
      (error: unknown) => {
        deps.log.error({ err: error }, 'the control API could not be loaded');
        sendJson(response, 500, errorBody(internal({})));
      },
    );
  };

  const listen = (host: string, port: number): Promise<AddressInfo> =>
    new Promise((resolve, reject) => {
      let loopback = false;
      const server = createServer(
        { headersTimeout: HEADERS_TIMEOUT, requestTimeout: REQUEST_TIMEOUT },
        (request, response) => answer(request, response, loopback),
      );
      server.maxConnections = MAX_CONNECTIONS;
      const refused = (error: Error): void => {
        servers.delete(server);
        reject(error);
      };
      server.once('error', refused);
      servers.set(server, new OpenSockets(server));
      server.listen({ host, port }, () => {
        server.off('error', refused);
        // Accepting can fail later, for want of descriptors: the listener goes on when there are some again.
        server.on('error', (error) => deps.log.error({ err: error }, 'the control API could not take a connection'));
        const address = server.address() as AddressInfo;
        loopback = isLoopbackAddress(address.address);
        resolve(address);
      });
    });

  const closeAll = async (): Promise<void> => {
    for (const loading of [api, clientApi]) {
      const loaded = await loading?.catch(() => undefined);
      await loaded?.close();
    }
    await Promise.all([...servers].map(([server, sockets]) => closeServer(server, sockets, deps)));
  };

  return {
    listen,
    warm: async () => {
      await Promise.all([loadApi(), loadClientApi()]);
    },
    close: () => {
      closing ??= closeAll();
      return closing;
    },
  };
}

function closeServer(server: Server, sockets: OpenSockets, deps: Pick<ControlDeps, 'deadlines'>): Promise<void> {
  return new Promise((resolve) => {
    const grace = deps.deadlines.after(CLOSE_GRACE, () => server.closeAllConnections());
    server.close(() => {
      grace.cancel();
      resolve();
    });
    sockets.leave();
  });
}

function answerReady(deps: ControlDeps, response: ServerResponse, wanted: string | null): void {
  const what = parseReadyFor(wanted);
  if (!what) {
    const detail = `for=${wanted} is unknown: allowed are ${READY_FOR.join(', ')}`;
    sendJson(response, 400, errorBody(requestInvalid({ detail })));
    return;
  }
  const readiness = readinessFor(deps, what);
  sendJson(response, readiness.ready ? 200 : 503, readiness);
}

function sendJson(response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    ...headers,
  });
  response.end(text);
}
