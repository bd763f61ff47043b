import type { IncomingMessage, ServerResponse } from 'node:http';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { ColocalError } from '../../runtime/errors.js';
import { ValidationError } from '../state/validation-error.js';
import type { ApiDeps } from './api.types.js';
import { refusalOf } from './authentication.js';
import { readBody } from './body.js';
import type { Area, Call, Endpoint } from './endpoint.js';
import { type Answer, errorEnvelope, successEnvelope } from './envelope.js';
import {
  ApiError,
  bodyTooLarge,
  couldNotRoute,
  internalError,
  malformedJson,
  methodNotAllowed,
  notStored,
  wrongContentType,
} from './errors.js';
import { whyNotServed } from './not-served.js';
import { Query } from './query.js';
import { API_PREFIX, type Served, servedEndpoints } from './served.js';

/** `/client/v4`, as unmodified clients know it (docs/reference/api.md). */
export interface Api {
  /** Answers a request below {@link API_PREFIX}. */
  route(request: IncomingMessage, response: ServerResponse): void;
  close(): Promise<void>;
}

/** The largest object is a tunnel's configuration with hundreds of rules. Bytes. */
const BODY_LIMIT = 2 * 1024 * 1024;

/**
 * ```
 * request -> gateway: credentials, route, account and zone, body
 *              -> an area's endpoint -> the state -> on disk -> envelope
 * ```
 *
 * The gateway's errors are the same for all areas; what the state refuses, each area words as its service does.
 */
