import * as z from 'zod';
import type { Deadlines } from '../../runtime/deadlines.js';
import { ColocalError, messageOf } from '../../runtime/errors.js';
import {
  pullBadUrl,
  pullForbidden,
  pullNotFound,
  pullNotV4,
  pullRefused,
  pullUnauthorized,
  pullUnreachable,
} from './errors.js';

export interface V4ClientOptions {
  /** E.g. `https://api.cloudflare.com/client/v4`. */
  readonly baseUrl: string;
  readonly token: string;
  readonly deadlines: Deadlines;
}

/** One thing to read. */
export interface V4Call {
  /** From the base URL, e.g. `/accounts/ID/load_balancers/pools`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** What a token needs, for people. */
  readonly permission: string;
}

export type V4Object = Readonly<Record<string, unknown>>;

/** Reads a v4 API (docs/reference/api.md section 1). Every method throws the errors of ./errors.ts. */
export interface V4Client {
  /** The `result` of one object. */
  one(call: V4Call): Promise<unknown>;
  /** A list that comes whole (api.md 1.4, `SinglePage`). */
  whole(call: V4Call): Promise<readonly V4Object[]>;
  /** A list that comes in pages, until an empty one (api.md 1.4, `V4PagePaginationArray`). */
  paged(call: V4Call): Promise<readonly V4Object[]>;
}

/** Milliseconds for one answer, its body included. The official clients wait 60 s, cloudflared 15 (api.md 1.3). */
const ANSWERED_WITHIN = 30_000;
/** Bytes of one answer. A list of a thousand pools has some two million. */
const LARGEST_ANSWER = 32 * 1024 * 1024;
/** The most that every list allows. */
const PER_PAGE = 50;
/** A service that ignores `page` would never end. */
const MOST_PAGES = 2_000;
/** How often a call is made again that came too fast (api.md 1.2, last line). */
const RETRIES = 5;
/** Milliseconds, when the service does not say; and the most that it may say. */
const RETRY_AFTER = { usual: 2_000, longest: 300_000 };

const envelope = z.object({
  success: z.boolean(),
  errors: z.array(z.object({ code: z.number(), message: z.string() })).default([]),
  result: z.unknown(),
});
type Envelope = z.output<typeof envelope>;
const listed = z.array(z.record(z.string(), z.unknown()));

/** @throws PULL_BAD_URL */
export function createV4Client({ baseUrl, token, deadlines }: V4ClientOptions): V4Client {
  const base = baseUrl.replace(/\/+$/, '');
  if (!/^https?:$/.test((URL.canParse(base) ? new URL(base) : undefined)?.protocol ?? '')) {
    throw pullBadUrl({ text: baseUrl });
  }

  async function ask(call: V4Call, attempt = 0): Promise<unknown> {
    const query = new URLSearchParams(call.query).toString();
    const url = `${base}${call.path}${query === '' ? '' : `?${query}`}`;
    const late = new AbortController();
    const deadline = deadlines.after(ANSWERED_WITHIN, () => late.abort());
    let response: Response;
    let text: string;
    try {
      response = await fetch(url, {
        headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
        // A token goes nowhere else.
        redirect: 'manual',
        signal: late.signal,
      });
      text = await bodyOf(response, call);
    } catch (error) {
      if (error instanceof ColocalError) throw error;
      const reason = late.signal.aborted ? `no answer within ${ANSWERED_WITHIN / 1_000} seconds` : reasonOf(error);
      throw pullUnreachable({ url: `${base}${call.path}`, reason }, { cause: error });
    } finally {
      deadline.cancel();
    }
    if (response.status === 429 && attempt < RETRIES) {
      await pause(deadlines, retryAfter(response.headers.get('retry-after')));
      return ask(call, attempt + 1);
    }
    const answer = readEnvelope(text, response, call);
    if (!response.ok || !answer.success) throw refusal(call, response.status, answer);
    return answer.result;
  }

  async function list(call: V4Call): Promise<readonly V4Object[]> {
    const parsed = listed.safeParse(await ask(call));
    if (!parsed.success) throw pullNotV4({ path: call.path, detail: 'its result is not a list of objects' });
    return parsed.data;
  }

  return {
    one: ask,
    whole: list,
    async paged(call) {
      const all: V4Object[] = [];
      for (let page = 1; page <= MOST_PAGES; page++) {
        const items = await list({ ...call, query: { ...call.query, page: `${page}`, per_page: `${PER_PAGE}` } });
        if (items.length === 0) return all;
        all.push(...items);
      }
      throw pullNotV4({ path: call.path, detail: `its list does not end after ${MOST_PAGES} pages` });
    },
  };
}

async function bodyOf(response: Response, { path }: V4Call): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.byteLength;
    if (length > LARGEST_ANSWER) {
      throw pullNotV4({ path, detail: `its answer has more than ${LARGEST_ANSWER / 1024 / 1024} MiB` });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function readEnvelope(text: string, { status }: Response, { path }: V4Call): Envelope {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw pullNotV4({ path, detail: `it sent ${status} without JSON` });
  }
  const parsed = envelope.safeParse(value);
  if (!parsed.success) throw pullNotV4({ path, detail: `it sent ${status} without success, errors and result` });
  return parsed.data;
}

/** Malformed credentials are a 400, with 6003 or 9106 (api.md 1.2, gateway errors). */
const BAD_CREDENTIALS: ReadonlySet<number> = new Set([6003, 6111, 6103, 9106]);

function refusal({ path, permission }: V4Call, status: number, { errors }: Envelope): ColocalError {
  const said = errors.map(({ code, message }) => `${message} (${code})`).join(', ');
  if (status === 401 || errors.some(({ code }) => BAD_CREDENTIALS.has(code))) {
    return pullUnauthorized({ path, said, permission });
  }
  if (status === 403) return pullForbidden({ path, said, permission });
  if (status === 404) return pullNotFound({ path, said, permission });
  return pullRefused({ path, status, said });
}

function retryAfter(header: string | null): number {
  const seconds = Number(header ?? Number.NaN);
  return seconds > 0 ? Math.min(seconds * 1_000, RETRY_AFTER.longest) : RETRY_AFTER.usual;
}

function pause(deadlines: Deadlines, milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    deadlines.after(milliseconds, resolve);
  });
}

/** fetch hides why it failed behind its cause. */
function reasonOf(error: unknown): string {
  const cause = (error instanceof Error ? error.cause : undefined) ?? error;
  const { code } = cause as NodeJS.ErrnoException;
  if (code === 'ECONNREFUSED') return 'connection refused';
  if (code === 'ENOTFOUND') return 'there is no host of this name';
  return messageOf(cause).split('\n', 1)[0] ?? '';
}
