import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { urlDecode } from './url-decode.js';

const ONCE = { repeatedly: false, unicode: false };
const REPEATEDLY = { repeatedly: true, unicode: false };

describe('url_decode', () => {
  test.each([
    ['a%20b+c', 'a b c'],
    ['%E4%BD', '\u00e4\u00bd'],
    ['%2520', '%20'],
    ['%2B', '+'],
    ['%', '%'],
    ['%4', '%4'],
    ['%zz%41', '%zzA'],
    ['%%34%31', '%41'],
    ['%u2601', '%u2601'],
  ])('%s is %s', (value, expected) => {
    expect(urlDecode(value, ONCE)).toBe(expected);
  });

  test.each([
    ['%2520', ' '],
    ['%25252541', 'A'],
    ['%%34%31', 'A'],
    ['%252B', ' '],
    ['%25', '%'],
  ])('repeatedly, %s is %s', (value, expected) => {
    expect(urlDecode(value, REPEATEDLY)).toBe(expected);
  });

  test.each([
    ['%u2601', '\u00e2\u0098\u0081'],
    ['%u0041%41', 'AA'],
    ['%uD83D', '%uD83D'],
    ['%u12', '%u12'],
  ])('with u, %s is %s', (value, expected) => {
    expect(urlDecode(value, { repeatedly: false, unicode: true })).toBe(expected);
  });

  test('repeatedly is what decoding again and again comes to', () => {
    const parts = fc.array(fc.constantFrom('%', '2', '5', '4', '1', '%25', '%2', '+', 'u', '0', '%u00'), {
      maxLength: 14,
    });
    fc.assert(
      fc.property(parts, fc.boolean(), (list, unicode) => {
        let expected = list.join('');
        for (let before = ''; before !== expected; ) {
          before = expected;
          expected = urlDecode(expected, { repeatedly: false, unicode });
        }
        expect(urlDecode(list.join(''), { repeatedly: true, unicode })).toBe(expected);
      }),
      { numRuns: 1000 },
    );
  });

  test('nested a hundred thousand times, it still ends', () => {
    expect(urlDecode(`%${'25'.repeat(100_000)}41`, REPEATEDLY)).toBe('A');
    expect(urlDecode(`${'%3'.repeat(100_000)}%35`, REPEATEDLY)).toBe('5');
  });
});
