import * as z from 'zod';
import { parseSpan } from '../../runtime/clock.js';
import { faultSchema } from '../state/schemas/fault.js';

const SPAN = 'must be a span of time such as 250ms, 30s, 10m, 2h or 1d';
const span = z.string({ error: SPAN }).refine((text) => parseSpan(text) !== undefined, { error: SPAN });

const PERCENTAGE = 'must be a percentage such as 50% or 33.3%';
const percentage = z.string({ error: PERCENTAGE }).regex(/^(?:100(?:\.0+)?|\d{1,2}(?:\.\d+)?)%$/, PERCENTAGE);

const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be 1 to 64 letters, digits, ".", "-" and "_"');
const text = z.string().min(1);
const count = z.int().min(0);
const status = z.int().min(200).max(599);

const origin = z.object({
  name: name.describe('How steps and reports call it.'),
  service: text.exactOptional().describe('The service of ingress rules behind which it stands, as they write it.'),
  address: text
    .regex(/^(?:\[[0-9a-fA-F:.]+\]|[\w.-]+)(?::\d{1,5})?$/, 'must be HOST or HOST:PORT')
    .exactOptional()
    .describe('The address of endpoints that it has, with the port unless that is 80.'),
  service_time: span.default('0s').describe('How long an answer takes it.'),
  jitter: span.default('0s').describe('By how much more or less than that, at most.'),
});

const connector = z.object({
  name,
  tunnel: text.describe('Name of its tunnel.'),
  location: text.exactOptional().describe('Code of the data center it stands at.'),
});

const vantage = z.object({
  colo: text.exactOptional(),
  country: text.exactOptional(),
  client_ip: text.exactOptional(),
  weight: z.number().positive().default(1),
});

const load = z.object({
  name: name.default('load'),
  rate: z.number().positive().max(10_000).describe('Requests a second.'),
  for: span.exactOptional().describe('Without it, until it is stopped or the scenario ends.'),
  hosts: z.array(text).min(1),
  paths: z.array(text.startsWith('/', 'must start with "/"')).min(1).default(['/']),
  methods: z.array(text).min(1).default(['GET']),
  scheme: z.enum(['http', 'https']).default('http'),
  clients: z.int().min(1).max(100_000).default(1).describe('How many clients take turns. Each comes from one place.'),
  cookies: z.boolean().default(false).describe('Whether clients keep cookies, as browsers do.'),
  from: z
    .array(vantage)
    .min(1)
    .default([{ weight: 1 }]),
});

const share = z.record(z.string(), percentage);
const number = z.union([count, z.object({ at_least: count.exactOptional(), at_most: count.exactOptional() })], {
  error: 'must be a number, or at_least and at_most',
});
const verdict = z.enum(['healthy', 'unhealthy', 'unknown']);

const expectation = z.object({
  load: text.exactOptional().describe('Only requests of this load.'),
  after: text
    .exactOptional()
    .describe('Only requests since this step. Default: since the last step that did something.'),
  shares: z
    .object({
      pool: share.exactOptional(),
      endpoint: share.exactOptional(),
      replica: share.exactOptional(),
      egress: share.exactOptional(),
      data_center: share.exactOptional(),
    })
    .exactOptional(),
  tolerance: percentage.default('5%').describe('Percentage points by which shares may be off.'),
  requests: number.exactOptional(),
  failed: number.exactOptional(),
  status: z
    .record(z.string().regex(/^[2-5](?:\d\d|xx)$/, 'must be a status such as 200, or 5xx'), number)
    .exactOptional(),
  health: z
    .object({
      pools: z.record(z.string(), z.enum(['healthy', 'degraded', 'critical', 'unknown'])).exactOptional(),
      endpoints: z
        .record(
          z.string(),
          z.union([verdict, z.record(z.string(), verdict)], {
            error: 'must be healthy, unhealthy or unknown, or that by region',
          }),
        )
        .exactOptional(),
    })
    .exactOptional(),
  failover_within: z.object({ after: text, within: span, to: text.exactOptional() }).exactOptional(),
  reason: z
    .object({
      step: text,
      outcome: text.exactOptional(),
      subject: text.exactOptional(),
      says: text.exactOptional(),
    })
    .exactOptional(),
  sticky: z.boolean().exactOptional().describe('Whether every client stays at one endpoint.'),
});

const change = z.object({
  pool: text.exactOptional(),
  origin: text.exactOptional().describe('An endpoint of the pool.'),
  load_balancer: text.exactOptional(),
  monitor: text.exactOptional(),
  set: z.record(z.string(), z.unknown()).exactOptional().describe('Fields that become others.'),
  put: z.record(z.string(), z.unknown()).exactOptional().describe('All of its fields; the others get their defaults.'),
  delete: z.literal(true).exactOptional(),
});

/** What a step does; one of them. */
const actions = {
  load: load.exactOptional(),
  stop: text.exactOptional().describe('Name of a load.'),
  fault: faultSchema.exactOptional(),
  lift: text.exactOptional().describe('Name of a fault.'),
  change: change.exactOptional(),
  connector: z.object({ name: text, do: z.enum(['stop', 'drain', 'start']) }).exactOptional(),
  origin: z
    .object({
      name: text,
      do: z.enum(['stop', 'start']).exactOptional(),
      answer: z.union([status, z.enum(['ok', 'never'])], { error: 'must be a status, ok or never' }).exactOptional(),
      service_time: span.exactOptional(),
    })
    .exactOptional(),
  advance: span.exactOptional(),
  expect: expectation.exactOptional(),
};

export const ACTIONS = Object.keys(actions) as readonly (keyof typeof actions)[];

const step = z.object({
  name: name.exactOptional(),
  at: span.exactOptional().describe('Time since the beginning. Default: when the step before was over.'),
  says: text.exactOptional().describe('What is going on, for people.'),
  ...actions,
});

export const scenarioSchema = z.object({
  name: text,
  config: z.union([text, z.record(z.string(), z.unknown())], {
    error: 'must be what colocal.yaml says, or the path of one',
  }),
  seed: z.union([z.int(), z.string()]).default(1),
  origins: z.array(origin).default([]),
  connectors: z.array(connector).default([]),
  steps: z.array(step).min(1),
});

export type ScenarioFile = z.output<typeof scenarioSchema>;
export type Step = ScenarioFile['steps'][number];
export type LoadSpec = z.output<typeof load>;
export type OriginSpec = z.output<typeof origin>;
export type ConnectorSpec = z.output<typeof connector>;
export type ExpectSpec = z.output<typeof expectation>;
export type ChangeSpec = z.output<typeof change>;
export type CountSpec = z.output<typeof number>;
