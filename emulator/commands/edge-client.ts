import type * as z from 'zod';
import { type Deadline, type Deadlines, realDeadlines } from '../../runtime/deadlines.js';
import { ColocalError, defineError, messageOf } from '../../runtime/errors.js';
import { type SentEvent, sentEvents } from './sent-events.js';

export const edgeUnreachable = defineError<{ url: string; reason: string }>('EDGE_UNREACHABLE', {
  message: (d) => `no edge answers at ${d.url}: ${d.reason}`,
  fix: () =>
    'start one with `colocal up`, or say where it is: COLOCAL_URL=http://HOST:PORT (listen.api in colocal.yaml)',
});

export const badEdgeAddress = defineError<{ text: string }>('BAD_COLOCAL_URL', {
  message: (d) => `COLOCAL_URL is "${d.text}", which is not the address of an edge's API`,
  fix: () => `it must be http://HOST:PORT, as \`colocal up\` prints it for api (default: ${DEFAULT_URL})`,
});

export const edgeRefused = defineError<{ message: string; fix: string }>('EDGE_REFUSED', {
  message: (d) => d.message,
  fix: (d) => d.fix,
});

export const notAnEdge = defineError<{ url: string; answer: string }>('NOT_AN_EDGE', {
  message: (d) => `what answers at ${d.url} is not a colocal edge: ${d.answer}`,
  fix: () => `check COLOCAL_URL: it names the listener \`listen.api\` (default: ${DEFAULT_URL})`,
});

export const edgeDiffers = defineError<{ url: string; detail: string }>('EDGE_DIFFERS', {
  message: (d) => `what answers at ${d.url} says what this command does not understand: ${d.detail}`,
  fix: () => 'check COLOCAL_URL, and use the same version of colocal for the edge and for this command',
});

const DEFAULT_URL = 'http://127.0.0.1:7880';

/** Milliseconds for a whole answer: all that is asked for is in the edge's memory. */
const ANSWERED_WITHIN = 10_000;

/** Milliseconds in which a stream of events may be silent: the edge sends a sign of life three times as often. */
const SILENT_FOR = 45_000;

/** What `--help` says of the commands that ask a running edge. */
export const EDGE_CLIENT_HELP = `
Environment:
  COLOCAL_URL        where the edge's API is (default: ${DEFAULT_URL})
  COLOCAL_API_TOKEN  its account.api_token; needed where it is not on loopback`;

/** A running edge's control API, as `COLOCAL_URL` and `COLOCAL_API_TOKEN` say. */
export interface EdgeClient {
  readonly url: string;
  /** @throws EDGE_UNREACHABLE, EDGE_REFUSED, NOT_AN_EDGE */
  get(path: string): Promise<string>;
  /** With a JSON body, where there is one. `within`: milliseconds for the answer. @throws EDGE_UNREACHABLE, EDGE_REFUSED, NOT_AN_EDGE */
  send(method: 'POST' | 'DELETE', path: string, body?: object, within?: number): Promise<string>;
  /**
   * Follows server-sent events: resolves once they are being sent. They end when the edge ends them or the signal says so.
   *
   * @throws EDGE_UNREACHABLE, EDGE_REFUSED, NOT_AN_EDGE; the events too
   */
  follow(path: string, stop: AbortSignal): Promise<AsyncIterable<SentEvent>>;
}

