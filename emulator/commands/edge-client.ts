import { defineError, messageOf } from '../../runtime/errors.js';

export const edgeUnreachable = defineError<{ url: string; reason: string }>('EDGE_UNREACHABLE', {
  message: (d) => `no edge answers at ${d.url}: ${d.reason}`,
  fix: () =>
    'start one with `colocal up`, or say where it is: COLOCAL_URL=http://HOST:PORT (listen.api in colocal.yaml)',
});

export const badEdgeAddress = defineError<{ text: string }>('BAD_COLOCAL_URL', {
  message: (d) => `COLOCAL_URL is "${d.text}", which is not the address of an edge's API`,
  fix: () => `it must be http://HOST:PORT, as \`colocal up\` prints it for api (default: ${DEFAULT_URL})`,
});

export const edgeRefused = defineError<{ url: string; status: number; message: string; fix: string }>('EDGE_REFUSED', {
  message: (d) => `the edge answered ${d.url} with ${d.status}: ${d.message}`,
  fix: (d) => d.fix,
});

const DEFAULT_URL = 'http://127.0.0.1:7880';

/** What `--help` says of the commands that ask a running edge. */
export const EDGE_CLIENT_HELP = `
Environment:
  COLOCAL_URL        where the edge's API is (default: ${DEFAULT_URL})
  COLOCAL_API_TOKEN  its account.api_token; needed where the API is not on loopback`;

/** A running edge's control API, as `COLOCAL_URL` and `COLOCAL_API_TOKEN` say. */
export interface EdgeClient {
  readonly url: string;
  /** @throws EDGE_UNREACHABLE, EDGE_REFUSED */
  get(path: string): Promise<string>;
  /** With a JSON body, where there is one. @throws EDGE_UNREACHABLE, EDGE_REFUSED */
  send(method: 'POST' | 'DELETE', path: string, body?: object): Promise<string>;
}

/** @throws BAD_COLOCAL_URL */
export function createEdgeClient(environment: NodeJS.ProcessEnv): EdgeClient {
  const url = (environment.COLOCAL_URL || DEFAULT_URL).replace(/\/+$/, '');
  if (!/^https?:$/.test((URL.canParse(url) ? new URL(url) : undefined)?.protocol ?? ''))
    throw badEdgeAddress({ text: url });
  const token = environment.COLOCAL_API_TOKEN;
  const ask = async (path: string, options: RequestInit): Promise<string> => {
    let response: Response;
    try {
      const headers = { ...options.headers, ...(token ? { authorization: `Bearer ${token}` } : {}) };
      response = await fetch(`${url}${path}`, { ...options, headers });
    } catch (error) {
      throw edgeUnreachable({ url, reason: reasonOf(error) }, { cause: error });
    }
    const text = await response.text();
    if (!response.ok) throw edgeRefused({ url: `${url}${path}`, status: response.status, ...explain(text) });
    return text;
  };
  return {
    url,
    get: (path) => ask(path, {}),
    send: (method, path, body) =>
      ask(path, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      }),
  };
}

/** fetch hides why it failed behind its cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  return code === 'ECONNREFUSED' ? 'connection refused' : messageOf(cause ?? error);
}

function explain(text: string): { message: string; fix: string } {
  try {
    const { error } = JSON.parse(text) as { error: { message: string; fix: string } };
    return { message: error.message, fix: error.fix };
  } catch {
    return {
      message: 'not the answer of a colocal edge',
      fix: 'check COLOCAL_URL: it names the listener `listen.api`',
    };
  }
}
