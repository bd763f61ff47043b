import * as z from 'zod';
import type { App, RouteDeps } from '../api.js';
import { secretsField, tellsSecrets } from '../secrets-wanted.js';

export function exportRoutes(app: App, deps: RouteDeps): void {
  app.get(
    '/colocal/v1/export',
    {
      schema: {
        summary: 'The account as colocal.yaml, to start another edge from',
        querystring: z.object({
          secrets: secretsField('with account.api_token and every tunnel_secret'),
        }),
        produces: ['text/yaml'],
        response: { 200: z.string() },
      },
    },
    async (request, reply) => {
      const secrets = tellsSecrets(request.query.secrets, request.headers, deps.token());
      const text = deps.exportConfig({ secrets });
      return reply.header('cache-control', 'no-store').type('text/yaml; charset=utf-8').serializer(String).send(text);
    },
  );
}
