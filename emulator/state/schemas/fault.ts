import * as z from 'zod';
import { parseSpan } from '../../../runtime/clock.js';
import type { FaultType } from '../objects.js';

const EXAMPLES = 'such as 250ms, 30s, 10m, 2h or 1d';
/** Longer than any scenario; model time may be fast, yet not without bound. */
const LONGEST_SPAN = { text: '366d', milliseconds: 366 * 24 * 60 * 60 * 1000 };

function isSpan(text: string): boolean {
  const milliseconds = parseSpan(text);
  return milliseconds !== undefined && milliseconds <= LONGEST_SPAN.milliseconds;
}

const span = z
  .string({ error: `must be a span of time ${EXAMPLES}` })
  .refine(isSpan, { error: `must be a span of time ${EXAMPLES}, at most ${LONGEST_SPAN.text}` });
const positiveSpan = z
  .string({ error: `must be a span of time ${EXAMPLES}` })
  .refine((text) => isSpan(text) && parseSpan(text) !== 0, {
    error: `must be a span of time ${EXAMPLES}, more than 0 and at most ${LONGEST_SPAN.text}`,
  });

/** What every fault has beside its type, its match and what is special to its type. */
const envelope = {
  name: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 letters, digits, "-" and "_"')
    .describe('Unique among the faults. Its name in the API, in events and in the reasons of requests.'),
  probability: z
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe('0 to 1: how probable it is, each time it could strike, that it does. Drawn from the seeded generator.'),
  starts: span
    .default('0s')
    .describe('Span of model time from when it was loaded, created or changed to its beginning.'),
  duration: positiveSpan
    .exactOptional()
    .describe('Span of model time after which it ends by itself. Without one it lasts until it is removed.'),
  enabled: z.boolean().default(true).describe('false: it does nothing, and its spans do not run.'),
};

const pattern = (what: string) => z.string().min(1).exactOptional().describe(what);
const dataCenter = z.string().describe('Code of a data center, e.g. NRT.');

const linkMatch = {
  tunnel: pattern('Name (or id) of a tunnel.'),
  connector: pattern('Id of a connector, as connection events and Colocal-Route tell it.'),
  data_center: dataCenter.exactOptional().describe('Code of the data center in which the connection ends.'),
};

const originMatch = {
  host: z
    .string()
    .regex(/^[^:/]+$/, 'must be a host name alone, without scheme or port, such as app.example.com or *.example.com')
    .exactOptional()
    .describe("The client's host, or a wildcard such as *.example.com. Without a port: the port is not compared."),
  path: z.string().startsWith('/', 'must start with "/"').exactOptional().describe('How path and query begin.'),
  method: z
    .string()
    .regex(/^[A-Z]+$/, 'must be a method in capital letters, e.g. GET')
    .exactOptional()
    .describe('Method of the request, e.g. GET.'),
  header: z
    .record(z.string(), z.string())
    .exactOptional()
    .describe('Request headers, name to value: each must be there with exactly this value.'),
  data_center: dataCenter.exactOptional().describe('Code of the data center in which the request came in.'),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/, 'must be a country code of two capital letters (ISO 3166-1), e.g. JP')
    .exactOptional()
    .describe('Country of the client, e.g. JP.'),
  pool: pattern('Name (or id) of a pool.'),
  endpoint: pattern('Name of an endpoint.'),
  tunnel: pattern('Name (or id) of the tunnel through which the endpoint is reached.'),
  connector: pattern('Id of the connector through which the endpoint is reached.'),
};
const anyOrigin = z.object(originMatch).default({}).describe('What it touches; everything when nothing is given.');

/** By type. Each has the same envelope. */
export const FAULT_SCHEMAS = {
  data_center_down: z.object({
    type: z.literal('data_center_down'),
    match: z.object({ data_center: dataCenter }).describe('The data center that is down.'),
    ...envelope,
  }),
  connector_disconnected: z.object({
    type: z.literal('connector_disconnected'),
    match: z.object(linkMatch).default({}).describe('Whose connections; all when nothing is given.'),
    ...envelope,
  }),
  origin_refuse: z.object({ type: z.literal('origin_refuse'), match: anyOrigin, ...envelope }),
  origin_slow: z.object({
    type: z.literal('origin_slow'),
    match: anyOrigin,
    delay: positiveSpan.describe('Span of model time by which the head of the response comes later.'),
    ...envelope,
  }),
  origin_status: z.object({
    type: z.literal('origin_status'),
    match: anyOrigin,
    status: z.int().min(200).max(599).describe("Status that is answered in the origin's place."),
    body: z.string().max(65_536).exactOptional().describe('Body of that answer, plain text.'),
    ...envelope,
  }),
} as const satisfies Record<FaultType, z.ZodObject>;

export const FAULT_TYPES = Object.keys(FAULT_SCHEMAS) as readonly FaultType[];

/** One schema for the file and the API. */
export const faultSchema = z.discriminatedUnion(
  'type',
  [
    FAULT_SCHEMAS.data_center_down,
    FAULT_SCHEMAS.connector_disconnected,
    FAULT_SCHEMAS.origin_refuse,
    FAULT_SCHEMAS.origin_slow,
    FAULT_SCHEMAS.origin_status,
  ],
  { error: `must be one of ${Object.keys(FAULT_SCHEMAS).join(', ')}` },
);

/** What a writer gives of a fault: fields with a default may be absent. */
export type FaultInput = z.input<typeof faultSchema>;
