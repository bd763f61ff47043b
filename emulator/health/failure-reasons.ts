import type { Failure } from '../tunnel/connection.js';

/** Every way in which a probe can fail, by Cloudflare's names (docs/reference/load-balancing.md 2.2). */
export type FailureReason =
  | 'TCP connection failed'
  | 'HTTP timeout occurred'
  | 'Response code mismatch error'
  | 'Response body mismatch error'
  | 'TLS untrusted certificate error'
  | 'TLS name mismatch error'
  | 'TLS protocol error'
  | 'TLS unrecognized name error'
  | 'No route to host error'
  | 'TCP Timeout'
  | 'TLS Handshake Failure'
  | 'Network Unreachable'
  | 'HTTP Invalid Response'
  | 'DNS Unknown Host'
  | 'Connection Reset by Peer'
  | 'Monitor Config Error'
  | 'DNS Internal'
  | 'Other Failure';

/** A certificate that is trusted but is somebody else's. */
const NAME_MISMATCH: ReadonlySet<string> = new Set(['ERR_TLS_CERT_ALTNAME_INVALID', 'HOSTNAME_MISMATCH']);
/** The two sides do not speak the same TLS, or one of them speaks something else. */
const PROTOCOL =
  /WRONG_VERSION|UNSUPPORTED_PROTOCOL|PROTOCOL_VERSION|UNKNOWN_PROTOCOL|PACKET_LENGTH|HTTP_REQUEST|EPROTO/;

/** The name for what went wrong on a connection that the edge itself made, or dialled through a tunnel. */
export function reasonOf({ kind, code = '' }: Failure): FailureReason {
  switch (kind) {
    case 'refused':
      return 'TCP connection failed';
    case 'timeout':
      return 'TCP Timeout';
    case 'unreachable':
      return code === 'ENETUNREACH' ? 'Network Unreachable' : 'No route to host error';
    // Nobody carries it there.
    case 'no_connector':
    case 'overloaded':
      return 'Network Unreachable';
    case 'lost':
    case 'reset':
      return 'Connection Reset by Peer';
    case 'certificate':
      return NAME_MISMATCH.has(code) ? 'TLS name mismatch error' : 'TLS untrusted certificate error';
    case 'tls':
      if (code.includes('UNRECOGNIZED_NAME')) return 'TLS unrecognized name error';
      return PROTOCOL.test(code) ? 'TLS protocol error' : 'TLS Handshake Failure';
    case 'invalid_response':
      return 'HTTP Invalid Response';
    case 'response_timeout':
      return 'HTTP timeout occurred';
    case 'dns':
      return 'DNS Unknown Host';
    case 'unspecified':
    case 'aborted':
      return 'Other Failure';
  }
}

/**
 * The status that a published application is answered with where its connector answers nothing: probes of a
 * `cfargotunnel.com` endpoint see what clients see (docs/reference/load-balancing.md 10). undefined: no answer came
 * in time, or the connection broke.
 */
export function statusOf({ kind }: Failure): number | undefined {
  switch (kind) {
    case 'no_connector':
      return 530;
    case 'overloaded':
      return 503;
    case 'refused':
    case 'timeout':
    case 'unreachable':
    case 'tls':
    case 'certificate':
    case 'dns':
    case 'reset':
    case 'invalid_response':
    case 'unspecified':
      return 502;
    case 'lost':
    case 'response_timeout':
    case 'aborted':
      return undefined;
  }
}
