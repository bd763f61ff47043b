import type { ClientRequest } from './exchange.js';

/** Headers between two neighbours only (RFC 9110 7.6.1), and what the next hop sets itself. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);

/** What the edge tells origins itself; a client's own is dropped, so that origins can trust it. */
const SET_BY_EDGE = new Set([
  'host',
  'expect',
  'cf-ray',
  'cf-connecting-ip',
  'cf-ipcountry',
  'cf-visitor',
  'cdn-loop',
  'x-forwarded-for',
  'x-forwarded-proto',
]);

/** What the edge tells clients itself. An origin that is an edge too says the same of its own part of the way. */
const SET_ON_RESPONSES = new Set(['cf-ray', 'colocal-route']);

/** Requests that passed an edge this often are going in circles (RFC 8586). */
const MAX_LOOPS = 8;
const CDN_ID = 'cloudflare';

export interface ForwardedHeaders {
  readonly headers: string[];
  /** The request came through an edge too often: it is going in circles. */
  readonly looping: boolean;
}

/**
 * The headers an origin gets: the client's without hop-by-hop ones, and those that Cloudflare adds.
 *
 * @param ray with the data center's code behind it
 */
export function requestHeaders(request: ClientRequest, ray: string): ForwardedHeaders {
  const given = request.headers;
  const headers: string[] = [];
  let forwardedFor = '';
  let loops = 0;
  let trailers = false;
  let named: Set<string> | undefined;
  for (let i = 0; i < given.length; i += 2) {
    const name = (given[i] as string).toLowerCase();
    if (name === 'connection') named = connectionOptions(given[i + 1] as string, named);
  }
  for (let i = 0; i < given.length; i += 2) {
    const original = given[i] as string;
    const value = given[i + 1] as string;
    const name = original.toLowerCase();
    if (HOP_BY_HOP.has(name)) {
      if (name === 'te' && /(^|,)\s*trailers\s*(,|;|$)/i.test(value)) trailers = true;
    } else if (SET_BY_EDGE.has(name)) {
      if (name === 'x-forwarded-for') forwardedFor += forwardedFor ? `, ${value}` : value;
      else if (name === 'cdn-loop') loops += loopsIn(value);
    } else if (!named?.has(name)) {
      headers.push(original, value);
    }
  }
  const { clientIp, country, dataCenter } = request.vantage;
  if (trailers) headers.push('TE', 'trailers');
  headers.push(
    'CF-Ray',
    ray,
    'CF-Connecting-IP',
    clientIp,
    'CF-IPCountry',
    country ?? dataCenter.country,
    'CF-Visitor',
    request.scheme === 'https' ? '{"scheme":"https"}' : '{"scheme":"http"}',
    'X-Forwarded-For',
    forwardedFor ? `${forwardedFor}, ${clientIp}` : clientIp,
    'X-Forwarded-Proto',
    request.scheme,
    'CDN-Loop',
    `${CDN_ID}; loops=${loops + 1}`,
  );
  return { headers, looping: loops >= MAX_LOOPS };
}

/** A response's headers without those between neighbours and those of the edge. Trailers use the same rule. */
export function endToEnd(given: readonly string[]): string[] {
  const headers: string[] = [];
  let named: Set<string> | undefined;
  for (let i = 0; i < given.length; i += 2) {
    const original = given[i] as string;
    const value = given[i + 1] as string;
    // Names of interest are short; most headers are decided by this comparison alone.
    const name = original.toLowerCase();
    if (name === 'connection') named = connectionOptions(value, named);
    if ((!HOP_BY_HOP.has(name) || name === 'trailer') && !SET_ON_RESPONSES.has(name)) headers.push(original, value);
  }
  if (!named) return headers;
  const dropped = named;
  return headers.filter((_, i) => !dropped.has((headers[i - (i % 2)] as string).toLowerCase()));
}

/** Options of a Connection header that name other headers; `close` and `keep-alive` name none. */
function connectionOptions(value: string, known: Set<string> | undefined): Set<string> | undefined {
  let named = known;
  for (const part of value.split(',')) {
    const option = part.trim().toLowerCase();
    if (option === '' || option === 'close' || option === 'keep-alive' || option === 'upgrade') continue;
    named ??= new Set();
    named.add(option);
  }
  return named;
}

function loopsIn(value: string): number {
  let loops = 0;
  for (const entry of value.split(',')) {
    const [id, ...parameters] = entry.split(';').map((part) => part.trim());
    if (id?.toLowerCase() !== CDN_ID) continue;
    const counted = parameters
      .map((parameter) => /^loops=(\d{1,4})$/.exec(parameter)?.[1])
      .find((count) => count !== undefined);
    loops += counted === undefined ? 1 : Number(counted);
  }
  return loops;
}
