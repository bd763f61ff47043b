import * as z from 'zod';
import type { App, RouteDeps } from '../api.js';

export function openapiRoutes(app: App, deps: RouteDeps): void {
  let document: Promise<Record<string, unknown>> | undefined;
  app.get(
    '/colocal/v1/openapi.json',
    {
      schema: {
        summary: 'This API as an OpenAPI 3.1 document',
        response: { 200: z.record(z.string(), z.unknown()) },
      },
    },
    async () => {
      document ??= import('../describe.js').then((module) => module.describeApi(deps));
      return document;
    },
  );
}
