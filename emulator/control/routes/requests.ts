import * as z from 'zod';
import { matcherOf } from '../../observe/request-filter.js';
import type { App, RouteDeps } from '../api.js';
import { rayUnknown } from '../errors.js';
import { requestFilterSchema } from '../request-filter.schema.js';
import { viewOfTrace } from '../request-view.js';
import { requestListSchema, requestSchema } from '../request-view.schema.js';
import { errorSchema } from '../schemas.js';

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
        response: { 200: requestSchema, 404: errorSchema },
      },
    },
    async (request, reply) => {
      const trace = deps.journal.find(request.params.ray);
      if (!trace) throw rayUnknown({ ray: request.params.ray });
      return reply.send(viewOfTrace(trace));
    },
  );
}
