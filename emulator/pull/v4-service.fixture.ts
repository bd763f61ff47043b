import type { IncomingMessage, ServerResponse } from 'node:http';
import { RESULTS } from './v4-account.fixture.js';
import type { V4Object } from './v4-client.js';

export const TOKEN = 'a-token-of-the-v4-api-0123456789abcdefghijkl';

/** Lists that come in pages until an empty one (docs/reference/api.md 1.4). */
const PAGED = /^\/zones$|\/dns_records$|\/cfd_tunnel$|\/teamnet\/routes$|\/zerotrust\/routes\/hostname$/;

/**
 * Answers as a v4 API does that has these objects, to whoever shows {@link TOKEN}. `asked` gets every request, as
 * path and query below `/client/v4`.
 */
export function v4Service(results: typeof RESULTS = RESULTS, asked: string[] = []) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    const url = new URL(request.url ?? '', 'http://localhost');
    const path = url.pathname.replace(/^\/client\/v4/, '');
    asked.push(`${path}${url.search}`);
    const [status, body] = answerTo(request, path);
    answer(response, status, body(url));
  };

  function answerTo({ method, headers }: IncomingMessage, path: string): [number, (url: URL) => object] {
    if (method !== 'GET') return [405, () => failure(10_000, 'only reading is expected')];
    if (headers.authorization !== `Bearer ${TOKEN}`) return [403, () => failure(10_000, 'Authentication error')];
    const result = results[path];
    if (result === undefined) {
      const message = `Could not route to /client/v4${path}, perhaps your object identifier is invalid?`;
      return [404, () => failure(7003, message)];
    }
    return [200, (url) => success(PAGED.test(path) ? page(result as readonly V4Object[], url) : result)];
  }
}

export function success(result: unknown): object {
  return { result, success: true, errors: [], messages: [] };
}

export function failure(code: number, message: string): object {
  return { result: null, success: false, errors: [{ code, message }], messages: [] };
}

export function answer(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

function page(all: readonly V4Object[], { searchParams }: URL): readonly V4Object[] {
  const number = Number(searchParams.get('page') ?? 1);
  const size = Number(searchParams.get('per_page') ?? 20);
  return all.slice((number - 1) * size, number * size);
}
