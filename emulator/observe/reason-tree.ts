import type { Reason } from '../steering/steering.types.js';

/** What a terminal shows without wrapping. */
const WIDTH = 80;
/** How far a line's continuation stands behind its beginning: farther than what is below it. */
const HANGING = 4;

/** How steps are called where it is not by their own name. */
const NAMES: Readonly<Record<string, string>> = { vantage: 'data center', replica: 'connector' };

/** Steps that belong to one above them: the higher, the deeper. All others stand for themselves. */
const LEVELS: Readonly<Record<string, number>> = {
  pool_set: 1,
  rule: 1,
  session: 1,
  candidates: 1,
  pool: 1,
  shed: 1,
  fallback: 1,
  failover: 1,
  endpoint: 2,
  route: 3,
  path: 3,
  replica: 3,
  attempt: 3,
  fault: 3,
};

/**
 * Reasons as an indented tree, one line a step: what belongs to a step stands below it. Lines are wrapped at the width,
 * but words are not broken.
 *
 * @param indent of the topmost lines
 */
export function renderReasons(reasons: readonly Reason[], indent = 2): string[] {
  const lines: string[] = [];
  const above: number[] = [];
  for (const reason of reasons) {
    const level = LEVELS[reason.step] ?? 0;
    while ((above.at(-1) ?? -1) >= level) above.pop();
    above.push(level);
    lines.push(...wrap(lineOf(reason), indent + 2 * (above.length - 1)));
  }
  return lines;
}

/** One reason in one line. */
export function lineOf({ step, subject, outcome, detail }: Reason): string {
  const name = NAMES[step] ?? step.replaceAll('_', ' ');
  return `${name}${subject === undefined ? '' : ` ${subject}`}: ${outcome.replaceAll('_', ' ')}, ${detail}`;
}

/** One line of a tree, on as many lines as it needs. */
export function wrap(text: string, indent: number): string[] {
  const lines: string[] = [];
  let line = ' '.repeat(indent);
  let empty = true;
  for (const word of printable(text).split(' ')) {
    if (!empty && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = ' '.repeat(indent + HANGING);
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  lines.push(line);
  return lines;
}

/** Clients choose paths and names; a terminal obeys control characters, and a line is a line. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '\u{fffd}');
}
