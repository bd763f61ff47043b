import * as z from 'zod';
import type { App, RouteDeps } from '../api.js';

export function caRoutes(app: App, deps: RouteDeps): void {
  app.get(
    '/colocal/v1/ca',
    {
      schema: {
        summary: "The certificate authority of the edge's certificates, as PEM",
        produces: ['application/x-pem-file'],
        response: { 200: z.string() },
      },
    },
    async (_request, reply) => {
      const pem = await deps.caPem();
      return reply.type('application/x-pem-file').serializer(String).send(pem);
    },
  );
}
