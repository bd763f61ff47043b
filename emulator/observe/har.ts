import { STATUS_CODES } from 'node:http';
import { decidingReason } from './deciding-reason.js';
import type { Har, HarEntry, HarOwn, HarRequest, HarResponse } from './har.types.js';
import type { RecordedBody, RequestTrace } from './journal.types.js';
import { lineOf } from './reason-tree.js';
import { bodyText, HIDDEN, type NamedValue, shownHeaders, valuesOf } from './recorded-text.js';
import { urlOf } from './request-tree.js';

export interface HarOptions {
  /** Of colocal. */
  readonly version: string;
  /** With the values of headers and cookies that are hidden otherwise. */
  readonly secrets: boolean;
}

/** What the format wants where no Content-Type is known. */
const UNKNOWN_TYPE = 'x-unknown';

/**
 * Requests as an HTTP Archive, for browsers and other tools that read one. Connections into private networks are left
 * out: they are no HTTP.
 */
export function harOf(traces: readonly RequestTrace[], { version, secrets }: HarOptions): Har {
  const requests = traces.filter(({ scheme }) => scheme === 'http' || scheme === 'https');
  const inOrder = requests.toSorted((a, b) => a.startedAt - b.startedAt);
  return {
    log: {
      version: '1.2',
      creator: { name: 'colocal', version },
      entries: inOrder.map((trace) => entryOf(trace, secrets)),
    },
  };
}

function entryOf(trace: RequestTrace, secrets: boolean): HarEntry {
  const time = Math.max(0, (trace.endedAt ?? trace.startedAt) - trace.startedAt);
  const reason = decidingReason(trace);
  return {
    startedDateTime: new Date(trace.startedAt).toISOString(),
    time,
    request: requestOf(trace, secrets),
    response: responseOf(trace, secrets),
    cache: {},
    timings: { blocked: -1, dns: -1, connect: -1, ssl: -1, send: 0, wait: time, receive: 0 },
    ...(reason ? { comment: lineOf(reason) } : {}),
    _colocal: ownOf(trace),
  };
}

function requestOf(trace: RequestTrace, secrets: boolean): HarRequest {
  const { method, path, httpVersion, requestBytes, recorded } = trace;
  const headers = recorded?.request.headers ?? [];
  const body = recorded?.request.body;
  const query = path.indexOf('?');
  const parameters = new URLSearchParams(query < 0 ? '' : path.slice(query + 1));
  return {
    method,
    url: urlOf({ ...trace, host: recorded?.authority ?? trace.host }),
    httpVersion: `HTTP/${httpVersion}`,
    cookies: valuesOf(headers, 'cookie').flatMap((value) => value.split(';').map((pair) => cookieOf(pair, secrets))),
    headers: shownHeaders(headers, secrets),
    queryString: Array.from(parameters, ([name, value]) => ({ name, value })),
    headersSize: -1,
    bodySize: requestBytes,
    ...(body && body.kept.length > 0 ? { postData: postDataOf(body, typeOf(headers)) } : {}),
  };
}

function postDataOf(body: RecordedBody, mimeType: string): NonNullable<HarRequest['postData']> {
  const { text, encoding } = bodyText(body.kept);
  return { mimeType, params: [], text, ...(encoding ? { _encoding: encoding } : {}), ...beginningOnly(body) };
}

function responseOf(trace: RequestTrace, secrets: boolean): HarResponse {
  const { status = 0, httpVersion, responseBytes, recorded } = trace;
  const headers = recorded?.response?.headers ?? [];
  const body = recorded?.response?.body;
  return {
    status,
    statusText: STATUS_CODES[status] ?? '',
    httpVersion: `HTTP/${httpVersion}`,
    cookies: valuesOf(headers, 'set-cookie').map((value) => cookieOf(value.split(';', 1)[0] ?? '', secrets)),
    headers: shownHeaders(headers, secrets),
    content: {
      size: responseBytes,
      mimeType: typeOf(headers),
      ...(body && body.kept.length > 0 ? { ...bodyText(body.kept), ...beginningOnly(body) } : {}),
    },
    redirectURL: valuesOf(headers, 'location')[0] ?? '',
    headersSize: -1,
    bodySize: responseBytes,
  };
}

function typeOf(headers: readonly string[]): string {
  return valuesOf(headers, 'content-type')[0] ?? UNKNOWN_TYPE;
}

function beginningOnly({ kept, whole }: RecordedBody): { readonly comment?: string } {
  return whole ? {} : { comment: `only its first ${kept.length} bytes were recorded` };
}

function cookieOf(pair: string, secrets: boolean): NamedValue {
  const equals = pair.indexOf('=');
  const name = pair.slice(0, Math.max(0, equals)).trim();
  return { name, value: secrets ? pair.slice(equals + 1).trim() : HIDDEN };
}

function ownOf(trace: RequestTrace): HarOwn {
  const { ray, dataCenter, country, clientIp, loadBalancer, pool, endpoint, error, outcome, reasons } = trace;
  const last = trace.attempts.at(-1);
  return {
    ray,
    colo: dataCenter,
    ...(country === undefined ? {} : { country }),
    client_ip: clientIp,
    ...(loadBalancer === undefined ? {} : { load_balancer: loadBalancer }),
    ...(pool === undefined ? {} : { pool }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(last?.tunnel === undefined ? {} : { tunnel: last.tunnel }),
    ...(last?.connector === undefined ? {} : { connector: last.connector }),
    ...(last?.egress === undefined ? {} : { egress: last.egress }),
    ...(error === undefined ? {} : { error }),
    ...(outcome === undefined ? {} : { outcome }),
    attempts: trace.attempts.map(({ pool: tried, endpoint: at, tunnel, status, failure }) => ({
      ...(tried === undefined ? {} : { pool: tried }),
      endpoint: at,
      ...(tunnel === undefined ? {} : { tunnel }),
      ...(status === undefined ? {} : { status }),
      ...(failure === undefined ? {} : { failure }),
    })),
    reasons,
  };
}
