import { isRecord, shown } from '../options.js';
import { checkServedBy, fits, type ServedBy, servedByHeader, story, textOf, traceOf } from '../served-by.js';
import type { MatcherResult } from './matcher.types.js';

/** `expect(response).toBeServedBy({ pool: 'web', endpoint: 'web-a' })`: by what the response itself tells. */
export function toBeServedBy(response: unknown, wanted: ServedBy): MatcherResult {
  checkServedBy('toBeServedBy', wanted);
  const about = aboutResponse(response);
  if (about === undefined) {
    const given = shown(response);
    return { pass: false, message: () => `expected a response of emu.fetch, or of fetch, but got ${given}` };
  }
  if (about.route === null) {
    const fix = 'it did not come from an edge, or settings.route_header is false';
    // A response that tells nothing is no proof of the contrary: it fails either way.
    throw new Error(`expected a response served by ${textOf(wanted)}, but it has no Colocal-Route: ${fix}`);
  }
  const served = servedByHeader(about.route);
  const pass = fits(served, wanted);
  return {
    pass,
    message: () =>
      [
        `expected the response ${pass ? 'not ' : ''}to be served by ${textOf(wanted)}`,
        `but it was ${about.status} by ${textOf(served)}${story(traceOf(response as object))}`,
      ].join('\n'),
    actual: served,
    expected: wanted,
  };
}

/** Any fetch's response will do: classes differ between copies of a library. */
function aboutResponse(value: unknown): { readonly route: string | null; readonly status: unknown } | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { headers, status } = value as { headers?: unknown; status?: unknown };
  if (typeof (headers as { get?: unknown } | undefined)?.get === 'function')
    return { route: (headers as { get(name: string): string | null }).get('colocal-route'), status };
  // Node's own http, and what looks like it.
  if (!isRecord(headers)) return undefined;
  const route = headers['colocal-route'];
  return {
    route: typeof route === 'string' ? route : null,
    status: status ?? (value as { statusCode?: unknown }).statusCode,
  };
}
