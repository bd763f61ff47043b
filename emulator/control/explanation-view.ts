import * as z from 'zod';
import type { Explanation } from '../observe/explanation.types.js';
import { renderExplanation, urlOf } from '../observe/request-tree.js';
import { viewOfAttempt } from './request-view.js';
import { attemptSchema, privateNetworkSchema, spectrumSchema } from './request-view.schema.js';
import { reasonSchema } from './schemas.js';

export const explanationSchema = z.object({
  outcome: z
    .enum(['attempt', 'redirect', 'fixed_response', 'error', 'dns_only', 'unknown_host'])
    .describe(
      'attempt: it would be sent, or connected, to the endpoint. All others: the edge would answer itself, with `status`.',
    ),
  method: z.string(),
  url: z.string(),
  http_version: z.string(),
  private_network: privateNetworkSchema.optional(),
  spectrum: spectrumSchema.optional(),
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
  legs: attemptSchema.shape.legs,
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
  const { dataCenter, region, country, clientIp, method, session, failover } = explanation;
  const { pool, endpoint, fallback, status, error, location, loadBalancer } = explanation;
  const attempts = explanation.attempts.map(viewOfAttempt);
  const last = attempts.at(-1);
  return {
    outcome: explanation.outcome,
    method,
    url: urlOf(explanation),
    private_network: explanation.privateNetwork && { ...explanation.privateNetwork },
    spectrum: explanation.spectrum && { ...explanation.spectrum },
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
    legs: last?.legs,
    attempts,
    reasons: [...explanation.reasons],
    session,
    failover: failover && {
      attempt: failover.attempt && viewOfAttempt(failover.attempt),
      reasons: [...failover.reasons],
    },
    text: renderExplanation(explanation),
  };
}
