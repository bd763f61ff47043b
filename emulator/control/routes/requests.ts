import * as z from 'zod';
import type { AttemptTrace, RequestTrace } from '../../observe/journal.types.js';
import type { Reason } from '../../steering/steering.types.js';
import type { App, RouteDeps } from '../api.js';
import { rayUnknown } from '../errors.js';
import { errorSchema, reasonSchema } from '../schemas.js';

const attemptSchema = z.object({
  pool: z.string().optional(),
  endpoint: z.string(),
  address: z.string(),
  tunnel: z.string().optional(),
  connector: z.string().optional(),
  egress: z.string().optional().describe("Data center in which the tunnel's connection ends."),
  status: z.int().optional(),
  failure: z.string().optional(),
  legs: z
    .array(z.object({ from: z.string(), to: z.string(), roundTripMs: z.number() }))
    .readonly()
    .optional(),
});

/** As emulator/observe/journal.types.ts has it. */
const traceSchema = z.object({
  ray: z.string(),
  startedAt: z.number().describe('Model time, milliseconds since the epoch.'),
  endedAt: z.number().optional(),
  dataCenter: z.string(),
  country: z.string().optional(),
  clientIp: z.string(),
  method: z.string(),
  scheme: z.enum(['http', 'https']),
  host: z.string(),
  path: z.string(),
  httpVersion: z.string(),
  loadBalancer: z.string().optional(),
  pool: z.string().optional(),
  endpoint: z.string().optional(),
  fallback: z.boolean().optional(),
  status: z.int().optional(),
  error: z.int().optional().describe("Cloudflare's 1xxx code."),
  requestBytes: z.number(),
  responseBytes: z.number(),
  attempts: z.array(attemptSchema),
  reasons: z.array(reasonSchema).readonly(),
  outcome: z.enum(['complete', 'client_closed', 'cut_off']).optional(),
});

/** Only what the schema names is sent: fails to compile when a trace gets a field that the schema lacks. */
type Unnamed =
  | Exclude<keyof RequestTrace, keyof z.infer<typeof traceSchema>>
  | Exclude<keyof AttemptTrace, keyof z.infer<typeof attemptSchema>>
  | Exclude<keyof Reason, keyof z.infer<typeof reasonSchema>>;
true satisfies [Unnamed] extends [never] ? true : Unnamed;

export function requestsRoutes(app: App, deps: RouteDeps): void {
  app.get(
    '/colocal/v1/requests',
    {
      schema: {
        summary: 'The latest requests that have ended, newest first',
        querystring: z.object({ limit: z.coerce.number().int().min(1).max(1_000).default(50) }),
        response: { 200: z.object({ requests: z.array(traceSchema) }), 400: errorSchema },
      },
    },
    async (request, reply) => reply.send({ requests: [...deps.journal.list(request.query.limit)] }),
  );

  app.get(
    '/colocal/v1/requests/:ray',
    {
      schema: {
        summary: 'Everything about one request',
        params: z.object({ ray: z.string().describe('With or without the data center, e.g. 7d0c5a3e9b1f2a64-NRT.') }),
        response: { 200: traceSchema, 404: errorSchema },
      },
    },
    async (request, reply) => {
      const trace = deps.journal.find(request.params.ray);
      if (!trace) throw rayUnknown({ ray: request.params.ray });
      return reply.send({ ...trace });
    },
  );
}
