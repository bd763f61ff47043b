import * as z from 'zod';
import type { App, RouteDeps } from '../api.js';
import { requestInvalid } from '../errors.js';
import { parseReadyFor, READY_FOR, readinessFor } from '../ready.js';
import { errorSchema } from '../schemas.js';

const readinessSchema = z.object({
  ready: z.boolean(),
  missing: z.array(z.string()).describe('One sentence for each thing that is not there yet.'),
});

export function readyRoutes(app: App, deps: RouteDeps): void {
  app.get(
    '/colocal/v1/ready',
    {
      schema: {
        summary: 'Whether the configuration is applied and every listener open',
        querystring: z.object({
          for: z
            .string()
            .optional()
            .describe(
              `What else must be there, separated by commas: ${READY_FOR.join(', ')} (every tunnel has a connector; every monitor has its first results).`,
            ),
        }),
        response: { 200: readinessSchema, 400: errorSchema, 503: readinessSchema },
      },
    },
    async (request, reply) => {
      const wanted = request.query.for ?? null;
      const what = parseReadyFor(wanted);
      if (!what) throw requestInvalid({ detail: `for=${wanted} is unknown: allowed are ${READY_FOR.join(', ')}` });
      const { ready, missing } = readinessFor(deps, what);
      return reply.status(ready ? 200 : 503).send({ ready, missing: [...missing] });
    },
  );
}
