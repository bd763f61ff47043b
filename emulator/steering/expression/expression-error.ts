import { ColocalError } from '../../../runtime/errors.js';

/** A part of an expression's text: from `start` up to but not including `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** How much of a long line is shown on each side of the place. */
const MARGIN = 60;

/** An expression that is refused: what is wrong, where, and what to do. */
export class ExpressionError extends ColocalError {
  /** Offset of the first character that is wrong, from 0. */
  readonly position: number;
  /** How many characters are wrong; 0 at the text's end. */
  readonly length: number;

  constructor(
    message: string,
    fix: string,
    /** The whole expression. */
    readonly text: string,
    span: Span,
  ) {
    super('EXPRESSION_INVALID', 'user', message, fix, 400);
    this.position = span.start;
    this.length = span.end - span.start;
  }

  /** From 1. */
  get line(): number {
    return this.text.slice(0, this.position).split('\n').length;
  }

  /** From 1, in characters. */
  get column(): number {
    return this.position - this.lineStart + 1;
  }

  /** Two lines: the expression's line with the place, shortened when it is long, and a caret under each wrong character. */
  caret(): string {
    const end = this.text.indexOf('\n', this.position);
    const line = this.text.slice(this.lineStart, end < 0 ? this.text.length : end).replace(/[\t\r]/g, ' ');
    const at = this.position - this.lineStart;
    const width = Math.max(1, Math.min(this.length, line.length - at, MARGIN));
    const from = at > MARGIN ? at - MARGIN : 0;
    const to = Math.min(line.length, at + width + MARGIN);
    const before = from > 0 ? '...' : '';
    const shown = `${before}${line.slice(from, to)}${to < line.length ? '...' : ''}`;
    return `${shown}\n${' '.repeat(before.length + at - from)}${'^'.repeat(width)}`;
  }

  private get lineStart(): number {
    return this.position === 0 ? 0 : this.text.lastIndexOf('\n', this.position - 1) + 1;
  }
}

/** Refuses a part of one expression's text. */
export type Refuse = (span: Span, message: string, fix: string) => ExpressionError;

export function refuser(text: string): Refuse {
  return (span, message, fix) => new ExpressionError(message, fix, text, span);
}
