import type { Path } from '../reach/path.js';
import type { Failure, FailureKind } from '../tunnel/connection.js';
import type { EdgeErrorName } from './edge-errors.js';

/** Endpoints that the edge talks to itself, directly or by dialling through a tunnel (docs/reference/load-balancing.md 10 and 14.26). */
const DIALLED: Readonly<Record<FailureKind, EdgeErrorName>> = {
  refused: 'connection_refused',
  timeout: 'connection_timeout',
  unreachable: 'unreachable',
  dns: 'origin_dns',
  no_connector: 'tunnel_not_connected',
  overloaded: 'tunnel_busy',
  response_timeout: 'response_timeout',
  tls: 'tls_handshake',
  certificate: 'invalid_certificate',
  invalid_response: 'invalid_response',
  reset: 'invalid_response',
  // cloudflared answers any failed dial with a bare 502 (docs/reference/cloudflared-wire.md 4): most are refusals.
  unspecified: 'connection_refused',
  lost: 'bad_gateway',
  aborted: 'bad_gateway',
};

/** Published applications: the connector is there and says that the service behind it is not. */
const PUBLISHED: Readonly<Record<FailureKind, EdgeErrorName>> = {
  refused: 'bad_gateway',
  timeout: 'bad_gateway',
  unreachable: 'bad_gateway',
  dns: 'bad_gateway',
  no_connector: 'tunnel_not_connected',
  overloaded: 'tunnel_busy',
  response_timeout: 'response_timeout',
  tls: 'bad_gateway',
  certificate: 'bad_gateway',
  invalid_response: 'bad_gateway',
  reset: 'bad_gateway',
  unspecified: 'bad_gateway',
  lost: 'bad_gateway',
  aborted: 'bad_gateway',
};

/** The error a client sees when an attempt over this kind of path failed before any answer. */
export function errorOf(failure: Failure, path: Path['kind']): EdgeErrorName {
  return path === 'tunnel' ? PUBLISHED[failure.kind] : DIALLED[failure.kind];
}
