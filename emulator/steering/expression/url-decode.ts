import { bytesOf } from './bytes.js';

const PERCENT = 0x25;
const PLUS = 0x2b;
const SPACE = 0x20;
const LETTER_U = 0x75;

export interface UrlDecodeOptions {
  /** Decodes what comes out again, until nothing is left to decode. */
  readonly repeatedly: boolean;
  /** `%uXXXX` as well. */
  readonly unicode: boolean;
}

/**
 * Decodes `%XX` and `+` (docs/reference/load-balancing.md 8.4). What is no escape stays. One pass, also when repeated:
 * what comes out is looked at together with what came out before it, so hostile nesting costs nothing more.
 */
export function urlDecode(value: string, { repeatedly, unicode }: UrlDecodeOptions): string {
  if (!value.includes('%') && !value.includes('+')) return value;
  const out: number[] = [];
  /** Escapes end at or after this place of `out`: what was decoded before it is not decoded again. */
  let fresh = 0;
  const push = (code: number): void => {
    for (let next = code; ; ) {
      out.push(repeatedly && next === PLUS ? SPACE : next);
      const decoded = escapeAtEnd(out, fresh, unicode);
      if (!decoded) return;
      out.length -= decoded.length;
      const [byte = 0, ...more] = decoded.bytes;
      if (!repeatedly || more.length > 0) {
        out.push(byte, ...more);
        if (!repeatedly) fresh = out.length;
        return;
      }
      next = byte;
    }
  };
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    push(code === PLUS ? SPACE : code);
  }
  return Buffer.from(out).toString('latin1');
}

/** The escape that `out` ends with, if it does. */
function escapeAtEnd(
  out: readonly number[],
  fresh: number,
  unicode: boolean,
): { readonly length: number; readonly bytes: readonly number[] } | undefined {
  const end = out.length;
  if (end - 3 >= fresh && out[end - 3] === PERCENT) {
    const byte = hex(out, end - 2, end);
    if (byte !== undefined) return { length: 3, bytes: [byte] };
  }
  if (unicode && end - 6 >= fresh && out[end - 6] === PERCENT && out[end - 5] === LETTER_U) {
    const code = hex(out, end - 4, end);
    // Half of a surrogate pair is no character.
    if (code !== undefined && (code < 0xd800 || code > 0xdfff)) {
      return { length: 6, bytes: [...bytesOf(String.fromCharCode(code))].map((byte) => byte.charCodeAt(0)) };
    }
  }
  return undefined;
}

function hex(codes: readonly number[], from: number, to: number): number | undefined {
  let value = 0;
  for (let i = from; i < to; i++) {
    const digit = digitOf(codes[i] ?? 0);
    if (digit < 0) return undefined;
    value = value * 16 + digit;
  }
  return value;
}

function digitOf(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
