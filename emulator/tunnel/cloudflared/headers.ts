import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http2';
import type { RequestHead, ResponseHead } from '../connection.js';
import { deserialized } from './serialized.js';

/** What a stream from the edge is for (docs/reference/cloudflared-wire.md 4); plain requests say nothing. */
export const PURPOSE = 'cf-cloudflared-proxy-connection-upgrade';
/** Marks a private-network connection, and says whose. */
export const SOURCE = 'cf-cloudflared-proxy-src';
const RESPONSE_HEADERS = 'cf-cloudflared-response-headers';
const RESPONSE_META = 'cf-cloudflared-response-meta';
/** The one that almost every answer has, which need not be parsed. */
const META_OF_ORIGIN = '{"src":"origin"}';

/** What HTTP/2 forbids or says otherwise (RFC 9113 8.2.2), and what stands between neighbours. */
const DROPPED = new Set([
  'connection',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);

/** A request's head as HTTP/2 headers. Repeated ones become a list, which means the same (RFC 9110 5.3). */
export function requestHeaders(head: RequestHead): OutgoingHttpHeaders {
  // Without a prototype: clients choose the names.
  const headers: OutgoingHttpHeaders = Object.create(null);
  headers[':method'] = head.method;
  headers[':scheme'] = head.scheme;
  headers[':authority'] = head.authority;
  headers[':path'] = head.path;
  for (let i = 0; i < head.headers.length; i += 2) {
    const name = (head.headers[i] as string).toLowerCase();
    const value = head.headers[i + 1] as string;
    if (DROPPED.has(name) || (name === 'te' && value !== 'trailers')) continue;
    const before = headers[name];
    headers[name] = before === undefined ? value : `${before}${name === 'cookie' ? '; ' : ', '}${value}`;
  }
  return headers;
}

/** Whether a request asks for a WebSocket. */
export function isWebSocket({ headers }: RequestHead): boolean {
  for (let i = 0; i < headers.length; i += 2) {
    if ((headers[i] as string).toLowerCase() === 'upgrade')
      return (headers[i + 1] as string).toLowerCase() === 'websocket';
  }
  return false;
}

/** What cloudflared answered: the origin's headers out of their wrapping, and who it was that answered. */
export function responseHead(headers: IncomingHttpHeaders): ResponseHead {
  const own = headers[RESPONSE_HEADERS];
  const list = own === undefined ? [] : deserialized(String(own));
  const length = headers['content-length'];
  if (length !== undefined && !has(list, 'content-length')) list.push('Content-Length', length);
  return {
    status: Number(headers[':status'] ?? 0),
    headers: list,
    source: isOwn(headers[RESPONSE_META]) ? 'connector' : 'origin',
  };
}

function has(list: readonly string[], name: string): boolean {
  for (let i = 0; i < list.length; i += 2) if ((list[i] as string).toLowerCase() === name) return true;
  return false;
}

/** cloudflared itself answered, in place of an origin that it could not reach. */
function isOwn(meta: string | string[] | undefined): boolean {
  if (typeof meta !== 'string' || meta === META_OF_ORIGIN) return false;
  try {
    const value: unknown = JSON.parse(meta);
    return typeof value === 'object' && value !== null && 'src' in value && value.src === 'cloudflared';
  } catch {
    return false;
  }
}