export async function createApi(deps: ApiDeps): Promise<Api> {
  const app = fastify({
    bodyLimit: BODY_LIMIT,
    routerOptions: { ignoreDuplicateSlashes: true, ignoreTrailingSlash: true, maxParamLength: 512 },
    // A path that cannot be decoded or is too long: nothing is there.
    frameworkErrors: (_error, request, reply) => void send(reply, couldNotRoute(pathOf(request))),
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.addHook('onRequest', async (request) => {
    const refusal = isOpen(request) ? undefined : refusalOf(request.headers, deps.state.read().account.api_token);
    if (refusal) throw refusal;
  });
  app.setErrorHandler((error: unknown, request, reply) => {
    const refusal = refused(error, request, deps);
    // What could be an id and is the name of an endpoint.
    const because = refusal.status === 404 ? whyNotServed(request.method, decoded(pathOf(request))) : undefined;
    if (because !== undefined && !request.is404) {
      const path = pathOf(request);
      deps.log.warn({ method: request.method, path }, notEmulated(request.method, path, because));
    }
    return send(reply, refusal);
  });
  const served = servedEndpoints(deps);
  app.setNotFoundHandler((request) => {
    const path = pathOf(request);
    const meant = decoded(path);
    const because = whyNotServed(request.method, meant);
    deps.log.warn({ method: request.method, path }, notEmulated(request.method, path, because));
    throw served.some(({ pattern }) => pattern.test(meant)) ? methodNotAllowed(request.method) : couldNotRoute(path);
  });
  for (const { area, endpoint } of served) register(app, area, endpoint, deps);
  describeAt(app, served);
  await app.ready();
  return {
    route: (request, response) => app.routing(request, response),
    close: () => app.close(),
  };
}

function register(app: FastifyInstance, area: Area, endpoint: Endpoint, deps: ApiDeps): void {
  app.route({
    method: endpoint.method,
    url: `${API_PREFIX}${endpoint.path}`,
    exposeHeadRoute: false,
    config: { open: endpoint.open === true },
    handler: async (request, reply) => {
      const answer = await answerOf(request, area, endpoint, deps);
      return send(reply, answer);
    },
  });
}

/** The document of what is served, made when somebody asks for it; it is no secret, and needs no token. */
function describeAt(app: FastifyInstance, served: readonly Served[]): void {
  let document: Promise<Buffer> | undefined;
  app.route({
    method: 'GET',
    url: `${API_PREFIX}/openapi.json`,
    exposeHeadRoute: false,
    config: { open: true },
    handler: async (_request, reply) => {
      document ??= import('./openapi.js').then(({ openApiOf }) => Buffer.from(JSON.stringify(openApiOf(served))));
      return reply.header('content-type', 'application/json').send(await document);
    },
  });
}

async function answerOf(
  request: FastifyRequest,
  area: Area,
  endpoint: Endpoint,
  deps: ApiDeps,
): Promise<Answer | ApiError> {
  const call = callOf(request, endpoint, deps);
  try {
    const answer = await endpoint.handle(call);
    if (endpoint.method !== 'GET') await onDisk(deps);
    return answer;
  } catch (error) {
    if (error instanceof ValidationError) {
      return area.refusal(error.problems, { body: call.body, account: deps.state.read() });
    }
    throw error;
  }
}

/** What the endpoint sees, once everything that the gateway checks holds. */
function callOf(request: FastifyRequest, endpoint: Endpoint, deps: ApiDeps): Call {
  const path = pathOf(request);
  const params = request.params as Readonly<Record<string, string>>;
  const account = deps.state.read();
  if (params.account_id !== undefined && params.account_id !== account.account.id) throw couldNotRoute(path);
  if (params.zone_id !== undefined && !account.zones.has(params.zone_id)) throw couldNotRoute(path);
  return {
    path,
    param: (name) => params[name] ?? '',
    query: new Query(new URLSearchParams(request.url.slice(path.length))),
    body: readBody(
      endpoint.method,
      request.body instanceof Uint8Array ? request.body : undefined,
      request.headers['content-type'],
    ),
  };
}

/** Nothing is acknowledged before it is kept. */
async function onDisk(deps: ApiDeps): Promise<void> {
  try {
    await deps.durable();
  } catch (error) {
    deps.log.error({ err: error }, 'a change could not be stored');
    throw notStored();
  }
}

function send(reply: FastifyReply, answer: Answer | ApiError): FastifyReply {
  const isError = answer instanceof ApiError;
  const status = isError ? answer.status : 200;
  // Without it a client tries again what can only fail again (docs/reference/api.md 1.3).
  if (status === 409 || status >= 500) reply.header('x-should-retry', 'false');
  return (
    reply
      .status(status)
      .header('content-type', 'application/json')
      .header('cache-control', 'no-store')
      // As bytes: fastify adds a charset to the type of texts, and cloudflared takes none (docs/reference/api.md 1.1).
      .send(Buffer.from(JSON.stringify(isError ? errorEnvelope(answer) : successEnvelope(answer))))
  );
}

function refused(error: unknown, request: FastifyRequest, deps: ApiDeps): ApiError {
  if (error instanceof ApiError) return error;
  const { code, statusCode } = error as { readonly code?: unknown; readonly statusCode?: unknown };
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return bodyTooLarge(BODY_LIMIT);
  if (error instanceof ColocalError && error.kind === 'user') {
    return new ApiError(error.status ?? 400, [{ code: 1000, message: `${error.message}: ${error.fix}` }]);
  }
  if (statusCode === 415) return wrongContentType();
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    return statusCode === 404 ? couldNotRoute(pathOf(request)) : malformedJson();
  }
  deps.log.error({ err: error, method: request.method, path: pathOf(request) }, 'the v4 API failed to answer');
  return internalError();
}

function isOpen(request: FastifyRequest): boolean {
  return (request.routeOptions.config as { readonly open?: boolean }).open === true;
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? request.url;
}

function notEmulated(method: string, path: string, because: string | undefined): string {
  return `${method} ${path} is not emulated${because === undefined ? '' : `: ${because}`}`;
}

/** A path as the router reads it. */
function decoded(path: string): string {
  const parts = path.split('/').filter((part) => part !== '');
  try {
    return `/${parts.map((part) => encodeURIComponent(decodeURIComponent(part))).join('/')}`;
  } catch {
    return path;
  }
}
