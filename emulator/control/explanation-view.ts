import * as z from 'zod';
import type { Explanation } from '../observe/explanation.types.js';
import type { AttemptTrace } from '../observe/journal.types.js';
import { renderExplanation } from '../observe/request-tree.js';
import { reasonSchema } from './schemas.js';

const legSchema = z.object({
  from: z.string(),
  to: z.string(),
  round_trip_ms: z.number().describe('Modelled, not measured.'),
});

const attemptSchema = z.object({
  pool: z.string().optional(),
  endpoint: z.string(),
  address: z.string(),
  tunnel: z.string().optional(),
  connector: z.string().optional(),
  egress: z.string().optional().describe("Data center in which the tunnel's connection ends."),
  failure: z.string().optional().describe('Why it would fail before anything is sent.'),
  legs: z.array(legSchema),
});

export const explanationSchema = z.object({
  outcome: z
    .enum(['attempt', 'redirect', 'fixed_response', 'error', 'dns_only', 'unknown_host'])
    .describe('attempt: it would be sent to the endpoint. All others: the edge would answer itself, with `status`.'),
  method: z.string(),
  url: z.string(),
  http_version: z.string(),
  colo: z.string().describe('The data center it would enter.'),
  region: z.string(),
  country: z.string().optional(),
  client_ip: z.string(),
  load_balancer: z.string().optional(),
  pool: z.string().optional(),
  endpoint: z.string().optional(),
  fallback: z.boolean().optional(),
  tunnel: z.string().optional(),
  connector: z.string().optional(),
  egress: z.string().optional(),
  status: z.int().optional(),
  error: z.int().optional().describe("Cloudflare's 1xxx code."),
  location: z.string().optional(),
  legs: z.array(legSchema),
  attempts: z.array(attemptSchema).describe('All but the last are known to fail beforehand.'),
  reasons: z.array(reasonSchema),
  session: z
    .object({ kind: z.enum(['cookie', 'header']), detail: z.string() })
    .optional()
    .describe('What the answer would do to the session; absent: nothing.'),
  failover: z
    .object({ attempt: attemptSchema.optional(), reasons: z.array(reasonSchema) })
    .optional()
    .describe('Where it would go if the endpoint failed before it had the request; when asked for.'),
  text: z.string().describe('The same for people: an indented tree.'),
});

export type ExplanationView = z.infer<typeof explanationSchema>;

export function viewOfExplanation(explanation: Explanation): ExplanationView {
  const { dataCenter, region, country, clientIp, method, scheme, host, path, session, failover } = explanation;
  const { pool, endpoint, fallback, status, error, location, loadBalancer } = explanation;
  const attempts = explanation.attempts.map(attemptView);
  const last = attempts.at(-1);
  return {
    outcome: explanation.outcome,
    method,
    url: `${scheme}://${host}${path}`,
    http_version: explanation.httpVersion,
    colo: dataCenter,
    region,
    country,
    client_ip: clientIp,
    load_balancer: loadBalancer,
    pool,
    endpoint,
    fallback,
    tunnel: last?.tunnel,
    connector: last?.connector,
    egress: last?.egress,
    status,
    error,
    location,
    legs: last?.legs ?? [],
    attempts,
    reasons: [...explanation.reasons],
    session,
    failover: failover && {
      attempt: failover.attempt && attemptView(failover.attempt),
      reasons: [...failover.reasons],
    },
    text: renderExplanation(explanation),
  };
}

function attemptView({ legs = [], status: _none, ...attempt }: AttemptTrace): z.infer<typeof attemptSchema> {
  return { ...attempt, legs: legs.map(({ from, to, roundTripMs }) => ({ from, to, round_trip_ms: roundTripMs })) };
}
