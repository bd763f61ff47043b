import * as z from 'zod';
import { matcherOf } from '../../observe/request-filter.js';
import type { App, RouteDeps } from '../api.js';
import { rayUnknown } from '../errors.js';
import { viewOfRecorded } from '../recorded-view.js';
import { requestFilterSchema } from '../request-filter.schema.js';
import { viewOfTrace } from '../request-view.js';
import { requestListSchema, requestSchema } from '../request-view.schema.js';
import { errorSchema } from '../schemas.js';
import { secretsField, tellsSecrets } from '../secrets-wanted.js';

export function requestsRoutes(app: App, deps: RouteDeps): void {
  app.get(
    '/colocal/v1/requests',
    {
      schema: {
        summary: 'The latest requests that have ended, and connections into private networks, newest first',
        querystring: requestFilterSchema.extend({ limit: z.coerce.number().int().min(1).max(1_000).default(50) }),
        response: { 200: requestListSchema, 400: errorSchema },
      },
    },
    async (request, reply) => {
      const { limit, ...filter } = request.query;
      return reply.send({ requests: deps.journal.list(limit, matcherOf(filter)).map(viewOfTrace) });
    },
  );

  app.get(
    '/colocal/v1/requests/stream',
    {
      schema: {
        summary: 'Requests as they end, and connections into private networks as they stand, as server-sent events',
        description:
          'Each is an event `request`, with the data that GET requests/{ray} answers. A reader that falls too far behind ' +
          'misses some: an event `dropped` then says how many, as {"count":12}.',
        produces: ['text/event-stream'],
        querystring: requestFilterSchema,
        response: { 200: z.string(), 400: errorSchema, 503: errorSchema },
      },
    },
    async (request, reply) => {
      deps.streams.openRequests(reply.raw, matcherOf(request.query));
      return reply.hijack();
    },
  );

  app.get(
    '/colocal/v1/requests/:ray',
    {
      schema: {
        summary: 'Everything about one request',
        params: z.object({ ray: z.string().describe('With or without the data center, e.g. 7d0c5a3e9b1f2a64-NRT.') }),
        querystring: z.strictObject({
          secrets: secretsField('recorded headers come with the values that are [hidden] otherwise'),
        }),
        response: { 200: requestSchema, 400: errorSchema, 401: errorSchema, 404: errorSchema },
      },
    },
    async (request, reply) => {
      const trace = deps.journal.find(request.params.ray);
      if (!trace) throw rayUnknown({ ray: request.params.ray });
      const secrets = tellsSecrets(request.query.secrets, request.headers, deps.token());
      const recorded = trace.recorded && viewOfRecorded(trace.recorded, secrets);
      return reply.send({ ...viewOfTrace(trace), recorded });
    },
  );

  app.post(
    '/colocal/v1/requests/:ray/replay',
    {
      schema: {
        summary: 'Send a request once more, and answer with what became of it',
        description:
          'The new request has a ray of its own, and replay_of. Its headers and body are those that were recorded ' +
          '(settings.record); a request without a body is sent without them too.',
        params: z.object({ ray: z.string().describe('With or without the data center.') }),
        response: { 200: requestSchema, 400: errorSchema, 404: errorSchema, 409: errorSchema, 503: errorSchema },
      },
    },
    async (request, reply) => {
      const left = new AbortController();
      reply.raw.once('close', () => left.abort());
      return reply.send(viewOfTrace(await deps.replay(request.params.ray, left.signal)));
    },
  );
}
