import * as z from 'zod';
import { description, port } from './names.js';

/** docs/reference/load-balancing.md 1.4, bounds from api.md 2.2. */
export const monitorSchema = z.object({
  type: z.enum(['http', 'https', 'tcp', 'udp_icmp', 'icmp_ping', 'smtp']).default('http').describe('Kind of probe.'),
  description: description.default('').describe('Free text.'),
  method: z
    .string()
    .regex(/^(?:GET|HEAD|connection_established)?$/, 'must be GET or HEAD (for tcp: connection_established)')
    .exactOptional()
    .describe(
      'Method of the probe, http and https only: GET (default) or HEAD. For tcp always connection_established.',
    ),
  path: z
    .string()
    .startsWith('/', 'must start with "/"')
    .max(2048)
    .regex(/^[\x21-\x7e]*$/, 'must be percent-encoded: no blanks, control characters or letters outside ASCII')
    .default('/')
    .describe('Path and query of the probe; http and https only.'),
  port: port.default(0).describe('0: 80 for http, 443 for https. Required for tcp, udp_icmp and smtp.'),
  header: z
    .record(z.string(), z.array(z.string()))
    .default({})
    .describe('Request headers, name to list of values. Setting Host is recommended. User-Agent cannot be changed.'),
  expected_codes: z
    .string()
    .default('')
    .describe('Codes that count as healthy, e.g. "200", "2xx" or "200,301". Required for http and https.'),
  expected_body: z.string().max(10_240).default('').describe('Text that the body must contain, in any case.'),
  follow_redirects: z.boolean().default(false).describe('Judge the answer at the end of redirects.'),
  allow_insecure: z.boolean().default(false).describe('Accept any certificate (https).'),
  interval: z
    .int()
    .min(1)
    .max(3600)
    .default(60)
    .describe('Seconds between probes; at least settings.minimum_monitor_interval (10).'),
  timeout: z.int().min(1).max(10).default(5).describe('Seconds that a probe may take; less than the interval.'),
  retries: z.int().min(0).max(5).default(2).describe('Further attempts after a timeout, made at once.'),
  consecutive_up: z.int().min(0).default(0).describe('Passes in a row until an endpoint is healthy; 0 acts as 1.'),
  consecutive_down: z.int().min(0).default(0).describe('Fails in a row until an endpoint is unhealthy; 0 acts as 1.'),
  probe_zone: z.string().default('').describe('The zone whose traffic probes shall look like.'),
});
