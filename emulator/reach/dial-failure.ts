import { messageOf } from '../../runtime/errors.js';
import { type Failure, FailureError, type FailureKind } from '../tunnel/connection.js';

/** Node's and undici's error codes, and what they mean for an exchange. */
const KINDS: Readonly<Record<string, { readonly kind: FailureKind; readonly unsent: boolean }>> = {
  ECONNREFUSED: { kind: 'refused', unsent: true },
  ETIMEDOUT: { kind: 'timeout', unsent: true },
  UND_ERR_CONNECT_TIMEOUT: { kind: 'timeout', unsent: true },
  EHOSTUNREACH: { kind: 'unreachable', unsent: true },
  ENETUNREACH: { kind: 'unreachable', unsent: true },
  EADDRNOTAVAIL: { kind: 'unreachable', unsent: true },
  ENOTFOUND: { kind: 'dns', unsent: true },
  EAI_AGAIN: { kind: 'dns', unsent: true },
  ECONNRESET: { kind: 'reset', unsent: false },
  EPIPE: { kind: 'reset', unsent: false },
  UND_ERR_SOCKET: { kind: 'reset', unsent: false },
  UND_ERR_HEADERS_OVERFLOW: { kind: 'invalid_response', unsent: false },
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: { kind: 'invalid_response', unsent: false },
  UND_ERR_HEADERS_TIMEOUT: { kind: 'response_timeout', unsent: false },
  UND_ERR_BODY_TIMEOUT: { kind: 'response_timeout', unsent: false },
  UND_ERR_ABORTED: { kind: 'aborted', unsent: false },
  UND_ERR_DESTROYED: { kind: 'lost', unsent: true },
  UND_ERR_CLOSED: { kind: 'lost', unsent: true },
};

/** OpenSSL's verdicts on a certificate, as Node reports them. */
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)|ALTNAME|INVALID_CA|HOSTNAME_MISMATCH/;
const TLS = /^(ERR_SSL|ERR_TLS|EPROTO)/;

/** What an error of a dial, a handshake or an HTTP exchange means. */
export function failureOfError(error: unknown): Failure {
  if (error instanceof FailureError) return error.failure;
  const failure = classified(error);
  const code = codeOf(error);
  return code === '' ? failure : { ...failure, code };
}

function classified(error: unknown): Failure {
  const code = codeOf(error);
  const detail = messageOf(error) || code;
  const known = KINDS[code];
  if (known) return { ...known, detail };
  // Order matters: ERR_TLS_CERT_ALTNAME_INVALID is about the certificate.
  if (CERTIFICATE.test(code)) return { kind: 'certificate', unsent: true, detail };
  if (TLS.test(code)) return { kind: 'tls', unsent: true, detail };
  // undici's parser has no code for what does not even begin like HTTP.
  if (code.startsWith('HPE_') || (error instanceof Error && error.name === 'HTTPParserError'))
    return { kind: 'invalid_response', unsent: false, detail };
  return { kind: 'unspecified', unsent: false, detail };
}

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  const code = (error as { code?: unknown }).code;
  if (typeof code === 'string') return code;
  // A name with several addresses fails with all their errors; the first is as good as any.
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  const cause = (error as { cause?: unknown }).cause;
  return cause === undefined ? '' : codeOf(cause);
}
