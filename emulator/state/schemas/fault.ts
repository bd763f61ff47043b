import * as z from 'zod';
import { parseSpan } from '../../../runtime/clock.js';
import { didYouMean } from '../../../runtime/did-you-mean.js';
import { CERTIFICATE_PROBLEMS, type FaultType, STRETCHES } from '../fault.types.js';
import {
  dataCenterMatch,
  linkMatch,
  otherSide,
  partitionMatch,
  probeMatch,
  throughConnectorMatch,
  wayMatch,
} from './fault-match.js';

const SKEW = 'must be a span of time with its sign, such as +5m or -1h';
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

const between = z
  .enum(STRETCHES)
  .describe(
    'The stretch of the way. Ways through a tunnel have client-edge, edge-edge (when the request comes in at another data center than the connection ends), edge-connector and connector-origin; others client-edge and edge-origin.',
  );
const rate = z.int().min(1).max(1e12).describe('Bytes in a second of model time.');
const after = z.int().min(0).max(Number.MAX_SAFE_INTEGER).default(0).describe('Bytes of the body that still come.');
const skew = z
  .string({ error: SKEW })
  .refine((text) => /^[+-]/.test(text) && isSpan(text.slice(1)), { error: SKEW })
  .describe('How far the clock is ahead (+5m) or behind (-1h).');

/** By type. Each has the same envelope. */
export const FAULT_SCHEMAS = {
  data_center_down: z.object({
    type: z.literal('data_center_down'),
    match: dataCenterMatch,
    ...envelope,
  }),
  data_centers_partitioned: z.object({
    type: z.literal('data_centers_partitioned'),
    match: partitionMatch,
    from: otherSide,
    ...envelope,
  }),
  connector_disconnected: z.object({
    type: z.literal('connector_disconnected'),
    match: linkMatch,
    ...envelope,
  }),
  connector_refused: z.object({
    type: z.literal('connector_refused'),
    match: linkMatch,
    ...envelope,
  }),
  connector_hung: z.object({
    type: z.literal('connector_hung'),
    match: throughConnectorMatch,
    ...envelope,
  }),
  clock_skew: z.object({
    type: z.literal('clock_skew'),
    match: throughConnectorMatch,
    by: skew,
    ...envelope,
  }),
  link_latency: z.object({
    type: z.literal('link_latency'),
    match: wayMatch,
    between,
    latency: span.describe('Span of model time that is added in each direction.'),
    jitter: positiveSpan.exactOptional().describe('By how much more or less, at most. What is behind never overtakes.'),
    ...envelope,
  }),
  link_bandwidth: z.object({
    type: z.literal('link_bandwidth'),
    match: wayMatch,
    between,
    rate: rate.describe('Bytes in a second of model time, in each direction, for all that the stretch carries.'),
    ...envelope,
  }),
  link_loss: z.object({
    type: z.literal('link_loss'),
    match: wayMatch,
    between,
    loss: z
      .number()
      .min(0)
      .max(1)
      .describe('0 to 1: how probable it is for each 16 KiB of a stream that they are lost.'),
    stall: positiveSpan
      .default('200ms')
      .describe('Span of model time until what was lost is there at last; what follows waits behind it.'),
    ...envelope,
  }),
  origin_refuse: z.object({
    type: z.literal('origin_refuse'),
    match: wayMatch,
    ...envelope,
  }),
  origin_wrong_certificate: z.object({
    type: z.literal('origin_wrong_certificate'),
    match: wayMatch,
    certificate: z
      .enum(CERTIFICATE_PROBLEMS)
      .default('self_signed')
      .describe('What is wrong with it. none: the handshake comes to nothing.'),
    ...envelope,
  }),
  origin_status: z.object({
    type: z.literal('origin_status'),
    match: wayMatch,
    status: z.int().min(200).max(599).describe("Status that is answered in the origin's place."),
    body: z.string().max(65_536).exactOptional().describe('Body of that answer, plain text.'),
    ...envelope,
  }),
  origin_slow: z.object({
    type: z.literal('origin_slow'),
    match: wayMatch,
    delay: positiveSpan.describe('Span of model time by which the head of the response comes later.'),
    ...envelope,
  }),
  origin_slow_body: z.object({
    type: z.literal('origin_slow_body'),
    match: wayMatch,
    rate,
    ...envelope,
  }),
  origin_reset: z.object({
    type: z.literal('origin_reset'),
    match: wayMatch,
    after,
    ...envelope,
  }),
  origin_truncated: z.object({
    type: z.literal('origin_truncated'),
    match: wayMatch,
    after,
    ...envelope,
  }),
  probes_failing: z.object({
    type: z.literal('probes_failing'),
    match: probeMatch,
    ...envelope,
  }),
} as const satisfies Record<FaultType, z.ZodObject>;

export const FAULT_TYPES = Object.keys(FAULT_SCHEMAS) as readonly FaultType[];

function unknownType(input: unknown): string {
  const type = typeof input === 'object' && input !== null && 'type' in input ? input.type : undefined;
  const meant = typeof type === 'string' ? didYouMean(type, FAULT_TYPES) : '';
  return `must be a type of fault${meant || ';'} types are: ${FAULT_TYPES.join(', ')}`;
}

/** One schema for the file and the API. */
export const faultSchema = z.discriminatedUnion(
  'type',
  [
    FAULT_SCHEMAS.data_center_down,
    FAULT_SCHEMAS.data_centers_partitioned,
    FAULT_SCHEMAS.connector_disconnected,
    FAULT_SCHEMAS.connector_refused,
    FAULT_SCHEMAS.connector_hung,
    FAULT_SCHEMAS.clock_skew,
    FAULT_SCHEMAS.link_latency,
    FAULT_SCHEMAS.link_bandwidth,
    FAULT_SCHEMAS.link_loss,
    FAULT_SCHEMAS.origin_refuse,
    FAULT_SCHEMAS.origin_wrong_certificate,
    FAULT_SCHEMAS.origin_status,
    FAULT_SCHEMAS.origin_slow,
    FAULT_SCHEMAS.origin_slow_body,
    FAULT_SCHEMAS.origin_reset,
    FAULT_SCHEMAS.origin_truncated,
    FAULT_SCHEMAS.probes_failing,
  ],
  { error: ({ input }) => unknownType(input) },
);

/** What a writer gives of a fault: fields with a default may be absent. */
export type FaultInput = z.input<typeof faultSchema>;
