import type { Method } from './endpoint.js';
import { malformedJson, wrongContentType } from './errors.js';
import { isObject, type Json } from './merge.js';

/** Objects and lists inside each other; nothing that is sent here needs a tenth of it. */
const MAX_DEPTH = 64;

/** Methods whose request must have a body. */
const WITH_BODY: ReadonlySet<Method> = new Set(['PUT', 'PATCH']);

/**
 * Reads a request's body as the gateway does (docs/reference/api.md 1.2): JSON, and called so. DELETE's body is
 * ignored, and POST may come without one.
 */
export function readBody(method: Method, bytes: Uint8Array | undefined, contentType: string | undefined): Json {
  if (method === 'GET' || method === 'DELETE') return {};
  if (bytes === undefined || bytes.length === 0) {
    if (WITH_BODY.has(method)) throw malformedJson();
    return {};
  }
  if (!/^application\/(?:[\w.-]+\+)?json *(?:;|$)/i.test(contentType ?? '')) throw wrongContentType();
  const body = parse(bytes);
  if (!isObject(body)) throw malformedJson();
  return body;
}

/** Bytes that are no UTF-8 are no JSON: what they stand for is not guessed. */
function parse(bytes: Uint8Array): unknown {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    if (isTooDeep(text)) throw malformedJson();
    return JSON.parse(text);
  } catch {
    throw malformedJson();
  }
}

/** Counted before parsing: whoever walks through a value recursively must be able to. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  let quoted = false;
  for (let index = 0; index < text.length; index++) {
    const char = text.charCodeAt(index);
    if (quoted) {
      if (char === BACKSLASH) index++;
      else if (char === QUOTE) quoted = false;
    } else if (char === QUOTE) quoted = true;
    else if (char === OPEN_BRACE || char === OPEN_BRACKET) {
      if (++depth > MAX_DEPTH) return true;
    } else if (char === CLOSE_BRACE || char === CLOSE_BRACKET) depth--;
  }
  return false;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
