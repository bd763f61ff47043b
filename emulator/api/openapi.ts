import * as z from 'zod';
import type { Endpoint } from './endpoint.js';
import { API_PREFIX, type Served } from './served.js';

type Schema = Record<string, unknown>;

/** The v4 API as an OpenAPI 3.1 document: exactly what is served. */
export function openApiOf(served: readonly Served[], serverUrl = API_PREFIX): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const { area, endpoint } of served) {
    const path = endpoint.path.replace(/:(\w+)/g, '{$1}');
    paths[path] ??= {};
    paths[path][endpoint.method.toLowerCase()] = operationOf(endpoint, area.title);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'colocal v4 API',
      description: "What of Cloudflare's v4 API this edge serves. docs/api.md says what is missing.",
      version: '4',
    },
    servers: [{ url: serverUrl }],
    tags: [...new Set(served.map(({ area }) => area.title))].map((name) => ({ name })),
    security: [{ token: [] }, { email: [], key: [] }, { serviceKey: [] }],
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer' },
        email: { type: 'apiKey', in: 'header', name: 'X-Auth-Email' },
        key: { type: 'apiKey', in: 'header', name: 'X-Auth-Key' },
        serviceKey: { type: 'apiKey', in: 'header', name: 'X-Auth-User-Service-Key' },
      },
      schemas: { Error: ERROR, ResultInfo: RESULT_INFO },
      responses: {
        Error: {
          description: 'The request was refused.',
          content: { 'application/json': { schema: reference('Error') } },
        },
      },
    },
  };
}

function operationOf({ method, path, summary, partly, query = [], body, result, open }: Endpoint, tag: string): Schema {
  const places = Array.from(path.matchAll(/:(\w+)/g), ([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  return {
    operationId: operationId(method, path),
    summary,
    tags: [tag],
    ...(partly === undefined ? {} : { description: `Not as Cloudflare's: ${partly}.` }),
    parameters: [
      ...places,
      ...query.map((name) => ({ name, in: 'query', required: false, schema: { type: 'string' } })),
    ],
    ...(body && {
      requestBody: {
        required: method !== 'POST',
        content: { 'application/json': { schema: schemaOf(body, 'input') } },
      },
    }),
    responses: {
      200: {
        description: 'Done.',
        content: { 'application/json': { schema: envelopeOf(schemaOf(result, 'output')) } },
      },
      default: { $ref: '#/components/responses/Error' },
    },
    ...(open && { security: [] }),
  };
}

/** `GET /zones/:zone_id/dns_records` is `get_zones_zone_id_dns_records`. */
function operationId(method: string, path: string): string {
  return `${method.toLowerCase()}${path.replace(/[^a-z0-9]+/gi, '_')}`;
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Schema {
  const { $schema: _dialect, ...json } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return json;
}

function envelopeOf(result: Schema): Schema {
  return {
    type: 'object',
    required: ['success', 'errors', 'messages', 'result'],
    properties: {
      success: { const: true },
      errors: { type: 'array', maxItems: 0 },
      messages: { type: 'array', items: { type: 'object' } },
      result,
      result_info: reference('ResultInfo'),
    },
  };
}

const reference = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

const CODE_AND_MESSAGE: Schema = { code: { type: 'integer' }, message: { type: 'string' } };

/** docs/reference/api.md 1.1. */
const ERROR: Schema = {
  type: 'object',
  required: ['success', 'errors', 'messages', 'result'],
  properties: {
    success: { const: false },
    errors: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        required: ['code', 'message'],
        properties: {
          ...CODE_AND_MESSAGE,
          error_chain: { type: 'array', items: { type: 'object', properties: CODE_AND_MESSAGE } },
          source: { type: 'object', properties: { pointer: { type: 'string' } } },
        },
      },
    },
    messages: { type: 'array', maxItems: 0 },
    result: { type: 'null' },
  },
};

/** docs/reference/api.md 1.4. */
const RESULT_INFO: Schema = {
  type: 'object',
  properties: Object.fromEntries(
    ['page', 'per_page', 'count', 'total_count', 'total_pages'].map((name) => [name, { type: 'integer' }]),
  ),
};
