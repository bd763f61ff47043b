import swagger from '@fastify/swagger';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';
import { createApp, type RouteDeps, registerRoutes } from './api.js';

/**
 * The API as an OpenAPI document. The generator has to see routes as they are registered, and few ever ask for
 * the document: so a second instance, which never answers a request, is made for it when somebody does.
 */
export async function describeApi(deps: RouteDeps): Promise<Record<string, unknown>> {
  const app = createApp(deps);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'colocal control API',
        description: 'Shows and steers a running edge. On loopback it needs no token.',
        version: deps.version,
      },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{}, { token: [] }],
    },
    transform: jsonSchemaTransform,
  });
  registerRoutes(app, deps);
  await app.ready();
  const document = { ...app.swagger() };
  await app.close();
  return document;
}
