import * as z from 'zod';
import { harOf } from '../../observe/har.js';
import { matcherOf } from '../../observe/request-filter.js';
import type { App, RouteDeps } from '../api.js';
import { requestFilterSchema } from '../request-filter.schema.js';
import { errorSchema } from '../schemas.js';
import { secretsField, tellsSecrets } from '../secrets-wanted.js';

export function harRoutes(app: App, deps: RouteDeps): void {
  app.get(
    '/colocal/v1/requests.har',
    {
      schema: {
        summary: 'The latest requests that have ended as an HTTP Archive (HAR 1.2), oldest first',
        description: 'Headers and bodies are in it as far as settings.record has the journal keep them.',
        querystring: requestFilterSchema.extend({
          limit: z.coerce.number().int().min(1).max(10_000).default(10_000),
          secrets: secretsField('with the values of Authorization, Proxy-Authorization, Cookie and Set-Cookie'),
        }),
        response: { 200: z.looseObject({ log: z.looseObject({}) }), 400: errorSchema, 401: errorSchema },
      },
    },
    async (request, reply) => {
      const { limit, secrets, ...filter } = request.query;
      const har = harOf(deps.journal.list(limit, matcherOf(filter)), {
        version: deps.version,
        secrets: tellsSecrets(secrets, request.headers, deps.token()),
      });
      // It has its form already: a check of every entry would cost more than making it.
      return reply
        .header('cache-control', 'no-store')
        .type('application/json; charset=utf-8')
        .serializer(JSON.stringify)
        .send({ ...har });
    },
  );
}
