import * as z from 'zod';
import { parseListenAddress } from '../listen-address.js';
import { isHostname } from './names.js';

const TLS = 'must be off, or flexible: TLS ends at the edge, and the endpoint gets plain TCP';
const PROXY_PROTOCOL = 'must be off, v1 or v2; simple is for UDP, which is not carried';

/** A Spectrum application of TCP whose origin is a load balancer (docs/reference/load-balancing.md 9.4). */
export const spectrumSchema = z.object({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'must be 1 to 63 letters, digits, ".", "_" and "-"')
    .describe('Unique among the applications; what commands and records call it.'),
  listen: z
    .string()
    .refine((text) => parseListenAddress(text) !== undefined, 'must be HOST:PORT such as 127.0.0.1:5432 or [::1]:5432')
    .describe('Where clients connect: HOST:PORT, once. Port 0: any free one.'),
  load_balancer_id: z.string(),
  dns: z
    .object({
      name: z
        .string()
        .refine(isHostname, 'must be a host name such as db-in.example.com')
        .describe("The application's own host name, in the zone of the load balancer, and not the load balancer's."),
    })
    .exactOptional()
    .describe('The host name that clients of the application use; with TLS there is a certificate for it.'),
  tls: z
    .enum(['off', 'flexible'], { error: TLS })
    .default('off')
    .describe('off: bytes as they come. flexible: TLS ends at the edge, and the endpoint gets plain TCP.'),
  proxy_protocol: z
    .enum(['off', 'v1', 'v2'], { error: PROXY_PROTOCOL })
    .default('off')
    .describe("Whether the endpoint is told the client's address first, in the PROXY protocol."),
});
