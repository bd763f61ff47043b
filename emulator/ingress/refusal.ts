import type { ColocalError } from '../../runtime/errors.js';
import { type EdgeError, edgeError } from '../forward/edge-errors.js';
import type { ClientResponse, ErrorPages, RefusedRequest } from '../forward/exchange.js';
import { pageOf } from '../forward/pages.js';
import type { IngressContext } from './ingress.types.js';

/** A request that ingress answers itself, because it may not or cannot be handed on. */
export class Refusal {
  constructor(
    readonly error: EdgeError,
    /** Whether the connection ends with it: after it nobody knows for sure where the next request starts. */
    readonly close = false,
    /** Flat, beside those of the page. */
    readonly headers: readonly string[] = [],
  ) {}
}

/** Refuses a request whose parts contradict each other, and its connection with it. */
export function ambiguous(detail: string): Refusal {
  return new Refusal({ ...edgeError('bad_request'), detail }, true);
}

/** Refuses a request for what it says; its connection can go on. */
export function invalid(detail: string, fix?: string): Refusal {
  const error = edgeError('bad_request');
  return new Refusal({ ...error, detail, fix: fix ?? error.fix });
}

/** The refusal of a request whose vantage cannot be resolved. */
export function badVantage(error: ColocalError): Refusal {
  const page = edgeError(error.status === 503 ? 'no_data_center' : 'bad_request');
  return new Refusal({ ...page, detail: error.message, fix: error.fix });
}

/** TRACE would show a client what the edge adds for the endpoint; CONNECT inside a stream has nothing to connect to. */
export const METHOD_REFUSED = new Refusal(edgeError('method_not_allowed'), false, [
  'allow',
  'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS',
]);

/** `ray` is empty when the request has no record of its own. */
export function answerRefusal(
  refusal: Refusal,
  response: ClientResponse,
  pages: ErrorPages,
  { accept, ray = '' }: { readonly accept: string | undefined; readonly ray?: string },
): void {
  const page = pages.render(pageOf(refusal.error, { ray, accept }));
  response.head(page.status, [...page.headers, ...refusal.headers, ...(ray === '' ? [] : ['CF-RAY', ray])]);
  response.write(page.body);
  response.end([]);
}

/** Records a request that is refused. Returns its ray. The vantage that it claims is not heard: it may be what is wrong. */
export function recordRefusal(
  refusal: Refusal,
  { forwarder, vantage, limits }: IngressContext,
  { port, ...request }: Omit<RefusedRequest, 'error' | 'vantage'> & { readonly port: number },
): string {
  const resolved = vantage.resolve([], request.clientIp, port);
  return forwarder.refused({
    ...request,
    path: request.path.slice(0, limits.urlBytes),
    error: refusal.error,
    vantage: resolved.ok ? resolved.vantage : undefined,
  });
}

/** What reading a request gives for `OPTIONS *`: it is about the server, not about anything behind it. */
export const SERVER_OPTIONS = Symbol('OPTIONS *');

/** `OPTIONS *` asks about the server as a whole (RFC 9110 section 9.3.7), so the edge answers it. */
export function answerServerOptions(response: ClientResponse): void {
  response.head(200, ['allow', 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS', 'content-length', '0']);
  response.end([]);
}

/** The value of a header in a flat list, the first of several. */
export function headerOf(headers: readonly string[], name: string): string | undefined {
  for (let i = 0; i + 1 < headers.length; i += 2) {
    if (headers[i]?.length === name.length && headers[i]?.toLowerCase() === name) return headers[i + 1];
  }
  return undefined;
}
