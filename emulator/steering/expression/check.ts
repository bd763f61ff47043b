import type { Argument, Call, Comparison, Index, Logical, Node, Not } from './ast.js';
import { bytesOf, lowerCase } from './bytes.js';
import { compileComparison } from './comparisons.js';
import type { ExpressionError, Refuse, Span } from './expression-error.js';
import type { FieldValues } from './field-values.js';
import { FIELDS, insteadOfField, whyNoField } from './fields.js';
import {
  type Evaluate,
  FUNCTION_NAMES,
  FUNCTIONS,
  type FunctionDefinition,
  type Parameter,
  whyNoFunction,
} from './functions.js';
import { applied, type Each, joined, type Part, packed, type Whole } from './parts.js';
import { printNode } from './print.js';
import { itemType, type Single, type Type } from './types.js';

/**
 * Checks the names and types of an expression, and compiles it.
 *
 * @returns whether the condition holds; a missing value does not
 * @throws ExpressionError
 */
export function compileCondition(node: Node, refuse: Refuse): (fields: FieldValues) => boolean {
  const part = new Check(refuse).part(node);
  if (part.kind === 'each') throw outside(part, refuse);
  if (part.type !== 'Boolean') throw notACondition(part.type, node, refuse);
  const { evaluate } = part;
  return (fields) => evaluate(fields) === true;
}

class Check {
  constructor(private readonly refuse: Refuse) {}

  part(node: Node): Part {
    switch (node.kind) {
      case 'field': {
        const field = FIELDS.get(node.name);
        if (!field) throw this.refuse(node, whyNoField(node.name), insteadOfField(node.name));
        return { kind: 'whole', type: field.type, evaluate: field.read };
      }
      case 'index':
        return this.index(node);
      case 'call':
        return node.name === 'any' || node.name === 'all' ? this.quantifier(node) : this.call(node);
      case 'comparison':
        return this.comparison(node);
      case 'not':
        return this.not(node);
      case 'logical':
        return this.logical(node);
    }
  }

  private index({ base, index, brackets }: Index): Part {
    const part = this.part(base);
    if (part.kind === 'each' && part.unpacked) {
      throw this.refuse(brackets, 'an item that [*] unpacked has no index', 'remove one of the brackets');
    }
    const whole = packed(part);
    const { type, evaluate } = whole;
    if (index !== '*' && index.kind === 'string') {
      if (type !== 'Map<Array<String>>') throw this.noIndex(type, brackets);
      const key = bytesOf(index.value);
      if (base.kind === 'field' && base.name === 'http.request.headers' && key !== lowerCase(key)) {
        throw this.refuse(index, 'names of headers are in lower case here', `write "${lowerCase(key)}"`);
      }
      const read = (fields: FieldValues) => (evaluate(fields) as ReadonlyMap<string, readonly string[]>).get(key);
      return { kind: 'whole', type: 'Array<String>', evaluate: read };
    }
    const item = itemType(type);
    if (item === undefined) throw this.noIndex(type, brackets);
    if (index === '*') {
      if (part.kind === 'each') return { ...part, unpacked: true };
      const key = printNode(base);
      return { kind: 'each', type: item, array: evaluate, key, item: identity, unpacked: true, star: brackets };
    }
    const { value } = index;
    const read = (fields: FieldValues) => (evaluate(fields) as readonly Single[] | undefined)?.[value];
    return { kind: 'whole', type: item, evaluate: read };
  }

  private noIndex(type: Type, brackets: Span): ExpressionError {
    const fix = type.startsWith('Map')
      ? 'name a key in quotes: ["content-type"]'
      : type.startsWith('Array')
        ? 'items have numbers from 0: [0], or [*] for each'
        : 'remove the brackets';
    return this.refuse(brackets, `a value of type ${type} has no such index`, fix);
  }

  private comparison(node: Comparison): Part {
    const left = this.part(node.left);
    if (left.kind === 'each' && !left.unpacked) {
      const fix = 'put [*] behind the function as well: any(lower(FIELD[*])[*] == "...")';
      throw this.refuse(node.left, `${node.operator} cannot compare an array`, fix);
    }
    const test = compileComparison(node, left.type, this.refuse);
    return applied(left, 'Boolean', (value) => test(value));
  }

  private not({ operand }: Not): Part {
    const part = this.boolean(operand);
    if (part.kind === 'each') {
      const { item } = part;
      return { ...part, item: (value, fields) => item(value, fields) !== true };
    }
    const { evaluate } = part;
    return { ...part, evaluate: (fields) => evaluate(fields) !== true };
  }

  private logical({ operator, operands }: Logical): Part {
    const parts = operands.map((operand) => this.boolean(operand));
    const each = parts.filter((part) => part.kind === 'each');
    const [first] = each;
    if (!first) {
      const test = joined(
        operator,
        parts.map((part) => packed(part).evaluate),
      );
      return { kind: 'whole', type: 'Boolean', evaluate: (fields) => test(fields, undefined) };
    }
    if (each.length < parts.length) {
      const fix = 'close any(...) or all(...) before the other condition';
      throw this.refuse(first.star, `${operator} joins conditions on each item with one on the whole request`, fix);
    }
    const other = each.find(({ key }) => key !== first.key);
    if (other) {
      const message = `[*] unpacks two arrays at once: ${first.key} and ${other.key}`;
      throw this.refuse(other.star, message, 'use one any(...) or all(...) for each array');
    }
    return {
      ...first,
      item: joined(
        operator,
        each.map(({ item }) => item),
      ),
    };
  }

