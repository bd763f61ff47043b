import { describe, expect, test } from 'vitest';
import { parseHostAndPort, parseSeed } from './options.js';

describe('HOST:PORT', () => {
  test.each([
    ['127.0.0.1:9001', { host: '127.0.0.1', port: 9001 }],
    ['localhost:0', { host: 'localhost', port: 0 }],
    ['[::1]:80', { host: '::1', port: 80 }],
  ])('%s', (text, expected) => expect(parseHostAndPort(text)).toEqual(expected));

  test.each(['9001', ':9001', '::1:80', 'localhost', 'localhost:65536', 'http://localhost:1', ''])(
    '%s is none',
    (text) => {
      expect(() => parseHostAndPort(text)).toThrow('must be HOST:PORT');
    },
  );
});

test('a seed that is a whole number is a number', () => {
  expect(parseSeed('7')).toBe(7);
  expect(parseSeed('seven')).toBe('seven');
  expect(parseSeed('99999999999999999999')).toBe('99999999999999999999');
});
