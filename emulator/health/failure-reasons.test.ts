import { describe, expect, test } from 'vitest';
import type { FailureKind } from '../tunnel/connection.js';
import { reasonOf, statusOf } from './failure-reasons.js';

const failure = (kind: FailureKind, code?: string) => ({
  kind,
  detail: '',
  unsent: true,
  ...(code === undefined ? {} : { code }),
});

describe('a failed connection is called', () => {
  test.each([
    ['refused', 'ECONNREFUSED', 'TCP connection failed'],
    ['timeout', undefined, 'TCP Timeout'],
    ['unreachable', 'EHOSTUNREACH', 'No route to host error'],
    ['unreachable', 'ENETUNREACH', 'Network Unreachable'],
    ['unreachable', undefined, 'No route to host error'],
    ['no_connector', undefined, 'Network Unreachable'],
    ['lost', undefined, 'Connection Reset by Peer'],
    ['reset', 'ECONNRESET', 'Connection Reset by Peer'],
    ['certificate', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'TLS untrusted certificate error'],
    ['certificate', 'CERT_HAS_EXPIRED', 'TLS untrusted certificate error'],
    ['certificate', 'ERR_TLS_CERT_ALTNAME_INVALID', 'TLS name mismatch error'],
    ['tls', 'ERR_SSL_WRONG_VERSION_NUMBER', 'TLS protocol error'],
    ['tls', 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'TLS protocol error'],
    ['tls', 'ERR_SSL_TLSV1_UNRECOGNIZED_NAME', 'TLS unrecognized name error'],
    ['tls', 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', 'TLS Handshake Failure'],
    ['tls', undefined, 'TLS Handshake Failure'],
    ['invalid_response', 'HPE_INVALID_CONSTANT', 'HTTP Invalid Response'],
    ['response_timeout', undefined, 'HTTP timeout occurred'],
    ['dns', 'ENOTFOUND', 'DNS Unknown Host'],
    ['unspecified', undefined, 'Other Failure'],
    ['aborted', undefined, 'Other Failure'],
  ] as const)('%s (%s): %s', (kind, code, reason) => {
    expect(reasonOf(failure(kind, code))).toBe(reason);
  });
});

test('a published application answers 530 without a connector and 502 when the service cannot be reached', () => {
  expect(statusOf(failure('no_connector'))).toBe(530);
  for (const kind of ['refused', 'timeout', 'unreachable', 'tls', 'dns', 'reset', 'unspecified'] as const) {
    expect(statusOf(failure(kind))).toBe(502);
  }
  expect(statusOf(failure('lost'))).toBeUndefined();
});
