import * as z from 'zod';
import type { App, RouteDeps } from '../api.js';
import { errorSchema } from '../schemas.js';

export function eventsRoutes(app: App, deps: RouteDeps): void {
  app.get(
    '/colocal/v1/events',
    {
      schema: {
        summary: 'What happens, as server-sent events',
        description: 'A reader that falls too far behind is disconnected.',
        produces: ['text/event-stream'],
        querystring: z.object({
          replay: z.coerce
            .number()
            .int()
            .min(0)
            .max(1_000)
            .default(0)
            .describe('How many of the latest events come first.'),
        }),
        response: { 200: z.string(), 503: errorSchema },
      },
    },
    async (request, reply) => {
      deps.streams.open(reply.raw, request.query.replay);
      return reply.hijack();
    },
  );
}
