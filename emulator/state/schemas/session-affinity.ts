import * as z from 'zod';

/** docs/reference/load-balancing.md 5.2: a header name, or `cookie`, or `cookie:` and the names of cookies (RFC 6265 4.1.1). */
const HEADER_ITEM = /^(?:[a-zA-Z0-9_-]+|cookie:[!#$%&'*+.^_`|~0-9a-zA-Z-]+(?:,[!#$%&'*+.^_`|~0-9a-zA-Z-]+)*)$/;

/** docs/reference/load-balancing.md 5.1; the empty text of older clients means none. */
export const sessionAffinity = z.enum(['none', 'cookie', 'ip_cookie', 'header', '']);

export const SESSION_AFFINITY =
  'Whether clients stay with their endpoint. cookie: by the cookie __cflb. ip_cookie: the same, beginning by the client’s address. header: by request headers. none (and empty): they do not. Proxied load balancers only.';

// The widest of the bounds; those of each type are in ../session-defaults.ts.
export const sessionAffinityTtl = z
  .int()
  .min(30)
  .max(604_800)
  .describe(
    'Seconds that a session lasts. cookie, ip_cookie: from its beginning, 1800 to 604800, 82800 when absent. header: without use, 30 to 3600, 1800 when absent.',
  );

/** docs/reference/load-balancing.md 5.2. Defaults are filled in where there is affinity (../kinds.ts). */
export const sessionAffinityAttributes = z.object({
  samesite: z
    .enum(['Auto', 'Lax', 'None', 'Strict'])
    .exactOptional()
    .describe('SameSite of the cookie. Auto (default): Lax when the zone always uses HTTPS, otherwise None.'),
  secure: z
    .enum(['Auto', 'Always', 'Never'])
    .exactOptional()
    .describe('Secure of the cookie. Auto (default): when the zone always uses HTTPS.'),
  drain_duration: z
    .int()
    .min(0)
    .max(86_400)
    .exactOptional()
    .describe('Seconds for which an endpoint keeps its sessions after it was disabled; 0.'),
  zero_downtime_failover: z
    .enum(['none', 'temporary', 'sticky'])
    .exactOptional()
    .describe(
      'When the endpoint of a session cannot be reached. none (default): the client gets the error. temporary: another one serves meanwhile. sticky: the session moves.',
    ),
  headers: z
    .array(
      z
        .string()
        .min(1)
        .max(100)
        .regex(HEADER_ITEM, 'must be a header name, "cookie", or "cookie:" and names of cookies such as "cookie:a,b"'),
    )
    .max(5)
    .exactOptional()
    .describe('For header: names of request headers; cookie for all cookies, cookie:a,b for those two. At most 5.'),
  require_all_headers: z
    .boolean()
    .exactOptional()
    .describe('For header. true: a session needs all of headers. false (default): one of them is enough.'),
});
