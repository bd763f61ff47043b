import type { IncomingMessage, ServerResponse } from 'node:http';
import fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifySchemaCompiler,
  type RawServerDefault,
} from 'fastify';
import { serializerCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type * as z from 'zod';
import { ColocalError } from '../../runtime/errors.js';
import { problemsOf } from '../state/issues.js';
import type { ControlDeps } from './control.types.js';
import { errorBody, internal, requestInvalid, routeUnknown } from './errors.js';
import { createEventStreams, type EventStreams } from './event-streams.js';
import { caRoutes } from './routes/ca.js';
import { clockRoutes } from './routes/clock.js';
import { eventsRoutes } from './routes/events.js';
import { explainRoutes } from './routes/explain.js';
import { exportRoutes } from './routes/export.js';
import { expressionRoutes } from './routes/expression.js';
import { faultsRoutes } from './routes/faults.js';
import { harRoutes } from './routes/har.js';
import { indexRoutes } from './routes/index.js';
import { metricsRoutes } from './routes/metrics.js';
import { openapiRoutes } from './routes/openapi.js';
import { readyRoutes } from './routes/ready.js';
import { requestsRoutes } from './routes/requests.js';
import { resetRoutes } from './routes/reset.js';
import { stateRoutes } from './routes/state.js';

/** A fastify instance whose schemas are zod's. */
export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

export interface RouteDeps extends ControlDeps {
  readonly streams: EventStreams;
}

export interface Api {
  /** Answers a request that the gate let through. */
  route(request: IncomingMessage, response: ServerResponse): void;
  close(): Promise<void>;
}

/** Nothing that is sent here is large. Bytes. */
const BODY_LIMIT = 1024 * 1024;

/** The routes by area; each file registers its own. */
const AREAS: readonly ((app: App, deps: RouteDeps) => void)[] = [
  indexRoutes,
  readyRoutes,
  stateRoutes,
  exportRoutes,
  resetRoutes,
  faultsRoutes,
  clockRoutes,
  requestsRoutes,
  harRoutes,
  expressionRoutes,
  explainRoutes,
  eventsRoutes,
  caRoutes,
  metricsRoutes,
  openapiRoutes,
];

export async function createApi(deps: ControlDeps): Promise<Api> {
  const streams = createEventStreams(deps);
  const app = createApp(deps);
  registerRoutes(app, { ...deps, streams });
  await app.ready();
  return {
    route: (request, response) => app.routing(request, response),
    async close() {
      streams.close();
      await app.close();
    },
  };
}

/** An instance without routes: error handling, body parsing and schemas. */
export function createApp(deps: Pick<ControlDeps, 'log'>): App {
  const app = fastify({ bodyLimit: BODY_LIMIT }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(checkInput);
  app.setSerializerCompiler(serializerCompiler);
  readEveryBodyAsJson(app);
  app.setNotFoundHandler((request, reply) => {
    const error = routeUnknown({ method: request.method, path: request.url.split('?', 1)[0] ?? request.url });
    void reply.status(404).send(errorBody(error));
  });
  app.setErrorHandler((error: unknown, request, reply) => {
    const shown = shownError(error);
    if (shown.code === internal.code) deps.log.error({ err: error, url: request.url }, 'the control API failed');
    void reply.status(shown.status ?? 500).send(errorBody(shown));
  });
  return app;
}

export function registerRoutes(app: App, deps: RouteDeps): void {
  for (const register of AREAS) register(app, deps);
}

/** `curl -d '{"by":"10m"}'` calls its body a form; bodies here are JSON whatever they are called, and may be left out. */
function readEveryBodyAsJson(app: App): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => {
    const text = body.toString().trim();
    if (text === '') {
      done(null, {});
      return;
    }
    try {
      done(null, JSON.parse(text));
    } catch {
      done(requestInvalid({ detail: 'the body is not valid JSON' }));
    }
  });
}

/** Checks a part of a request by its schema; what is wrong is said as it is of colocal.yaml. */
const checkInput: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) => {
  return (input: unknown) => {
    const parsed = schema.safeParse(input);
    if (parsed.success) return { value: parsed.data };
    const problems = problemsOf(parsed.error.issues, httpPart === 'querystring' ? withNumbers(input) : input, []);
    const detail = problems.map(({ path, message }) => `${path.join('.') || 'the request'} ${message}`).join('; ');
    return { error: requestInvalid({ detail }) };
  };
};

/** In a query everything is text, so messages must not tell a number apart from one in quotes. */
function withNumbers(query: unknown): unknown {
  const entries = Object.entries(query as Readonly<Record<string, unknown>>);
  const numeric = (value: unknown): boolean => typeof value === 'string' && /^-?\d+(?:\.\d+)?$/.test(value);
  return Object.fromEntries(entries.map(([key, value]) => [key, numeric(value) ? Number(value) : value]));
}

function shownError(error: unknown): ColocalError {
  if (error instanceof ColocalError) return error;
  const { statusCode, message } = error as { statusCode?: unknown; message?: unknown };
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    return new ColocalError('INVALID_REQUEST', 'user', String(message), requestInvalid({ detail: '' }).fix, statusCode);
  }
  return internal({}, { cause: error });
}
