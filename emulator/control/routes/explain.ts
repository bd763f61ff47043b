import * as z from 'zod';
import type { App, RouteDeps } from '../api.js';
import { explanationSchema, viewOfExplanation } from '../explanation-view.js';
import { errorSchema } from '../schemas.js';

const questionSchema = z.strictObject({
  url: z
    .string()
    .max(16_384)
    .describe(
      'http or https, e.g. "http://app.example.com/path"; "tcp://10.0.0.1:5432" into a private network; or "spectrum://db" to a Spectrum application.',
    ),
  method: z.string().exactOptional().describe('Default GET.'),
  headers: z
    .record(z.string(), z.union([z.string(), z.array(z.string())]))
    .exactOptional()
    .describe('By name. A Host takes the place of the URL’s, as it does with curl.'),
  colo: z.string().exactOptional().describe('The data center it enters, as Colocal-Colo: an IATA code.'),
  country: z.string().exactOptional().describe('As Colocal-Country: ISO 3166-1 alpha-2.'),
  client_ip: z.string().exactOptional().describe('As Colocal-Client-IP. Default: the address of whoever asks.'),
  http_version: z.enum(['1.0', '1.1', '2']).exactOptional().describe('Default 1.1.'),
  user: z.string().exactOptional().describe('Of a tcp URL: e-mail address of the user.'),
  network: z.string().exactOptional().describe('Of a tcp URL: name of the virtual network. Default: the default one.'),
  failover: z
    .boolean()
    .exactOptional()
    .describe('Also say where it would go if the endpoint failed before it had the request.'),
});

export function explainRoutes(app: App, deps: RouteDeps): void {
  app.post(
    '/colocal/v1/explain',
    {
      schema: {
        summary:
          'What the next request or connection of this form would get, and why; nothing is sent, nothing changes',
        body: questionSchema,
        response: { 200: explanationSchema, 400: errorSchema, 503: errorSchema },
      },
    },
    async (request) => {
      const { remoteAddress = '', remotePort = 0 } = request.socket;
      return viewOfExplanation(deps.explain({ ...request.body, remoteAddress, remotePort }));
    },
  );
}
