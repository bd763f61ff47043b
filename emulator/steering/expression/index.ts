import { compileCondition } from './check.js';
import { refuser } from './expression-error.js';
import type { FieldValues } from './field-values.js';
import { parseExpression } from './parser.js';
import { printNode } from './print.js';

export { bytesOf } from './bytes.js';
export { ExpressionError } from './expression-error.js';
export { type FieldValues, fieldValues } from './field-values.js';

/** A condition of a custom rule, checked and compiled (docs/reference/load-balancing.md section 8). */
export interface Expression {
  /** As it was written. */
  readonly text: string;
  /** True when the condition holds. A comparison with a missing value is false. */
  matches(fields: FieldValues): boolean;
}

/**
 * Reads, checks and compiles an expression, which must be a condition. An empty one is refused: whoever lets it mean
 * `always` does not ask.
 *
 * @throws ExpressionError with the place of what is wrong
 */
export function compileExpression(text: string): Expression {
  return { text, matches: compileCondition(parseExpression(text), refuser(text)) };
}

/**
 * The one canonical form of an expression: operators as words, no parentheses that are not needed.
 *
 * @throws ExpressionError when it cannot be read; names and types are not checked
 */
export function printExpression(text: string): string {
  return printNode(parseExpression(text));
}
