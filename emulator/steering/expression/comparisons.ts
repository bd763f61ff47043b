import { covers, type IpAddress } from '../../network/ip-address.js';
import type { Comparison, IntegerRange, IpRange, ListItem, Literal, OrderOperator, StringOperator } from './ast.js';
import { bytesOf } from './bytes.js';
import type { ExpressionError, Refuse } from './expression-error.js';
import { compareIps } from './literals.js';
import { compilePattern } from './regexp.js';
import type { Type, Value } from './types.js';
import { wildcardMatcher, wildcardPieces } from './wildcard.js';

/** Whether a value, which is not missing and has the type that was checked, fulfils the comparison. */
export type Test = (value: Value) => boolean;

const LITERAL_TYPES = {
  string: 'String',
  integer: 'Integer',
  integer_range: 'Integer',
  ip: 'IP address',
  ip_range: 'IP address',
  cidr: 'IP address',
} as const satisfies Record<ListItem['kind'], Type>;

/**
 * Checks a comparison of a value of type `type`, and compiles it (docs/reference/load-balancing.md 8.3).
 *
 * @throws ExpressionError
 */
export function compileComparison(comparison: Comparison, type: Type, refuse: Refuse): Test {
  const { operator, operatorSpan } = comparison;
  if (type === 'Boolean') {
    const fix = 'a Boolean is a condition by itself: write it alone, or with not in front';
    throw refuse(operatorSpan, `${operator} cannot compare a Boolean`, fix);
  }
  if (type !== 'String' && type !== 'Integer' && type !== 'IP address') {
    const fix = type.startsWith('Map')
      ? 'name a key, and compare each of its values: any(FIELD["key"][*] == "...")'
      : 'compare each item: any(FIELD[*] == ...), or one: FIELD[0]';
    throw refuse(comparison.left, `${operator} cannot compare a value of type ${type}`, fix);
  }
  if (comparison.operator === 'in') return membership(comparison, type, refuse);
  const { right } = comparison;
  switch (comparison.operator) {
    case 'contains':
    case 'matches':
    case 'wildcard':
    case 'strict wildcard':
      if (type !== 'String') {
        const fix = 'compare numbers with eq, ne, lt, le, gt, ge, in; addresses with eq, ne, in';
        throw refuse(operatorSpan, `${operator} compares strings, and this is of type ${type}`, fix);
      }
      return ofStrings(comparison.operator, literalOf(right, type, refuse).value as string, right, refuse);
    case 'eq':
    case 'ne':
      return equality(literalOf(right, type, refuse), comparison.operator === 'eq');
    default:
      if (type === 'IP address') {
        throw refuse(operatorSpan, 'IP addresses have no order', 'use in {192.0.2.1..192.0.2.9}, or a CIDR in braces');
      }
      return ordering(comparison.operator, literalOf(right, type, refuse).value as string | number);
  }
}

type Constant = { readonly value: string | number } | { readonly value: IpAddress; readonly isIp: true };

function literalOf(literal: Literal, type: Type, refuse: Refuse): Constant {
  if (LITERAL_TYPES[literal.kind] !== type) throw wrongType(literal, type, refuse);
  switch (literal.kind) {
    case 'string':
      return { value: literal.value };
    case 'integer':
      return { value: literal.value };
    case 'ip':
      return { value: literal.ip, isIp: true };
  }
}

function wrongType(item: ListItem, type: Type, refuse: Refuse): ExpressionError {
  const fix = {
    String: 'write the value in double quotes',
    Integer: 'write a whole number without quotes',
    'IP address': 'write an address without quotes, such as 192.0.2.1',
  }[type as 'String' | 'Integer' | 'IP address'];
  return refuse(item, `a value of type ${type} is compared with one of type ${LITERAL_TYPES[item.kind]}`, fix);
}

function equality(constant: Constant, wanted: boolean): Test {
  if ('isIp' in constant) {
    // Texts are in one form, so that equal addresses have equal texts.
    const { text } = constant.value;
    return (value) => ((value as IpAddress).text === text) === wanted;
  }
  const expected = typeof constant.value === 'string' ? bytesOf(constant.value) : constant.value;
  return (value) => (value === expected) === wanted;
}

function ordering(operator: Exclude<OrderOperator, 'eq' | 'ne'>, constant: string | number): Test {
  // Strings are bytes, so that this is the order of bytes.
  const bound = (typeof constant === 'string' ? bytesOf(constant) : constant) as number;
  switch (operator) {
    case 'lt':
      return (value) => (value as number) < bound;
    case 'le':
      return (value) => (value as number) <= bound;
    case 'gt':
      return (value) => (value as number) > bound;
    case 'ge':
      return (value) => (value as number) >= bound;
  }
}

function ofStrings(operator: StringOperator, text: string, literal: Literal, refuse: Refuse): Test {
  switch (operator) {
    case 'contains': {
      const part = bytesOf(text);
      return (value) => (value as string).includes(part);
    }
    case 'matches': {
      const matches = compilePattern(text);
      if (typeof matches !== 'function') throw refuse(literal, matches.problem, matches.fix);
      return (value) => matches(value as string);
    }
    case 'wildcard':
    case 'strict wildcard': {
      const pieces = wildcardPieces(bytesOf(text));
      if ('problem' in pieces) throw refuse(literal, pieces.problem, pieces.fix);
      const matches = wildcardMatcher(pieces, operator === 'wildcard');
      return (value) => matches(value as string);
    }
  }
}

function membership(comparison: Extract<Comparison, { operator: 'in' }>, type: Type, refuse: Refuse): Test {
  const { list, listSpan } = comparison;
  if (list.length === 0) throw refuse(listSpan, 'the list is empty', 'write at least one value in the braces');
  const other = list.find((item) => LITERAL_TYPES[item.kind] !== type);
  if (other) throw wrongType(other, type, refuse);
  if (type === 'IP address') return inAddresses(list);
  const values = new Set<Value>();
  const ranges: IntegerRange[] = [];
  for (const item of list) {
    if (item.kind === 'string') values.add(bytesOf(item.value));
    else if (item.kind === 'integer') values.add(item.value);
    else if (item.kind === 'integer_range') ranges.push(item);
  }
  if (ranges.length === 0) return (value) => values.has(value);
  return (value) =>
    values.has(value) || ranges.some(({ from, to }) => (value as number) >= from && (value as number) <= to);
}

function inAddresses(list: readonly ListItem[]): Test {
  const single = new Set<string>();
  const others: ((ip: IpAddress) => boolean)[] = [];
  for (const item of list) {
    if (item.kind === 'ip') single.add(item.ip.text);
    else if (item.kind === 'cidr') others.push((ip) => covers(item.cidr, ip));
    else if (item.kind === 'ip_range') others.push((ip) => within(item, ip));
  }
  return (value) => {
    const ip = value as IpAddress;
    return single.has(ip.text) || others.some((holds) => holds(ip));
  };
}

function within({ from, to }: IpRange, ip: IpAddress): boolean {
  return ip.family === from.family && compareIps(from, ip) <= 0 && compareIps(ip, to) <= 0;
}
