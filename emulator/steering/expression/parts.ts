import type { LogicalOperator } from './ast.js';
import type { Span } from './expression-error.js';
import type { FieldValues } from './field-values.js';
import type { Evaluate } from './functions.js';
import { arrayOf, type Single, type Type, type Value } from './types.js';

/** A part of an expression, checked and compiled. */
export type Part = Whole | Each;

export interface Whole {
  readonly kind: 'whole';
  readonly type: Type;
  readonly evaluate: Evaluate;
}

/**
 * What is computed for each item of an array. It is kept apart until somebody asks for the result, so that `any`
 * can stop early and no array in between is made.
 */
export interface Each {
  readonly kind: 'each';
  /** Of one result. */
  readonly type: Type;
  /** The array, and its canonical text: `[*]` may be used on one array at a time. */
  readonly array: Evaluate;
  readonly key: string;
  readonly item: (item: Single, fields: FieldValues) => Value | undefined;
  /** True after `[*]`: the next comparison or function is applied to each item. False: the results are an array. */
  readonly unpacked: boolean;
  /** Where the `[*]` is. */
  readonly star: Span;
}

/** A function or comparison of a part: of its value, or of each item. */
export function applied(part: Part, type: Type, apply: (value: Value, fields: FieldValues) => Value | undefined): Part {
  if (part.kind === 'whole') {
    const { evaluate } = part;
    const evaluateBoth: Evaluate = (fields) => {
      const value = evaluate(fields);
      return value === undefined ? undefined : apply(value, fields);
    };
    return { kind: 'whole', type, evaluate: evaluateBoth };
  }
  const { item } = part;
  return {
    ...part,
    type,
    unpacked: false,
    item: (each, fields) => {
      const value = item(each, fields);
      return value === undefined ? undefined : apply(value, fields);
    },
  };
}

/** The results as one array. Items without a result are left out. */
export function packed(part: Part): Whole {
  if (part.kind === 'whole') return part;
  const { array, item, type } = part;
  const evaluate: Evaluate = (fields) => {
    const items = array(fields) as readonly Single[] | undefined;
    return items?.flatMap((value) => {
      const result = item(value, fields);
      return result === undefined ? [] : [result as Single];
    });
  };
  return { kind: 'whole', type: arrayOf(type) ?? type, evaluate };
}

type Operand<A, B> = (first: A, second: B) => Value | undefined;

/** Conditions joined by one operator. They get what the result gets: a request's fields, or an item and them. */
export function joined<A, B>(
  operator: LogicalOperator,
  operands: readonly Operand<A, B>[],
): (first: A, second: B) => boolean {
  switch (operator) {
    case 'and':
      return (first, second) => {
        for (const operand of operands) if (operand(first, second) !== true) return false;
        return true;
      };
    case 'or':
      return (first, second) => {
        for (const operand of operands) if (operand(first, second) === true) return true;
        return false;
      };
    case 'xor':
      return (first, second) => {
        let result = false;
        for (const operand of operands) if (operand(first, second) === true) result = !result;
        return result;
      };
  }
}