/** @throws BAD_COLOCAL_URL */
export function createEdgeClient(environment: NodeJS.ProcessEnv, deadlines: Deadlines = realDeadlines): EdgeClient {
  const url = (environment.COLOCAL_URL || DEFAULT_URL).replace(/\/+$/, '');
  if (!/^https?:$/.test((URL.canParse(url) ? new URL(url) : undefined)?.protocol ?? ''))
    throw badEdgeAddress({ text: url });
  const token = environment.COLOCAL_API_TOKEN;
  const authorization = token ? { authorization: `Bearer ${token}` } : {};
  const unreachable = (error: unknown, late: AbortSignal, milliseconds: number): ColocalError => {
    if (error instanceof ColocalError) return error;
    const reason = late.aborted ? `no answer within ${milliseconds / 1_000} seconds` : reasonOf(error);
    return edgeUnreachable({ url, reason }, { cause: error });
  };
  const ask = async (path: string, options: RequestInit, within = ANSWERED_WITHIN): Promise<string> => {
    const late = new AbortController();
    const deadline = deadlines.after(within, () => late.abort());
    try {
      const headers = { ...options.headers, ...authorization };
      const response = await fetch(`${url}${path}`, { ...options, headers, signal: late.signal });
      const text = await response.text();
      if (!response.ok) throw refusal(url, path, response.status, text);
      return text;
    } catch (error) {
      throw unreachable(error, late.signal, within);
    } finally {
      deadline.cancel();
    }
  };
  const follow = async (path: string, stop: AbortSignal): Promise<AsyncIterable<SentEvent>> => {
    const silent = new AbortController();
    const listen = (): Deadline => deadlines.after(SILENT_FOR, () => silent.abort());
    let deadline = listen();
    const signal = AbortSignal.any([stop, silent.signal]);
    const failed = (error: unknown): ColocalError => {
      deadline.cancel();
      return unreachable(error, silent.signal, SILENT_FOR);
    };
    let response: Response;
    try {
      response = await fetch(`${url}${path}`, { headers: authorization, signal });
      if (!response.ok) throw refusal(url, path, response.status, await response.text());
    } catch (error) {
      throw failed(error);
    }
    const { body } = response;
    if (!body || response.headers.get('content-type') !== 'text/event-stream') {
      deadline.cancel();
      await body?.cancel();
      throw notAnEdge({ url, answer: `it answers ${path} with something else than events` });
    }
    return (async function* () {
      try {
        for await (const event of sentEvents(body)) {
          // Whoever takes an event may take long: meanwhile nobody listens, so nothing is too silent.
          deadline.cancel();
          if (event !== undefined) yield event;
          deadline = listen();
        }
      } catch (error) {
        throw failed(error);
      } finally {
        deadline.cancel();
      }
    })();
  };
  return {
    url,
    get: (path) => ask(path, {}),
    follow,
    send: (method, path, body, within) => {
      const json = { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
      return ask(path, { method, ...(body === undefined ? {} : json) }, within);
    },
  };
}

/**
 * An answer as what the schema says: something else may listen where an edge was looked for.
 *
 * @throws NOT_AN_EDGE, EDGE_DIFFERS
 */
export function readAnswer<T>(url: string, text: string, schema: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw notAnEdge({ url, answer: 'its answer is not JSON' }, { cause: error });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw edgeDiffers({ url, detail: parsed.error.issues[0]?.path.join('.') || 'its answer' }, { cause: parsed.error });
}

/** fetch hides why it failed behind its cause. */
function reasonOf(error: unknown): string {
  const cause = (error instanceof Error ? error.cause : undefined) ?? error;
  const { code } = cause as NodeJS.ErrnoException;
  if (code === 'ECONNREFUSED') return 'connection refused';
  // OpenSSL's own words are a dump.
  if (code === 'EPROTO' || code?.startsWith('ERR_SSL')) return 'it does not speak TLS; the API is at http://';
  return messageOf(cause).split('\n', 1)[0] ?? '';
}

/** The edge's own explanation of an error, or that it is none of an edge. */
function refusal(url: string, path: string, status: number, text: string): ColocalError {
  try {
    const { message, fix } = (JSON.parse(text) as { error: { message: unknown; fix: unknown } }).error;
    if (typeof message === 'string' && typeof fix === 'string') return edgeRefused({ message, fix });
  } catch {
    // Not JSON, or nothing in it.
  }
  return notAnEdge({ url, answer: `it answers ${path} with ${status}` });
}
