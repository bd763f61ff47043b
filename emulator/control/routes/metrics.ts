import * as z from 'zod';
import type { App, RouteDeps } from '../api.js';

export function metricsRoutes(app: App, deps: RouteDeps): void {
  app.get(
    '/metrics',
    {
      schema: {
        summary: 'Counters in the Prometheus text format',
        produces: ['text/plain'],
        response: { 200: z.string() },
      },
    },
    async (_request, reply) => {
      const text = await deps.metrics.text();
      return reply.type(deps.metrics.contentType).serializer(String).send(text);
    },
  );
}
