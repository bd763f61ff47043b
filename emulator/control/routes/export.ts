import * as z from 'zod';
import type { App, RouteDeps } from '../api.js';
import { bearerOf, refuseToken } from '../gate.js';

export function exportRoutes(app: App, deps: RouteDeps): void {
  app.get(
    '/colocal/v1/export',
    {
      schema: {
        summary: 'The account as colocal.yaml, to start another edge from',
        querystring: z.object({
          secrets: z
            .enum(['true', 'false'])
            .default('false')
            .describe('true, and the request carries the API token: with account.api_token and every tunnel_secret'),
        }),
        produces: ['text/yaml'],
        response: { 200: z.string() },
      },
    },
    async (request, reply) => {
      const { authorization } = request.headers;
      const wanted = request.query.secrets === 'true' && bearerOf(authorization) !== undefined;
      // Loopback lets everybody in, so only here a wrong token is noticed.
      const refusal = wanted ? refuseToken(authorization, deps.token()) : undefined;
      if (refusal) throw refusal;
      const text = deps.exportConfig({ secrets: wanted });
      return reply.header('cache-control', 'no-store').type('text/yaml; charset=utf-8').serializer(String).send(text);
    },
  );
}
