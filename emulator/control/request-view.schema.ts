import * as z from 'zod';
import { recordedSchema } from './recorded-view.js';
import { instantSchema, reasonSchema } from './schemas.js';

const legSchema = z.object({
  from: z.string(),
  to: z.string(),
  round_trip_ms: z.number().describe('Modelled, not measured.'),
});

/** One attempt at an endpoint, as requests and explanations show it. */
export const attemptSchema = z.object({
  pool: z.string().optional(),
  endpoint: z.string(),
  address: z.string(),
  tunnel: z.string().optional(),
  connector: z.string().optional(),
  egress: z.string().optional().describe("Data center in which the tunnel's connection ends."),
  status: z.int().optional(),
  failure: z.string().optional().describe('What failed; with an explanation before anything is sent.'),
  legs: z.array(legSchema).optional(),
});

/** What is particular to a connection into a private network, in requests and explanations. */
export const privateNetworkSchema = z
  .object({
    protocol: z.enum(['socks5', 'connect']).describe('How it came in.'),
    port: z.int(),
    user: z.string().optional().describe('E-mail address; absent: nobody has to say.'),
    name: z.string().optional().describe('Of the virtual network.'),
  })
  .describe('Of a connection into a private network.');

/** What is particular to a connection to a Spectrum application, in requests and explanations. */
export const spectrumSchema = z
  .object({
    protocol: z.literal('spectrum').describe('How it came in.'),
    application: z.string().describe('Its name.'),
    port: z.int().describe('Where the client connected.'),
  })
  .describe('Of a connection to a Spectrum application.');

/** What is told of each request. */
export const requestSchema = z.object({
  ray: z.string().describe("16 hexadecimal digits; CF-Ray has the data center's code behind them."),
  started_at: instantSchema,
  ended_at: instantSchema.optional(),
  data_center: z.string().describe('Where it entered.'),
  instead_of: z.string().optional().describe('The data center that it would have entered, had that been running.'),
  country: z.string().optional(),
  client_ip: z.string(),
  method: z.string(),
  scheme: z
    .enum(['http', 'https', 'tcp'])
    .describe('tcp: a connection into a private network, or to a Spectrum application.'),
  host: z.string(),
  path: z.string(),
  http_version: z.string().describe('Empty for what is not asked for by HTTP.'),
  private_network: privateNetworkSchema.optional(),
  spectrum: spectrumSchema.optional(),
  load_balancer: z.string().optional(),
  pool: z.string().optional(),
  endpoint: z.string().optional(),
  fallback: z.boolean().optional(),
  status: z.int().optional(),
  error: z.int().optional().describe("Cloudflare's 1xxx code."),
  request_bytes: z.number(),
  response_bytes: z.number(),
  attempts: z.array(attemptSchema),
  reasons: z.array(reasonSchema),
  replay_of: z.string().optional().describe('Ray of the request that this one repeats.'),
  outcome: z.enum(['complete', 'client_closed', 'cut_off']).optional().describe('Absent while a connection is open.'),
  recorded: recordedSchema
    .optional()
    .describe('Headers and bodies, as far as settings.record has them kept; only where one request is asked for.'),
});

/** What `GET requests` answers. */
export const requestListSchema = z.object({ requests: z.array(requestSchema) });

export type AttemptView = z.infer<typeof attemptSchema>;
export type RequestView = z.infer<typeof requestSchema>;
