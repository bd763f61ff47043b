import { commonBits, type IpAddress, parseCidr, parseIp } from '../../network/ip-address.js';
import type { ListItem } from './ast.js';
import type { ExpressionError, Refuse, Span } from './expression-error.js';

const INTEGER = /^-?\d+$/;

/** Reads a literal that has no quotes: an integer, an IP address, a range of either, a CIDR (docs/reference/load-balancing.md 8.3). */
export function parseBareLiteral(text: string, span: Span, refuse: Refuse): ListItem {
  const dots = text.indexOf('..');
  if (dots >= 0) return range(text.slice(0, dots), text.slice(dots + 2), text, span, refuse);
  if (INTEGER.test(text)) return { kind: 'integer', value: integer(text, span, refuse), ...place(span) };
  if (text.includes('/')) {
    const cidr = parseCidr(text);
    const ip = parseIp(text.slice(0, text.indexOf('/')));
    if (cidr && ip) return { kind: 'cidr', cidr, text: `${ip.text}/${cidr.bits}`, ...place(span) };
  }
  const ip = parseIp(text);
  if (ip) return { kind: 'ip', ip, ...place(span) };
  throw refuse(span, `"${text}" is not a value`, meant(text));
}

function range(first: string, last: string, text: string, span: Span, refuse: Refuse): ListItem {
  if (INTEGER.test(first) && INTEGER.test(last)) {
    const [from, to] = [integer(first, span, refuse), integer(last, span, refuse)];
    if (from > to) throw backwards(text, span, refuse);
    return { kind: 'integer_range', from, to, ...place(span) };
  }
  const [from, to] = [parseIp(first), parseIp(last)];
  if (!from || !to || from.family !== to.family) {
    throw refuse(span, `"${text}" is not a range`, 'write 1..5, or two addresses of one family: 192.0.2.1..192.0.2.9');
  }
  if (compareIps(from, to) > 0) throw backwards(text, span, refuse);
  return { kind: 'ip_range', from, to, ...place(span) };
}

function backwards(text: string, span: Span, refuse: Refuse): ExpressionError {
  return refuse(span, `the range ${text} ends before it begins`, 'put the smaller one first');
}

function integer(text: string, span: Span, refuse: Refuse): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw refuse(span, `${text} is too large a number`, 'use a smaller one');
  return value;
}

function place({ start, end }: Span): Span {
  return { start, end };
}

function meant(text: string): string {
  if (text.startsWith("'")) return 'strings stand in double quotes';
  if (text.startsWith('$'))
    return 'write the values out: in {...}; named lists are not supported in load balancer rules';
  return 'the right side of a comparison is a literal: a "string", a number, or an address such as 192.0.2.1';
}

/** Below 0, 0 or above 0, as of two addresses of one family the first is smaller, equal or greater. */
export function compareIps(a: IpAddress, b: IpAddress): number {
  const word = commonBits(a.words, b.words, a.words.length * 32) >>> 5;
  return (a.words[word] ?? 0) - (b.words[word] ?? 0);
}
