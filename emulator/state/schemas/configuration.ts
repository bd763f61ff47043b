import * as z from 'zod';

const seconds = z.int().min(0);

/**
 * docs/reference/api.md 5.3. All of cloudflared's keys; what our connector does not act on is passed on. Loose,
 * because the API keeps the document as it was given.
 */
const originRequestSchema = z.looseObject({
  connectTimeout: seconds.exactOptional().describe('Seconds to connect to the service; 30.'),
  tlsTimeout: seconds.exactOptional().describe('Seconds for the TLS handshake with the service; 10.'),
  tcpKeepAlive: seconds.exactOptional().describe('Seconds between keep-alive packets; 30.'),
  keepAliveTimeout: seconds.exactOptional().describe('Seconds after which an idle connection is closed; 90.'),
  keepAliveConnections: z.int().min(0).exactOptional().describe('Idle connections kept; 100.'),
  noHappyEyeballs: z.boolean().exactOptional().describe('Do not race IPv4 against IPv6.'),
  noTLSVerify: z.boolean().exactOptional().describe('Accept any certificate of the service.'),
  disableChunkedEncoding: z.boolean().exactOptional().describe('Send no chunked bodies to the service.'),
  http2Origin: z.boolean().exactOptional().describe('Speak HTTP/2 with the service.'),
  matchSNItoHost: z.boolean().exactOptional().describe('Use the Host as the TLS server name.'),
  bastionMode: z.boolean().exactOptional().describe('Let the client name the destination.'),
  httpHostHeader: z.string().exactOptional().describe('The Host header that the service gets.'),
  originServerName: z.string().exactOptional().describe('The name expected in the certificate of the service.'),
  caPool: z.string().exactOptional().describe('Path, on the connector, of the CA for the service.'),
  proxyAddress: z.string().exactOptional().describe('Address that a proxy listens on.'),
  proxyPort: z.int().min(0).max(65_535).exactOptional().describe('Port that a proxy listens on.'),
  proxyType: z.enum(['', 'socks']).exactOptional().describe('Kind of proxy.'),
  ipRules: z
    .array(
      z.looseObject({
        prefix: z.string().exactOptional().describe('CIDR of destinations.'),
        ports: z.array(z.int().min(0).max(65_535)).exactOptional().describe('Ports; none: all.'),
        allow: z.boolean().exactOptional().describe('Whether they may be reached.'),
      }),
    )
    .exactOptional()
    .describe('What a socks proxy may reach.'),
  access: z
    .looseObject({
      required: z.boolean().exactOptional().describe('Refuse requests without a valid token.'),
      teamName: z.string().exactOptional().describe('Name of the organisation.'),
      audTag: z.array(z.string()).exactOptional().describe('Audiences that a token may be for.'),
      environment: z.string().exactOptional().describe('Environment of the organisation.'),
    })
    .exactOptional()
    .describe('Access policy that the connector enforces.'),
});

const ingressRuleSchema = z.object({
  hostname: z
    .string()
    .exactOptional()
    .describe('Host name, or *.example.com. Absent in the catch-all, which comes last.'),
  path: z.string().exactOptional().describe('Regular expression that the path must match.'),
  service: z
    .string()
    .describe(
      'Where requests go: http://localhost:3000, https://localhost:3443, unix:/run/app.sock, unix+tls:/run/app.sock, tcp://localhost:5432, ssh://localhost:22, rdp://localhost:3389, smb://localhost:445, bastion, http_status:404 or hello_world.',
    ),
  originRequest: originRequestSchema.exactOptional().describe('Options of this rule.'),
});

const warpRoutingSchema = z.looseObject({
  connectTimeout: seconds.exactOptional().describe('Seconds to connect to a private address; 5.'),
  maxActiveFlows: z
    .int()
    .min(0)
    .exactOptional()
    .describe('Connections to private addresses that may be open at once at one connector; 0: any number.'),
  tcpKeepAlive: seconds.exactOptional().describe('Seconds between keep-alive packets; 30.'),
  enabled: z.boolean().exactOptional().describe('Of old files; without effect, because routes decide.'),
});

export const tunnelConfigurationSchema = z.object({
  ingress: z
    .array(ingressRuleSchema)
    .exactOptional()
    .describe('Rules, tried in order; the last one matches everything.'),
  originRequest: originRequestSchema.exactOptional().describe('Options of every rule that does not set them.'),
  'warp-routing': warpRoutingSchema.exactOptional().describe('Options of private-network traffic.'),
});

export const configurationSchema = z.object({
  version: z.int().min(0).exactOptional(),
  config: tunnelConfigurationSchema,
});
