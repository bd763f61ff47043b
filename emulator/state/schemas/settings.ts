import * as z from 'zod';

// A day: longer than any request anybody waits for.
const timeout = z.number().positive().max(86_400);

export const settingsSchema = z.object({
  vantage: z
    .boolean()
    .default(true)
    .describe('Requests may say where they come from with Colocal-Colo, Colocal-Country and Colocal-Client-IP.'),
  route_header: z.boolean().default(true).describe('Responses tell their way in the Colocal-Route header.'),
  initial_health: z
    .enum(['down', 'healthy'])
    .default('down')
    .describe('What monitored endpoints count as until their first result.'),
  duplicate_addresses: z
    .enum(['refuse', 'allow'])
    .default('refuse')
    .describe('Whether one pool may hold the same endpoint address twice.'),
  minimum_monitor_interval: z
    .int()
    .min(1)
    .max(3600)
    .default(10)
    .describe('Seconds: the least interval that a monitor may have. Lower it for demonstrations.'),
  simulate_latency: z
    .boolean()
    .default(false)
    .describe('What travels between data centers, connectors and endpoints takes its modelled time, on the clock.'),
  record: z
    .object({
      headers: z.boolean().default(false).describe('The headers of requests and responses.'),
      bodies: z
        .int()
        .min(0)
        .max(1_048_576)
        .default(0)
        .describe('Bytes that are kept of each body, and with them the headers; 0: none.'),
    })
    .prefault({})
    .describe('What the journal keeps of requests and responses beside how they went; by default neither.'),
  timeouts: z
    .object({
      connect: timeout.default(19).describe('Seconds to connect to an endpoint.'),
      response: timeout.default(120).describe('Seconds until the head of the response.'),
      idle: timeout
        .default(900)
        .describe(
          'Seconds in which nothing may move once there is a response, or on a WebSocket; and that idle connections are kept.',
        ),
    })
    .prefault({})
    .describe('Timeouts towards endpoints, in seconds.'),
});

export const accountSchema = z.object({
  id: z.string().regex(/^[0-9a-f]{32}$/, 'must be 32 lower-case hexadecimal digits'),
  name: z.string().min(1).max(255),
  // The form that API clients check (docs/reference/api.md 1.2).
  api_token: z.string().regex(/^[0-9A-Za-z\-_]{40,80}$/, 'must be 40 to 80 letters, digits, "-" and "_"'),
});
