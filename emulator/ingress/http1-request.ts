import type { TLSSocket } from 'node:tls';
import { edgeError } from '../forward/edge-errors.js';
import type { ClientRequest } from '../forward/exchange.js';
import { VANTAGE_HEADERS } from '../geo/vantage.js';
import { parseAbsoluteTarget } from './absolute-target.js';
import { hostOf } from './authority.js';
import type { ClientMessage } from './http1-message.js';
import type { IngressContext } from './ingress.types.js';
import { ambiguous, badVantage, invalid, METHOD_REFUSED, Refusal, SERVER_OPTIONS } from './refusal.js';

const SLASH = 0x2f;
/** What a header line has beside name and value: colon, space, CR, LF. */
const LINE_OVERHEAD = 4;

/** What the headers say about the message itself, gathered in one walk over the list. */
interface Framing {
  bytes: number;
  host: string | undefined;
  hosts: number;
  chunked: boolean;
  /** A Transfer-Encoding other than exactly `chunked`. */
  strangeCoding: boolean;
  contentLength: string | undefined;
  contentLengths: number;
  vantage: boolean;
}

/**
 * Checks a request and brings it into the form the rest of the edge works with. Node's parser has refused by now what
 * cannot be parsed: repeated or malformed lengths, a length beside a transfer coding, folded lines, bare CR and LF,
 * spaces before colons. This adds what it lets through.
 */
export function readHttp1Request(
  message: ClientMessage,
  expectsContinue: boolean,
  context: IngressContext,
): ClientRequest | Refusal | typeof SERVER_OPTIONS {
  const { rawHeaders, socket, httpVersionMinor: minor } = message;
  const method = message.method ?? '';
  const url = message.url ?? '';

  if (message.httpVersionMajor !== 1) return new Refusal(edgeError('http_version'), true);
  if (url.length > context.limits.urlBytes) return new Refusal(edgeError('uri_too_long'));
  const framing = walk(rawHeaders);
  if (framing.bytes > context.limits.headerBytes) return new Refusal(edgeError('headers_too_large'));
  const refusal = checkFraming(framing, minor);
  if (refusal) return refusal;
  if (method === 'TRACE') return METHOD_REFUSED;

  let scheme: 'http' | 'https' = (socket as TLSSocket).encrypted === true ? 'https' : 'http';
  let authority = framing.host ?? '';
  let path = url;
  if (url.charCodeAt(0) !== SLASH) {
    if (url === '*' && method === 'OPTIONS') return SERVER_OPTIONS;
    const target = parseAbsoluteTarget(url);
    if (!target) return invalid('The request target is neither a path nor an http or https URL.');
    ({ scheme, authority, path } = target);
  }
  if (path.includes('#')) return invalid('The URL has a fragment (#), which clients keep to themselves.');

  const host = hostOf(authority);
  if (host === undefined)
    return invalid(`"${authority}" is not a host name.`, 'Send a Host header with the name you want to reach.');

  const resolved = context.vantage.resolve(rawHeaders, socket.remoteAddress ?? '', socket.remotePort ?? 0);
  if (!resolved.ok) return badVantage(resolved.error);

  const hasBody = framing.chunked || (framing.contentLength !== undefined && Number(framing.contentLength) > 0);
  return {
    method,
    scheme,
    host,
    authority,
    path,
    httpVersion: minor === 0 ? '1.0' : '1.1',
    headers: framing.vantage ? withoutVantage(rawHeaders) : rawHeaders,
    body: hasBody ? message : null,
    expectsContinue: expectsContinue && hasBody,
    vantage: resolved.vantage,
  };
}

/** Names are told apart by length first: most requests have few headers whose length is one of these. */
function walk(headers: readonly string[]): Framing {
  const framing: Framing = {
    bytes: 0,
    host: undefined,
    hosts: 0,
    chunked: false,
    strangeCoding: false,
    contentLength: undefined,
    contentLengths: 0,
    vantage: false,
  };
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] ?? '';
    const value = headers[i + 1] ?? '';
    framing.bytes += name.length + value.length + LINE_OVERHEAD;
    switch (name.length) {
      case 4:
        if (name.toLowerCase() === 'host') {
          framing.hosts++;
          framing.host = value;
        }
        break;
      case 14:
        if (name.toLowerCase() === 'content-length') {
          framing.contentLengths++;
          framing.contentLength = value;
        }
        break;
      case 17:
        if (name.toLowerCase() === 'transfer-encoding') {
          if (framing.chunked || value.trim().toLowerCase() !== 'chunked') framing.strangeCoding = true;
          framing.chunked = true;
        } else if (isVantage(name)) framing.vantage = true;
        break;
      case 12:
      case 15:
        if (isVantage(name)) framing.vantage = true;
        break;
    }
  }
  return framing;
}

function checkFraming(framing: Framing, minor: number): Refusal | undefined {
  if (framing.strangeCoding) {
    return ambiguous(
      'The Transfer-Encoding is something else than "chunked", which is the only coding requests may use here.',
    );
  }
  if (framing.chunked && minor === 0) {
    return ambiguous('The request is HTTP/1.0 and has a Transfer-Encoding, which HTTP/1.0 does not know.');
  }
  if (framing.contentLengths > 1 || (framing.chunked && framing.contentLengths > 0)) {
    return ambiguous('The request says the length of its body in more than one way.');
  }
  if (framing.hosts > 1) return ambiguous('The request has more than one Host header.');
  if (framing.hosts === 0) return ambiguous('The request has no Host header.');
  return undefined;
}

function isVantage(name: string): boolean {
  return VANTAGE_HEADERS.has(name.toLowerCase());
}

function withoutVantage(headers: readonly string[]): string[] {
  const rest: string[] = [];
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] ?? '';
    if (!isVantage(name)) rest.push(name, headers[i + 1] ?? '');
  }
  return rest;
}
