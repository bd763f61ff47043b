import * as z from 'zod';
import type { App, RouteDeps } from '../api.js';

const listenerSchema = z.object({ name: z.string(), address: z.string() });

/** What `GET /` lists, beside the listeners. */
const CONTENTS: readonly { readonly path: string; readonly what: string }[] = [
  { path: 'GET /colocal/v1/ready', what: 'ready or not; ?for=tunnels,health: connectors and monitors too' },
  { path: 'GET /colocal/v1/state', what: 'the account, its tunnels and their connections' },
  { path: 'GET /colocal/v1/export', what: 'the account as colocal.yaml; ?secrets=true with the API token' },
  { path: 'POST /colocal/v1/reset', what: 'back to the file' },
  { path: 'GET /colocal/v1/faults', what: 'what is broken on purpose' },
  {
    path: 'POST /colocal/v1/faults',
    what: 'break something: {"name":"a","type":"origin_refuse","match":{"pool":"p"}}',
  },
  { path: 'PATCH /colocal/v1/faults/{name}', what: 'change a fault' },
  { path: 'DELETE /colocal/v1/faults/{name}', what: 'heal it' },
  { path: 'GET /colocal/v1/clock', what: 'model time' },
  { path: 'POST /colocal/v1/clock/advance', what: 'let model time pass: {"by":"10m"}' },
  {
    path: 'GET /colocal/v1/requests',
    what: 'the latest requests; ?host= &pool= &endpoint= &tunnel= &status=5xx &fault= &limit=',
  },
  { path: 'GET /colocal/v1/requests.har', what: 'the same as an HTTP Archive; the same filters' },
  { path: 'GET /colocal/v1/requests/stream', what: 'requests as they end, as server-sent events; the same filters' },
  { path: 'GET /colocal/v1/requests/{ray}', what: 'everything about one request' },
  { path: 'POST /colocal/v1/requests/{ray}/replay', what: 'send it once more' },
  { path: 'POST /colocal/v1/expression/evaluate', what: 'check a rule\'s expression: {"expression":"...","facts":{}}' },
  {
    path: 'POST /colocal/v1/explain',
    what: 'what would happen to a request: {"url":"http://app.example.com/","colo":"NRT"}',
  },
  { path: 'GET /colocal/v1/events', what: 'what happens, as server-sent events' },
  { path: 'GET /colocal/v1/ca', what: 'the certificate authority, PEM' },
  { path: 'GET /colocal/v1/openapi.json', what: 'this API, described' },
  { path: 'GET /metrics', what: 'counters, Prometheus text format' },
];

export function indexRoutes(app: App, deps: RouteDeps): void {
  app.get(
    '/',
    {
      schema: {
        summary: 'What is here',
        response: {
          200: z.object({
            name: z.literal('colocal'),
            version: z.string(),
            listeners: z.array(listenerSchema),
            contents: z.array(z.object({ path: z.string(), what: z.string() })),
          }),
        },
      },
    },
    async (_request, reply) =>
      reply.send({
        name: 'colocal',
        version: deps.version,
        listeners: [...deps.listeners()],
        contents: [...CONTENTS],
      }),
  );
}
