import { METHODS, validateHeaderName, validateHeaderValue } from 'node:http';
import { ColocalError, defineError, messageOf } from '../runtime/errors.js';
import type { ExplainQuestion } from './control/control.types.js';
import type { ClientRequest } from './forward/exchange.js';
import type { Standing, Vantage } from './geo/geo.types.js';
import { VANTAGE_HEADERS, type VantageResolver } from './geo/vantage.js';
import { parseAbsoluteTarget } from './ingress/absolute-target.js';
import { parseAuthority } from './ingress/authority.js';

export const questionInvalid = defineError<{ field: string; why: string; fix: string }>('EXPLAIN_INVALID', {
  status: 400,
  message: (d) => `${d.field}: ${d.why}`,
  fix: (d) => d.fix,
});

/** Methods that ingress keeps from the rest of the edge. */
const NOT_FORWARDED = new Set(['CONNECT', 'TRACE']);
/** In the order in which they are looked at. */
const VANTAGE_FIELDS = [
  ['colo', 'Colocal-Colo'],
  ['country', 'Colocal-Country'],
  ['client_ip', 'Colocal-Client-IP'],
] as const;

/** A request in words, as the control API has them. */
export type AskedRequest = ExplainQuestion;

/** What a request is resolved with: who asks stands in for the client, as if it had sent the request itself. */
export interface AskedFrom {
  readonly resolver: VantageResolver;
  /** `settings.vantage`: whether requests may say where they come from. */
  readonly vantage: boolean;
}

/**
 * A request that is only asked about, in the form in which ingress hands on real ones.
 *
 * @throws EXPLAIN_INVALID with the field, or what ingress answers 400 or 503 with: unknown data center, bad country, ...
 */
export function explainedRequest(asked: ExplainQuestion, { resolver, vantage }: AskedFrom): ClientRequest {
  const { scheme, authority: named, path } = targetOf(asked.url);
  const method = methodOf(asked.method ?? 'GET');
  const httpVersion = asked.http_version ?? '1.1';
  if (httpVersion === '2' && scheme === 'http') {
    const fix = 'ask about the https URL, or about HTTP/1.1';
    throw questionInvalid({ field: 'http_version', why: 'HTTP/2 is spoken over https only', fix });
  }

  const given = headersOf(asked.headers ?? {});
  const authority = given.host ?? named;
  const host = parseAuthority(authority)?.host;
  if (host === undefined) {
    const field = given.host === undefined ? 'url' : 'headers.Host';
    const fix = 'write a host name with letters, digits, hyphens and dots';
    throw questionInvalid({ field, why: `"${authority}" is not a host name`, fix });
  }

  return {
    method,
    scheme,
    host,
    authority,
    path,
    httpVersion,
    // HTTP/2 has it as :authority, which is not among the headers.
    headers: httpVersion === '2' ? given.rest : ['Host', authority, ...given.rest],
    body: null,
    expectsContinue: false,
    vantage: vantageAsked(asked, given.vantage, { resolver, vantage }),
  };
}

/**
 * Where it comes from, as the question says.
 *
 * @param headers flat, of what is asked about
 * @throws EXPLAIN_INVALID, or what ingress answers 400 or 503 with
 */
export function vantageAsked(
  asked: ExplainQuestion,
  headers: readonly string[],
  { resolver, vantage }: AskedFrom,
  stands?: Standing,
): Vantage {
  const said = VANTAGE_FIELDS.flatMap(([field, header]) => {
    const value = asked[field];
    if (value !== undefined && !vantage) {
      const why = 'settings.vantage is off, so requests cannot say where they come from';
      throw questionInvalid({ field, why, fix: 'leave it out, or turn settings.vantage on' });
    }
    return value === undefined ? [] : [header, value];
  });
  const resolved = resolver.resolve([...headers, ...said], asked.remoteAddress, asked.remotePort, stands);
  if (!resolved.ok) throw aboutField(resolved.error, asked);
  return resolved.vantage;
}

/** As clients read a URL: host in lower case, the usual port left out, path encoded, no fragment. */
function targetOf(url: string): NonNullable<ReturnType<typeof parseAbsoluteTarget>> {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed) {
    parsed.hash = '';
    parsed.username = '';
    parsed.password = '';
  }
  const target = parsed && parseAbsoluteTarget(parsed.href);
  if (target) return target;
  const fix = 'write the whole URL, such as http://app.example.com/path, or tcp://10.0.0.1:5432, or spectrum://NAME';
  throw questionInvalid({ field: 'url', why: `"${url}" is not an http or https URL`, fix });
}

function methodOf(method: string): string {
  if (METHODS.includes(method) && !NOT_FORWARDED.has(method)) return method;
  const why = `"${method}" is not a method that the edge passes on`;
  const upper = method.toUpperCase();
  const fix = method !== upper && METHODS.includes(upper) ? `write it as ${upper}` : 'ask about GET, POST or the like';
  throw questionInvalid({ field: 'method', why, fix });
}

interface Given {
  readonly host?: string;
  /** Flat lists: of {@link VANTAGE_HEADERS}, and of all that is neither of them nor Host. */
  readonly vantage: readonly string[];
  readonly rest: readonly string[];
}

function headersOf(headers: NonNullable<ExplainQuestion['headers']>): Given {
  const vantage: string[] = [];
  const rest: string[] = [];
  let host: string | undefined;
  for (const [name, values] of Object.entries(headers)) {
    for (const value of typeof values === 'string' ? [values] : values) {
      try {
        validateHeaderName(name);
        validateHeaderValue(name, value);
      } catch (error) {
        const fix = 'a name is letters, digits and hyphens; a value is one line of text';
        throw questionInvalid({ field: `headers.${name}`, why: messageOf(error), fix });
      }
      const key = name.toLowerCase();
      if (VANTAGE_HEADERS.has(key)) {
        vantage.push(name, value);
      } else if (key !== 'host') {
        rest.push(name, value);
      } else if (host === undefined) {
        host = value;
      } else {
        throw questionInvalid({ field: 'headers.Host', why: 'there is more than one', fix: 'give one Host' });
      }
    }
  }
  return { ...(host === undefined ? {} : { host }), vantage, rest };
}

/** Ingress speaks of headers; here they are fields. */
function aboutField(error: ColocalError, asked: ExplainQuestion): ColocalError {
  const field = VANTAGE_FIELDS.find(([name, header]) => asked[name] !== undefined && error.message.includes(header));
  if (!field) return error;
  return new ColocalError(error.code, error.kind, `${field[0]}: ${error.message}`, error.fix, error.status);
}