  /** A part that is a condition, of the request or of each item. */
  private boolean(node: Node): Part {
    const part = this.part(node);
    if (part.type !== 'Boolean') throw notACondition(part.type, node, this.refuse);
    return part;
  }

  /** `any` and `all`. */
  private quantifier(node: Call): Whole {
    const { name, arguments: list } = node;
    const fix = `write a comparison of each item: ${name}(FIELD[*] == "...")`;
    const [argument] = list;
    if (!argument || list.length !== 1) throw this.refuse(node, `${name}() takes one argument`, fix);
    const part = isLiteral(argument) ? undefined : this.part(argument);
    if (part?.kind !== 'each' || part.type !== 'Boolean') {
      throw this.refuse(argument, `${name}() takes conditions on each item of an array`, fix);
    }
    const { array, item } = part;
    const found = name === 'any';
    const evaluate: Evaluate = (fields) => {
      const items = array(fields) as readonly Single[] | undefined;
      if (items === undefined) return undefined;
      for (const value of items) if ((item(value, fields) === true) === found) return found;
      return !found;
    };
    return { kind: 'whole', type: 'Boolean', evaluate };
  }

  private call(node: Call): Part {
    const definition = FUNCTIONS.get(node.name);
    if (!definition) {
      const fix = `the functions are ${FUNCTION_NAMES.join(', ')}`;
      throw this.refuse(node.nameSpan, whyNoFunction(node.name), fix);
    }
    this.count(node, definition);
    const { parameters } = definition;
    const parts = node.arguments.map((argument, i) =>
      this.argument(node, argument, i, parameters[i] ?? parameters.at(-1)),
    );
    const [first, ...further] = parts;
    if (!first) throw this.refuse(node, `${node.name}() needs an argument`, 'name a field');
    const bound = definition.bind(further.map((part) => packed(part).evaluate));
    if (definition.repeats) {
      const { type } = first;
      further.forEach((part, i) => {
        if (part.type === type) return;
        const message = `${node.name}() joins values of one type, and here are ${type} and ${part.type}`;
        throw this.refuse(node.arguments[i + 1] ?? node, message, 'use strings only, or arrays only');
      });
    }
    return applied(first, definition.result(first.type), bound);
  }

  private count(node: Call, { parameters, repeats }: FunctionDefinition): void {
    const least = parameters.filter(({ optional }) => !optional).length;
    const most = repeats ? Number.POSITIVE_INFINITY : parameters.length;
    const given = node.arguments.length;
    if (given >= least && given <= most) return;
    const wanted = repeats ? `${least} or more` : least === most ? String(least) : `${least} or ${most}`;
    const message = `${node.name}() takes ${wanted} argument${wanted === '1' ? '' : 's'}, and here are ${given}`;
    throw this.refuse(node, message, given < least ? 'add what is missing' : 'remove what is too much');
  }

  private argument(call: Call, argument: Argument, at: number, parameter: Parameter | undefined): Part {
    const types = parameter?.types ?? [];
    const literal = parameter?.literal;
    const part = isLiteral(argument) ? literalPart(argument) : this.part(argument);
    const which = `argument ${at + 1} of ${call.name}()`;
    if (part.kind === 'each' && part.unpacked && at > 0) {
      const fix = 'use [*] in the first argument of a function only';
      throw this.refuse(part.star, `${which} cannot be unpacked`, fix);
    }
    const type = part.kind === 'each' && !part.unpacked ? packed(part).type : part.type;
    if (!types.includes(type)) {
      const fix =
        itemType(type) === types[0]
          ? 'apply it to each item: put [*] behind the array'
          : `its type is ${types.join(' or ')}`;
      throw this.refuse(argument, `${which} is of type ${type}`, fix);
    }
    if (literal === 'refused' && isLiteral(argument)) {
      throw this.refuse(argument, `${which} cannot be a literal`, 'name a field, or a function of one');
    }
    if (Array.isArray(literal) && !(argument.kind === 'string' && literal.includes(argument.value))) {
      const fix = `write one of ${literal.map((option) => `"${option}"`).join(', ')}`;
      throw this.refuse(argument, `${which} is none of its options`, fix);
    }
    return part.kind === 'each' && !part.unpacked ? packed(part) : part;
  }
}

function literalPart(literal: Extract<Argument, { kind: 'string' | 'integer' }>): Whole {
  const value = literal.kind === 'string' ? bytesOf(literal.value) : literal.value;
  return { kind: 'whole', type: literal.kind === 'string' ? 'String' : 'Integer', evaluate: () => value };
}

function isLiteral(argument: Argument): argument is Extract<Argument, { kind: 'string' | 'integer' }> {
  return argument.kind === 'string' || argument.kind === 'integer';
}

function identity(item: Single): Single {
  return item;
}

function outside({ star }: Each, refuse: Refuse): ExpressionError {
  return refuse(star, '[*] stands outside of any() and all()', 'write any(FIELD[*] == "...") or all(...)');
}

function notACondition(type: Type, node: Node, refuse: Refuse): ExpressionError {
  return refuse(
    node,
    `a condition is needed, and this is of type ${type}`,
    'compare it with a value, such as == "..."',
  );
}
