/** One reply of a mail server: the code of its last line, and that line's text. */
export interface SmtpReply {
  readonly code: number;
  readonly text: string;
  /** What came behind it. */
  readonly rest: string;
}

/** Longer than any reply to HELO or QUIT; whoever sends more does not speak SMTP. */
const MAX_REPLY = 16 * 1024;
/** `250-more follows`, `250 the last line` (RFC 5321 4.2). */
const LINE = /^(\d{3})(?:([ -])(.*))?$/;

/**
 * Reads the first reply of what has come so far. undefined: it is not complete yet. `invalid`: it never will be.
 */
export function readReply(text: string): SmtpReply | 'invalid' | undefined {
  let from = 0;
  for (;;) {
    const end = text.indexOf('\n', from);
    if (end === -1) return text.length > MAX_REPLY ? 'invalid' : undefined;
    const line = LINE.exec(text.slice(from, end).replace(/\r$/, ''));
    if (!line) return 'invalid';
    from = end + 1;
    if (from > MAX_REPLY) return 'invalid';
    if (line[2] !== '-') return { code: Number(line[1]), text: line[3] ?? '', rest: text.slice(from) };
  }
}
