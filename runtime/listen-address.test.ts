import { expect, test } from 'vitest';
import { overlap } from './listen-address.js';

/** `HOST:PORT`, IPv6 in brackets. */
const read = (text: string) => {
  const [, host = '', port] = /^\[?([^\]]+?)\]?:(\d+)$/.exec(text) ?? [];
  return { host, port: Number(port) };
};

const overlapping = (a: string, b: string): boolean => {
  const [one, other] = [read(a), read(b)];
  expect(overlap(other, one)).toBe(overlap(one, other));
  return overlap(one, other);
};

test.each([
  ['127.0.0.1:5432', '127.0.0.1:5432'],
  ['127.0.0.1:5432', '0.0.0.0:5432'],
  ['0.0.0.0:5432', '[::]:5432'],
  ['127.0.0.1:5432', '[::]:5432'],
  ['[::1]:5432', '[::]:5432'],
  ['[::1]:5432', '[0:0:0:0:0:0:0:1]:5432'],
  ['[::ffff:127.0.0.1]:5432', '127.0.0.1:5432'],
  ['localhost:5432', 'LOCALHOST:5432'],
  ['localhost:5432', '[::]:5432'],
])('%s and %s cannot both be listened at', (a, b) => {
  expect(overlapping(a, b)).toBe(true);
});

test.each([
  ['127.0.0.1:5432', '127.0.0.1:5433'],
  ['127.0.0.1:5432', '127.0.0.2:5432'],
  ['0.0.0.0:5432', '[::1]:5432'],
  ['0.0.0.0:5432', '0.0.0.0:5433'],
  ['127.0.0.1:0', '127.0.0.1:0'],
  ['0.0.0.0:0', '[::]:0'],
])('%s and %s can', (a, b) => {
  expect(overlapping(a, b)).toBe(false);
});
