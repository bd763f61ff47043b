import { STATUS_CODES } from 'node:http';

/**
 * The errors the edge itself answers with: status, Cloudflare's 1xxx code where there is one, and words of our
 * own. Statuses and codes of those after the request was understood: docs/reference/load-balancing.md section 10.
 */
export interface EdgeError {
  readonly status: number;
  /** Cloudflare's 1xxx code. */
  readonly code?: number;
  readonly title: string;
  /** What happened, and why. */
  readonly detail: string;
  /** What to do about it. */
  readonly fix: string;
}

const EDGE_ERRORS = {
  // The client's request.
  bad_request: {
    status: 400,
    title: 'The request cannot be understood',
    detail: 'The request is not valid HTTP, or it could be read in more than one way.',
    fix: 'Look at what the client sends: one Host header, one way to tell the length of the body, lines that end in CRLF.',
  },
  forbidden_port: {
    status: 403,
    title: 'This port cannot be reached through the proxy',
    detail: 'CONNECT is possible to port 443 (HTTPS) and port 80 (HTTP) of the names the edge serves.',
    fix: 'Ask for port 443 or 80.',
  },
  method_not_allowed: {
    status: 405,
    title: 'This method is not allowed',
    detail: 'The edge does not answer this method and does not pass it on.',
    fix: 'Use GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS.',
  },
  request_timeout: {
    status: 408,
    title: 'The request did not arrive in time',
    detail: 'The client opened the request and then stopped sending.',
    fix: 'Send the whole request without long pauses. A program paused in a debugger looks the same.',
  },
  uri_too_long: {
    status: 414,
    title: 'The URL is too long',
    detail: 'The URL is longer than 16 KB, which is as much as the edge accepts.',
    fix: 'Send large values in the body of the request.',
  },
  expectation_failed: {
    status: 417,
    title: 'This expectation cannot be met',
    detail: 'The request has an Expect header other than 100-continue.',
    fix: 'Remove the Expect header, or send "Expect: 100-continue".',
  },
  headers_too_large: {
    status: 431,
    title: 'The headers are too large',
    detail: 'The headers of the request are larger than 32 KB together, which is as much as the edge accepts.',
    fix: 'Look for cookies that have grown: clearing the cookies of this site often helps.',
  },
  http_version: {
    status: 505,
    title: 'This HTTP version is not spoken here',
    detail: 'The edge speaks HTTP/1.0 and HTTP/1.1, and over TLS also HTTP/2.',
    fix: 'Send the request as HTTP/1.1.',
  },
  no_data_center: {
    status: 503,
    title: 'No data center is running',
    detail: 'There is no data center that could take this request.',
    fix: 'Bring a data center back up.',
  },

  // The way into the private networks.
  access_blocked: {
    status: 403,
    title: 'Policy does not let you reach this address',
    detail: 'The policies of the organisation decide who may reach what in the private networks.',
    fix: 'Look at access.policies in colocal.yaml; "colocal explain tcp://ADDRESS:PORT --user EMAIL" says which of them decides.',
  },
  user_unknown: {
    status: 407,
    title: 'The on-ramp does not know you',
    detail: 'There are users in access.users, and the request has no user name and password of one of them.',
    fix: 'Give both to the client, e.g. curl -x socks5h://alice%40example.com:PASSWORD@127.0.0.1:1080.',
  },

  // The name that was asked for.
  //
  // docs/reference is silent about a name that no zone covers. Cloudflare's documentation has "Error 1001: DNS resolution
  // error" for a request that reaches it for a non-existent Cloudflare domain, and "Error 409" says 1001 comes as 409.
  unknown_host: {
    status: 409,
    code: 1001,
    title: 'Nothing here has this name',
    detail: 'No load balancer, DNS record or tunnel of this account has the host name of the request.',
    fix: 'Check the Host header, or add a load balancer or a proxied DNS record with this name to a zone in colocal.yaml.',
  },
  // Cloudflare has no error for it: DNS never sends such a request to its edge.
  dns_only: {
    status: 404,
    title: 'This name is DNS-only',
    detail: 'Its "proxied" setting is off, so DNS answers for it and no HTTP request passes the edge.',
    fix: 'Set "proxied: true" on the load balancer or DNS record to let the edge answer for it. The default of the API is false.',
  },

  // What lies behind the edge.
  loop_detected: {
    status: 508,
    title: 'The request goes in circles',
    detail: 'The request has passed an edge too often (RFC 8586).',
    fix: 'Look for an endpoint that sends requests back to a name of the edge.',
  },
  bad_gateway: {
    status: 502,
    title: 'The service behind the tunnel cannot be reached',
    detail: 'The tunnel is connected, but its connector could not reach the service.',
    fix: "Check that the service runs, and that the tunnel's ingress rule names its scheme, host and port.",
  },
  gateway_timeout: {
    status: 504,
    title: 'The service behind the tunnel did not answer in time',
    detail: 'The tunnel is connected, but the service behind it took too long.',
    fix: 'Look at the service: it may be overloaded, or waiting for something itself.',
  },
  invalid_response: {
    status: 520,
    title: 'The endpoint answered with something else than HTTP',
    detail: 'The answer was empty, malformed, cut off, or its headers were larger than 128 KB.',
    fix: 'Ask the endpoint directly with curl -v, and look at what it logs for this request.',
  },
  connection_refused: {
    status: 521,
    title: 'The endpoint refuses connections',
    detail: 'Nothing listens at the address and port of the endpoint.',
    fix: 'Start the server, or correct the address and port of the endpoint.',
  },
  connection_timeout: {
    status: 522,
    title: 'The endpoint does not take the connection',
    detail: 'The connection to the endpoint was not established in time.',
    fix: 'Check the address of the endpoint, and whether a firewall drops the packets.',
  },
  unreachable: {
    status: 523,
    title: 'There is no way to the endpoint',
    detail: 'No route leads to the address of the endpoint.',
    fix: 'For a private address, add a route for it to a tunnel in the same virtual network.',
  },
  response_timeout: {
    status: 524,
    title: 'The endpoint takes too long to answer',
    detail: 'The connection was established, but no response came in time.',
    fix: 'Make the endpoint answer sooner, or raise settings.timeouts.response in colocal.yaml.',
  },
  tls_handshake: {
    status: 525,
    title: 'The TLS handshake with the endpoint failed',
    detail:
      'The endpoint does not speak TLS on this port, or has no protocol version or cipher in common with the edge.',
    fix: 'Check that the port is the HTTPS port, or set "settings.ssl: flexible" on the zone to use HTTP to the endpoint.',
  },
  invalid_certificate: {
    status: 526,
    title: 'The certificate of the endpoint is not accepted',
    detail:
      "The zone's ssl mode is strict, and the certificate is expired, for another name, or not signed by a known authority.",
    fix: 'Give the endpoint a valid certificate, or set "settings.ssl: full" on the zone.',
  },
  origin_dns: {
    status: 530,
    code: 1016,
    title: 'No endpoint can be found for this name',
    detail: 'No endpoint is available, or the name of the endpoint does not resolve.',
    fix: 'Look at "colocal status": enable a pool or an endpoint, or correct the address of the endpoint.',
  },
  // Cloudflare documents no status for it: its edge has more room than one process.
  tunnel_busy: {
    status: 503,
    title: 'The tunnel has no room left',
    detail: 'The connectors of the tunnel are connected, but have as many requests open as they may.',
    fix: 'Start another replica of the connector, or look for requests that never end.',
  },
  tunnel_not_connected: {
    status: 530,
    code: 1033,
    title: 'The tunnel is not connected',
    detail: 'The endpoint is a tunnel, and none of its connectors is connected.',
    fix: 'Start a connector: colocal agent run --edge URL --token TOKEN. "colocal token TUNNEL" prints the token.',
  },
} as const satisfies Record<string, EdgeError>;

export type EdgeErrorName = keyof typeof EDGE_ERRORS;

export const EDGE_ERROR_NAMES = Object.keys(EDGE_ERRORS) as readonly EdgeErrorName[];

/** An error by its name, or by its status and code. A status that has no words here gets the general ones of HTTP. */
export function edgeError(which: EdgeErrorName | number, code?: number): EdgeError {
  if (typeof which === 'string') return EDGE_ERRORS[which];
  const all: readonly EdgeError[] = Object.values(EDGE_ERRORS);
  const found = all.find((error) => (code === undefined ? error.status === which : error.code === code));
  return (
    found ?? {
      status: which,
      ...(code === undefined ? {} : { code }),
      title: STATUS_CODES[which] ?? 'The edge cannot answer this request',
      detail: 'The edge could not carry the request out.',
      fix: 'The record of the request at GET /colocal/v1/requests/{ray} says what was tried.',
    }
  );
}
