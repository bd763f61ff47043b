import { LONGEST_DEADLINE } from '../../runtime/deadlines.js';
import { readCertificatePool } from './certificate-pool.js';
import { type ConfigurationPath, invalid, record } from './problem.js';

/** How a service is spoken to. The other keys of cloudflared's `originRequest` have no effect (protocol/served.ts). */
export interface OriginRequest {
  /** Milliseconds for the TCP connection; 0 in a document is no limit, as in Go. */
  readonly connectTimeout: number;
  /** Milliseconds for the TLS handshake. */
  readonly tlsTimeout: number;
  /** Milliseconds between TCP keep-alive probes. */
  readonly tcpKeepAlive: number;
  /** Milliseconds that an unused connection is kept; 0: until the origin closes it. */
  readonly keepAliveTimeout: number;
  /** How many unused connections are kept. */
  readonly keepAliveConnections: number;
  /** Try the addresses of a name one after the other, never two at a time. */
  readonly noHappyEyeballs: boolean;
  readonly noTLSVerify: boolean;
  /** Certificates, as PEM, that are trusted besides the usual ones; empty: none. */
  readonly caPool: string;
  /** Name to ask for and to check in TLS; empty: the service's own. */
  readonly originServerName: string;
  /** Ask for and check the name of the Host header instead. */
  readonly matchSNItoHost: boolean;
  /** Host in place of the request's own; empty: the request's own. */
  readonly httpHostHeader: string;
  /** Speak HTTP/2 with a service that has TLS, if it takes it. */
  readonly http2Origin: boolean;
  /** Send no body in chunks: one of unknown length is collected first. */
  readonly disableChunkedEncoding: boolean;
  /** The client names the destination, whatever the service is. */
  readonly bastionMode: boolean;
}

/** cloudflared's defaults (docs/reference/api.md 5.3). */
export const DEFAULT_ORIGIN_REQUEST: OriginRequest = {
  connectTimeout: 30_000,
  tlsTimeout: 10_000,
  tcpKeepAlive: 30_000,
  keepAliveTimeout: 90_000,
  keepAliveConnections: 100,
  noHappyEyeballs: false,
  noTLSVerify: false,
  caPool: '',
  originServerName: '',
  matchSNItoHost: false,
  httpHostHeader: '',
  http2Origin: false,
  disableChunkedEncoding: false,
  bastionMode: false,
};

/** What 0 means in place of a time limit, as in Go. */
export const NO_LIMIT = LONGEST_DEADLINE;
/** Go's answer to 0 in place of a keep-alive period and of a number of kept connections. */
export const DEFAULT_PERIOD = 15_000;
const DEFAULT_KEPT = 2;

/**
 * A document's `originRequest`; what it leaves out is taken from `base`. Reads the file of `caPool`.
 *
 * @throws ConfigurationProblem, for keys that have no effect too: cloudflared refuses the document then.
 */
export async function parseOriginRequest(
  value: unknown,
  path: ConfigurationPath,
  base: OriginRequest,
): Promise<OriginRequest> {
  if (value === undefined || value === null) return base;
  const given = record(value, path);
  checkUnused(given, path);
  const caPool = filePath(given, 'caPool', path);
  return {
    connectTimeout: (seconds(given, 'connectTimeout', path) ?? base.connectTimeout) || NO_LIMIT,
    tlsTimeout: (seconds(given, 'tlsTimeout', path) ?? base.tlsTimeout) || NO_LIMIT,
    tcpKeepAlive: (seconds(given, 'tcpKeepAlive', path) ?? base.tcpKeepAlive) || DEFAULT_PERIOD,
    keepAliveTimeout: seconds(given, 'keepAliveTimeout', path) ?? base.keepAliveTimeout,
    keepAliveConnections: (count(given, 'keepAliveConnections', path) ?? base.keepAliveConnections) || DEFAULT_KEPT,
    noHappyEyeballs: flag(given, 'noHappyEyeballs', path) ?? base.noHappyEyeballs,
    noTLSVerify: flag(given, 'noTLSVerify', path) ?? base.noTLSVerify,
    caPool: caPool ? await readCertificatePool(caPool, [...path, 'caPool']) : (caPool ?? base.caPool),
    originServerName: text(given, 'originServerName', path) ?? base.originServerName,
    matchSNItoHost: flag(given, 'matchSNItoHost', path) ?? base.matchSNItoHost,
    httpHostHeader: text(given, 'httpHostHeader', path) ?? base.httpHostHeader,
    http2Origin: flag(given, 'http2Origin', path) ?? base.http2Origin,
    disableChunkedEncoding: flag(given, 'disableChunkedEncoding', path) ?? base.disableChunkedEncoding,
    bastionMode: flag(given, 'bastionMode', path) ?? base.bastionMode,
  };
}

function checkUnused(given: Record<string, unknown>, path: ConfigurationPath): void {
  if (
    given.proxyType !== undefined &&
    given.proxyType !== null &&
    given.proxyType !== '' &&
    given.proxyType !== 'socks'
  )
    throw invalid([...path, 'proxyType'], 'proxyType is empty or "socks"');
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds of a span: whole seconds, or as files also write it, `1m30s`. */
export function seconds(given: Record<string, unknown>, key: string, path: ConfigurationPath): number | undefined {
  const value = given[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value * 1000;
  if (typeof value === 'string' && /^(\d+(\.\d+)?(ms|s|m|h))+$/.test(value)) {
    let total = 0;
    for (const [, amount, unit] of value.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g))
      total += Number(amount) * (UNITS[unit ?? ''] ?? 0);
    return total;
  }
  throw invalid([...path, key], `${key} is a whole number of seconds, or a span such as "30s"`);
}

export function flag(given: Record<string, unknown>, key: string, path: ConfigurationPath): boolean | undefined {
  const value = given[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'boolean') throw invalid([...path, key], `${key} is true or false`);
  return value;
}

export function count(given: Record<string, unknown>, key: string, path: ConfigurationPath): number | undefined {
  const value = given[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw invalid([...path, key], `${key} is a whole number`);
  return value;
}

function filePath(given: Record<string, unknown>, key: string, path: ConfigurationPath): string | undefined {
  const value = given[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string' || value.includes('\0')) throw invalid([...path, key], `${key} is the path of a file`);
  return value;
}

function text(given: Record<string, unknown>, key: string, path: ConfigurationPath): string | undefined {
  const value = given[key];
  if (value === undefined || value === null) return undefined;
  // What becomes a header or a server name must not carry line breaks into the request.
  if (typeof value !== 'string' || !/^[\x21-\x7e]*$/.test(value))
    throw invalid([...path, key], `${key} is a host name`);
  return value;
}
