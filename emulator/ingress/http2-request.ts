import type { IncomingHttpHeaders } from 'node:http2';
import type { Readable } from 'node:stream';
import { edgeError } from '../forward/edge-errors.js';
import type { ClientRequest } from '../forward/exchange.js';
import { VANTAGE_HEADERS } from '../geo/vantage.js';
import { hostOf } from './authority.js';
import type { IngressContext } from './ingress.types.js';
import { badVantage, invalid, METHOD_REFUSED, Refusal, SERVER_OPTIONS } from './refusal.js';

/** Who is at the other end of an HTTP/2 connection. */
export interface Peer {
  readonly address: string;
  readonly port: number;
}

/** RFC 9113 section 6.5.2: what a field counts beside name and value. */
const FIELD_OVERHEAD = 32;
const COLON = 0x3a;

/**
 * Checks a request and brings it into the form the rest of the edge works with. nghttp2 has refused by now what RFC
 * 9113 calls malformed: missing or misplaced pseudo headers, connection-specific headers, lengths that do not add up.
 * `takeBody` is called only when the request is accepted.
 */
export function readHttp2Request(
  headers: IncomingHttpHeaders,
  raw: readonly string[],
  peer: Peer,
  takeBody: () => Readable | null,
  context: IngressContext,
): ClientRequest | Refusal | typeof SERVER_OPTIONS {
  const method = headers[':method'] ?? '';
  const path = headers[':path'] ?? '';
  const { host: hostHeader, expect } = headers;
  const authority = headers[':authority'] ?? hostHeader ?? '';

  if (path.length > context.limits.urlBytes) return new Refusal(edgeError('uri_too_long'));
  if (sizeOf(raw) > context.limits.headerBytes) return new Refusal(edgeError('headers_too_large'));
  if (method === 'TRACE' || method === 'CONNECT') return METHOD_REFUSED;
  if (expect !== undefined && expect.toLowerCase() !== '100-continue')
    return new Refusal(edgeError('expectation_failed'));
  if (hostHeader !== undefined && hostHeader.toLowerCase() !== authority.toLowerCase()) {
    return invalid('The request names two hosts: :authority and Host differ.');
  }
  if (path === '*' && method === 'OPTIONS') return SERVER_OPTIONS;
  if (path.includes('#')) return invalid('The URL has a fragment (#), which clients keep to themselves.');
  const host = hostOf(authority);
  if (host === undefined) return invalid(`"${authority}" is not a host name.`);

  const resolved = context.vantage.resolve(raw, peer.address, peer.port);
  if (!resolved.ok) return badVantage(resolved.error);

  const body = takeBody();
  return {
    method,
    // Whatever :scheme says: the request came over TLS.
    scheme: 'https',
    host,
    authority,
    path,
    httpVersion: '2',
    headers: regular(raw),
    body,
    expectsContinue: expect !== undefined && body !== null,
    vantage: resolved.vantage,
  };
}

function sizeOf(raw: readonly string[]): number {
  let bytes = 0;
  for (let i = 0; i + 1 < raw.length; i += 2) {
    if (raw[i] !== ':path') bytes += (raw[i]?.length ?? 0) + (raw[i + 1]?.length ?? 0) + FIELD_OVERHEAD;
  }
  return bytes;
}

/** Without pseudo and vantage headers. Cookies come in pieces and become one header again, as HTTP/1 needs it (RFC 9113 section 8.2.3). */
function regular(raw: readonly string[]): string[] {
  const headers: string[] = [];
  let cookieAt = -1;
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] ?? '';
    const value = raw[i + 1] ?? '';
    if (name.charCodeAt(0) === COLON || VANTAGE_HEADERS.has(name)) continue;
    if (name === 'cookie') {
      if (cookieAt >= 0) {
        headers[cookieAt] += `; ${value}`;
        continue;
      }
      cookieAt = headers.length + 1;
    }
    headers.push(name, value);
  }
  return headers;
}
