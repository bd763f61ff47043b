import { type ConfigurationPath, invalid, record } from './problem.js';

/** How a service is spoken to. The other keys of cloudflared's `originRequest` have no effect (see effect.ts). */
export interface OriginRequest {
  /** Milliseconds for the TCP connection. */
  readonly connectTimeout: number;
  /** Milliseconds for the TLS handshake. */
  readonly tlsTimeout: number;
  readonly noTLSVerify: boolean;
  /** Host in place of the request's own; empty: the request's own. */
  readonly httpHostHeader: string;
  /** Name to ask for and to check in TLS; empty: the service's own. */
  readonly originServerName: string;
}

/** cloudflared's defaults (docs/reference/api.md 5.3). */
export const DEFAULT_ORIGIN_REQUEST: OriginRequest = {
  connectTimeout: 30_000,
  tlsTimeout: 10_000,
  noTLSVerify: false,
  httpHostHeader: '',
  originServerName: '',
};

/** A document's `originRequest`; what it leaves out is taken from `base`. */
export function parseOriginRequest(value: unknown, path: ConfigurationPath, base: OriginRequest): OriginRequest {
  if (value === undefined || value === null) return base;
  const given = record(value, path);
  return {
    connectTimeout: seconds(given, 'connectTimeout', path) ?? base.connectTimeout,
    tlsTimeout: seconds(given, 'tlsTimeout', path) ?? base.tlsTimeout,
    noTLSVerify: flag(given, 'noTLSVerify', path) ?? base.noTLSVerify,
    httpHostHeader: text(given, 'httpHostHeader', path) ?? base.httpHostHeader,
    originServerName: text(given, 'originServerName', path) ?? base.originServerName,
  };
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

function flag(given: Record<string, unknown>, key: string, path: ConfigurationPath): boolean | undefined {
  const value = given[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'boolean') throw invalid([...path, key], `${key} is true or false`);
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
