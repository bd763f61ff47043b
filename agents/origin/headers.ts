/**
 * Headers that belong to one connection and are not passed on (RFC 9110 section 7.6.1). `expect` is among
 * them because the edge has answered it already, and undici refuses to send it.
 */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade']);

/** Header that tells an origin which connector served it, as cloudflared's does (docs/reference/cloudflared-wire.md 4). */
const CONNECTOR_HEADER = 'Cf-Warp-Tag-Id';

export interface RequestTarget {
  /** What the origin gets as Host. */
  readonly host: string;
  /** The Host that `httpHostHeader` has replaced, if it did: passed on as X-Forwarded-Host, as cloudflared does. */
  readonly forwardedHost: string | undefined;
  readonly connectorId: string;
}

/** What an origin is sent, from what the edge sent. Flat lists: name, value, name, value. */
export function requestHeaders(received: readonly string[], target: RequestTarget): string[] {
  const named = connectionTokens(received);
  const headers = ['Host', target.host];
  for (let at = 0; at + 1 < received.length; at += 2) {
    const name = received[at] as string;
    const lower = name.toLowerCase();
    if (HOP_BY_HOP.has(lower) || lower === 'host' || lower === 'expect' || named?.has(lower)) continue;
    // `te` names transfer codings of one connection, except that trailers are welcome all the way.
    if (lower === 'te' && received[at + 1] !== 'trailers') continue;
    // The protocol carries no request trailers, so none may be announced.
    if (lower === 'trailer') continue;
    if (lower === 'x-forwarded-host' && target.forwardedHost !== undefined) continue;
    headers.push(name, received[at + 1] as string);
  }
  if (target.forwardedHost !== undefined) headers.push('X-Forwarded-Host', target.forwardedHost);
  headers.push(CONNECTOR_HEADER, target.connectorId);
  return headers;
}

/** What the edge is sent, from what an origin answered. */
export function responseHeaders(raw: readonly (Buffer | string)[]): string[] {
  const headers: string[] = [];
  let connection: string | undefined;
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = latin1(raw[at]);
    const lower = name.toLowerCase();
    if (lower === 'connection')
      connection = connection === undefined ? latin1(raw[at + 1]) : `${connection},${latin1(raw[at + 1])}`;
    else if (!HOP_BY_HOP.has(lower)) headers.push(name, latin1(raw[at + 1]));
  }
  const named = connection === undefined ? undefined : tokens(connection);
  if (!named) return headers;
  return headers.filter((_, at) => !named.has((headers[at - (at % 2)] as string).toLowerCase()));
}

/** Header bytes are bytes: latin1 keeps each as it is. */
function latin1(part: Buffer | string | undefined): string {
  if (part === undefined) return '';
  return typeof part === 'string' ? part : part.toString('latin1');
}

function connectionTokens(headers: readonly string[]): Set<string> | undefined {
  let all: string | undefined;
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = headers[at] as string;
    if (name.length === 10 && name.toLowerCase() === 'connection') {
      all = all === undefined ? (headers[at + 1] as string) : `${all},${headers[at + 1]}`;
    }
  }
  return all === undefined ? undefined : tokens(all);
}

/** Headers that a Connection header names, other than the usual two. */
function tokens(value: string): Set<string> | undefined {
  const names = value
    .toLowerCase()
    .split(',')
    .map((token) => token.trim())
    .filter((token) => token !== '' && token !== 'close' && token !== 'keep-alive');
  return names.length === 0 ? undefined : new Set(names);
}
