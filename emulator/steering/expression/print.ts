import type { Argument, ListItem, Node } from './ast.js';
import { PRECEDENCE } from './parser.js';

/**
 * An expression in its one canonical form: operators as words, one space, no parentheses that are not needed. Read
 * again, it means the same.
 */
export function printNode(node: Node): string {
  switch (node.kind) {
    case 'field':
      return node.name;
    case 'index':
      return `${printNode(node.base)}[${node.index === '*' ? '*' : printArgument(node.index)}]`;
    case 'call':
      return `${node.name}(${node.arguments.map(printArgument).join(', ')})`;
    case 'not':
      return `not ${node.operand.kind === 'logical' ? `(${printNode(node.operand)})` : printNode(node.operand)}`;
    case 'logical':
      return node.operands
        .map((operand) =>
          operand.kind === 'logical' && PRECEDENCE[operand.operator] < PRECEDENCE[node.operator]
            ? `(${printNode(operand)})`
            : printNode(operand),
        )
        .join(` ${node.operator} `);
    case 'comparison': {
      const left = printNode(node.left);
      if (node.operator === 'in') return `${left} in {${node.list.map(printLiteral).join(' ')}}`;
      const { right } = node;
      const isPattern = node.operator === 'matches' && right.kind === 'string';
      return `${left} ${node.operator} ${isPattern ? printPattern(right.value) : printLiteral(right)}`;
    }
  }
}

function printArgument(argument: Argument): string {
  return argument.kind === 'string' || argument.kind === 'integer' ? printLiteral(argument) : printNode(argument);
}

function printLiteral(literal: ListItem): string {
  switch (literal.kind) {
    case 'string':
      return printString(literal.value);
    case 'integer':
      return String(literal.value);
    case 'ip':
      return literal.ip.text;
    case 'integer_range':
      return `${literal.from}..${literal.to}`;
    case 'ip_range':
      return `${literal.from.text}..${literal.to.text}`;
    case 'cidr':
      return literal.text;
  }
}

function printString(value: string): string {
  return isBetterRaw(value) ? `r"${value}"` : `"${value.replace(/[\\"]/g, '\\$&')}"`;
}

/** In a quoted pattern only the quote is escaped, unless the pattern does so itself. */
function printPattern(pattern: string): string {
  if (isBetterRaw(pattern)) return `r"${pattern}"`;
  return `"${pattern.replace(/\\[\s\S]|"/g, (part) => (part === '"' ? '\\"' : part))}"`;
}

function isBetterRaw(value: string): boolean {
  return value.includes('\\') && !value.includes('"');
}
