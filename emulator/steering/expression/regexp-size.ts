/**
 * How many steps the program of a regular expression may have. What one evaluation costs at worst is this times the
 * length of the value, on the way of every request: with 2,000 and some kilobytes it stays below a second.
 */
export const MAX_PATTERN_SIZE = 2_000;

/** More than this is not a count that RE2 takes. */
const MAX_COUNT = 1_000;

/** A class, an escape, a count, a kind of group, a flag group, or one character. */
const TOKEN =
  /\[\^?\]?(?:\[:\^?\w+:\]|\\[\s\S]|[^\]\\])*\]|\\[pPx]\{[^}]*\}|\\[\s\S]|\{(\d+)(,(\d*))?\}|\(\?[imsU-]+\)|\((?:\?(?:P?<\w+>|[imsU-]*:))?|[\s\S]/g;

interface Open {
  /** Of what is complete. */
  done: number;
  /** Of the last part, which a count or sign behind it repeats. */
  last: number;
}

/**
 * About how many steps a pattern takes: each count writes its part that many times, and counts inside counts multiply.
 * Reads the text only, so that it costs nothing to ask of a pattern that would be too large to compile.
 */
export function patternSize(pattern: string): number {
  let open: Open = { done: 0, last: 0 };
  const outer: Open[] = [];
  const part = (size: number): void => {
    open.done += open.last;
    open.last = size;
  };
  for (const { 0: token, 1: least, 2: comma, 3: most } of pattern.matchAll(TOKEN)) {
    if (least !== undefined) {
      const from = Math.min(Number(least), MAX_COUNT);
      const more = most ? Math.max(0, Math.min(Number(most), MAX_COUNT) - from) : comma === undefined ? 0 : 1;
      // Each copy that may be left out costs a step more.
      open.last = Math.max(1, from * open.last + more * (open.last + 1));
    } else if (token === '*' || token === '+' || token === '?') {
      open.last++;
    } else if (token === '|') {
      part(1);
      part(0);
    } else if (token.startsWith('(')) {
      if (token.startsWith('(?') && token.endsWith(')')) continue;
      outer.push(open);
      open = { done: 0, last: 0 };
    } else if (token === ')') {
      const size = open.done + open.last + 2;
      open = outer.pop() ?? open;
      part(size);
    } else {
      part(1);
    }
  }
  return outer.reduce((size, { done, last }) => size + done + last, open.done + open.last);
}
