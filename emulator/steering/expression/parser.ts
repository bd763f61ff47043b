import type {
  Argument,
  Call,
  Comparison,
  Index,
  ListItem,
  Literal,
  Logical,
  LogicalOperator,
  Node,
  OrderOperator,
  StringOperator,
} from './ast.js';
import type { ExpressionError, Span } from './expression-error.js';
import { Lexer, type Token } from './lexer.js';

/** Longest expression, in characters: the documented limit of the rules language. */
export const LONGEST = 4_096;
/** How deep parentheses, `not` and function calls may nest. Far more than anybody reads, and far from the end of the stack. */
export const DEEPEST = 100;

/** A higher one binds tighter (docs/reference/load-balancing.md 8.3); `not` binds tightest. */
export const PRECEDENCE: Readonly<Record<LogicalOperator, number>> = { or: 1, xor: 2, and: 3 };

const LOGICAL: ReadonlyMap<string, LogicalOperator> = new Map([
  ['and', 'and'],
  ['&&', 'and'],
  ['xor', 'xor'],
  ['^^', 'xor'],
  ['or', 'or'],
  ['||', 'or'],
]);

const COMPARISON: ReadonlyMap<string, OrderOperator | StringOperator | 'in' | 'strict'> = new Map([
  ...(['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'contains', 'matches', 'wildcard', 'in', 'strict'] as const).map(
    (word) => [word, word] as const,
  ),
  ['==', 'eq'],
  ['!=', 'ne'],
  ['<', 'lt'],
  ['<=', 'le'],
  ['>', 'gt'],
  ['>=', 'ge'],
  ['~', 'matches'],
]);

const WORDS = new Set([...LOGICAL.keys(), ...COMPARISON.keys(), 'not']);

/**
 * Reads an expression; whether its fields, functions and types exist is for the check to say.
 *
 * @throws ExpressionError
 */
export function parseExpression(text: string): Node {
  const parser = new Parser(text);
  return parser.whole();
}

class Parser {
  private readonly lexer: Lexer;
  private depth = 0;

  constructor(private readonly text: string) {
    this.lexer = new Lexer(text);
  }

  whole(): Node {
    const { length } = this.text;
    if (length > LONGEST) {
      const message = `the expression has ${length} characters, more than the ${LONGEST} that are allowed`;
      throw this.refuse({ start: LONGEST, end: length }, message, 'split the rule into several');
    }
    if (this.lexer.peek().kind === 'end') {
      const fix =
        'write a condition such as http.request.uri.path contains "/blog"; leave the condition out for always';
      throw this.refuse({ start: 0, end: 0 }, 'the expression is empty', fix);
    }
    const node = this.logical(PRECEDENCE.or);
    const rest = this.lexer.peek();
    if (rest.kind !== 'end') throw this.unexpected(rest);
    return node;
  }

  /** Operators that bind at least as tight as `weakest`. */
  private logical(weakest: number): Node {
    let left = this.unary();
    for (;;) {
      const token = this.lexer.peek();
      const operator = 'text' in token ? LOGICAL.get(token.text) : undefined;
      if (!operator || PRECEDENCE[operator] < weakest) return left;
      this.lexer.take();
      left = chain(operator, left, this.logical(PRECEDENCE[operator] + 1));
    }
  }

  private unary(): Node {
    const token = this.lexer.peek();
    if (this.lexer.skip('not') || this.lexer.skip('!')) {
      const operand = this.nested(token, () => this.unary());
      return { kind: 'not', operand, start: token.start, end: operand.end };
    }
    if (this.lexer.skip('(')) {
      const inner = this.nested(token, () => this.logical(PRECEDENCE.or));
      const { end } = this.expect(')', 'close the parenthesis');
      return { ...inner, start: token.start, end };
    }
    return this.comparison();
  }

  private comparison(): Node {
    const left = this.value();
    const token = this.lexer.peek();
    const operator = 'text' in token ? COMPARISON.get(token.text) : undefined;
    if (!operator) return left;
    this.lexer.take();
    switch (operator) {
      case 'in':
        return this.membership(left, token);
      case 'strict': {
        const { end } = this.expect('wildcard', 'the operator is strict wildcard');
        return this.compare(left, 'strict wildcard', { start: token.start, end });
      }
      default:
        return this.compare(left, operator, token);
    }
  }

  private compare(left: Node, operator: OrderOperator | StringOperator, { start, end }: Span): Comparison {
    const right = this.lexer.literal(operator === 'matches' ? 'regexp' : 'basic');
    if (!isSingle(right)) {
      throw this.refuse(right, `${operator} compares with one value, not with a range`, 'use in {...}');
    }
    return {
      kind: 'comparison',
      left,
      operator,
      operatorSpan: { start, end },
      right,
      start: left.start,
      end: right.end,
    };
  }

  private membership(left: Node, operator: Span): Comparison {
    const [, space = '', found = ''] = /^(\s*)(\{|[^\s(){}]*)/.exec(this.text.slice(operator.end)) ?? [];
    const start = operator.end + space.length;
    const span = { start, end: start + found.length };
    if (found.startsWith('$')) {
      const fix = 'write the values out: in {192.0.2.1 198.51.100.0/24}';
      throw this.refuse(span, 'load balancer rules do not support named lists', fix);
    }
    if (!this.lexer.skipBrace('{')) {
      throw this.refuse(span, 'in needs a list', 'write the values in braces, with spaces between them: in {...}');
    }
    const list: ListItem[] = [];
    for (;;) {
      if (this.lexer.skipBrace('}')) {
        const closing = this.lexer.at;
        const spans = { operatorSpan: operator, listSpan: { start, end: closing }, start: left.start, end: closing };
        return { kind: 'comparison', left, operator: 'in', list, ...spans };
      }
      list.push(this.lexer.literal('basic'));
    }
  }

  /** A field or a call, with its indexes. */
  private value(): Node {
    const token = this.lexer.take();
    if (token.kind !== 'name' || WORDS.has(token.text.toLowerCase())) throw this.unexpected(token);
    let node: Node =
      this.lexer.peek().kind === 'symbol' && this.lexer.skip('(')
        ? this.call(token.text, token)
        : { kind: 'field', name: token.text, start: token.start, end: token.end };
    for (;;) {
      const bracket = this.lexer.peek();
      if (!this.lexer.skip('[')) return node;
      node = this.index(node, bracket);
    }
  }

  private index(base: Node, bracket: Span): Index {
    const token = this.lexer.take();
    const index = indexOf(token);
    if (index === undefined) {
      const fix = 'write [0] for the first item, ["name"] for a key, [*] for each item';
      throw this.refuse(token, 'this is no index', fix);
    }
    const { end } = this.expect(']', 'close the bracket');
    return { kind: 'index', base, index, brackets: { start: bracket.start, end }, start: base.start, end };
  }

  private call(name: string, { start, end: nameEnd }: Span): Call {
    const nameSpan = { start, end: nameEnd };
    const list: Argument[] = [];
    const paren = this.lexer.peek();
    if (!this.lexer.skip(')')) {
      do list.push(this.nested(paren, () => this.argument()));
      while (this.lexer.skip(','));
      const { end } = this.expect(')', 'separate arguments with a comma, and close the call');
      return { kind: 'call', name, nameSpan, arguments: list, start, end };
    }
    return { kind: 'call', name, nameSpan, arguments: list, start, end: paren.end };
  }

  private argument(): Argument {
    const token = this.lexer.peek();
    if (token.kind === 'string' || token.kind === 'integer') {
      this.lexer.take();
      return token;
    }
    return this.logical(PRECEDENCE.or);
  }

  private nested<T>(at: Span, read: () => T): T {
    if (++this.depth > DEEPEST) {
      throw this.refuse(at, `the expression nests deeper than ${DEEPEST} levels`, 'write it flatter');
    }
    const result = read();
    this.depth--;
    return result;
  }

  private expect(text: string, fix: string): Span {
    const token = this.lexer.peek();
    if (this.lexer.skip(text)) return token;
    const found = token.kind === 'end' ? 'the expression ends' : `${this.shown(token)} stands`;
    throw this.refuse(token, `${found} where "${text}" is expected`, fix);
  }

  private unexpected(token: Token): ExpressionError {
    const { refuse } = this.lexer;
    if (token.kind === 'end') {
      return refuse(token, 'the expression ends where a field or function is expected', 'finish it');
    }
    if (token.kind === 'string' || token.kind === 'integer') {
      const fix = 'a comparison begins with a field or function, and the value stands on the right';
      return refuse(token, 'a literal cannot stand here', fix);
    }
    const { text } = token;
    if (text === 'starts_with' || text === 'ends_with') {
      return refuse(token, `${text} is a function, not an operator`, `write ${text}(field, "...")`);
    }
    const lower = text.toLowerCase();
    if (text !== lower && WORDS.has(lower)) {
      return refuse(token, `operators are written in lower case`, `write ${lower} in place of ${text}`);
    }
    const fix = 'a condition is FIELD OPERATOR VALUE; conditions are joined by and, xor, or';
    return refuse(token, `"${text}" cannot stand here`, fix);
  }

  private shown({ start, end }: Span): string {
    const text = this.text.slice(start, end);
    return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}...` : text);
  }

  private refuse(span: Span, message: string, fix: string): ExpressionError {
    return this.lexer.refuse(span, message, fix);
  }
}

function chain(operator: LogicalOperator, left: Node, right: Node): Logical {
  const operands = [left, right].flatMap((node) =>
    node.kind === 'logical' && node.operator === operator ? node.operands : [node],
  );
  return { kind: 'logical', operator, operands, start: left.start, end: right.end };
}

function indexOf(token: Token): Index['index'] | undefined {
  switch (token.kind) {
    case 'string':
      return token;
    case 'integer':
      return token.value >= 0 ? token : undefined;
    default:
      return token.text === '*' ? '*' : undefined;
  }
}

function isSingle(literal: ListItem): literal is Literal {
  return literal.kind === 'string' || literal.kind === 'integer' || literal.kind === 'ip';
}
