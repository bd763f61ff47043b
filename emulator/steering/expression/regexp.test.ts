import { RE2JS } from 're2js';
import { describe, expect, test } from 'vitest';
import { holds, refusal } from './expression.fixture.js';
import { compilePattern } from './regexp.js';
import { patternSize } from './regexp-size.js';

const inText = (pattern: string, path: string): boolean =>
  holds(`http.request.uri matches r###"${pattern}"###`, { path });

describe('regular expressions', () => {
  test.each([
    ['^/a', '/abc', true],
    ['b$', '/abc', false],
    ['(?i)ABC', '/abc', true],
    ['(?i:AB)c', '/abc', true],
    ['(?P<x>b)', '/abc', true],
    ['(?<x>b)', '/abc', true],
    ['(?:b|c)+', '/abc', true],
    ['a{1,2}b{1}c{0,}', '/abc', true],
    ['[[:alpha:]]+', '/abc', true],
    ['[^[:^alpha:]/]', '/a', true],
    ['[]a]', '/]', true],
    ['[^]a/]', '/]', false],
    ['[a\\-z&~-]', '/-', true],
    ['\\x{62}', '/abc', true],
    ['\\{', '/{', true],
    ['}', '/}', true],
    ['\\p{L}', '/\u0416', true],
    ['[^\\p{Greek}/]', '/\u03b1', false],
    ['^/.$', '/\u0416', true],
    ['^/.$', Buffer.from('/\u00e9').toString('latin1'), true],
    ['\\[\\[', '/[[', true],
    ['a|', '/', true],
  ])('%s in %s: %s', (pattern, path, expected) => {
    expect(inText(pattern, path)).toBe(expected);
  });

  test.each([
    ['(?x)a b', 'a group of a kind'],
    ['(?u:a)', 'a group of a kind'],
    ['(?-u)a', 'a group of a kind'],
    ['(?ix)a', 'a group of a kind'],
    ['(?=a)', 'a group of a kind'],
    ['(?<=a)b', 'a group of a kind'],
    ['(?#note)', 'a group of a kind'],
    ['[a-z&&[^b]]', '&& inside a class'],
    ['[a--b]', '-- inside a class'],
    ['[a~~b]', '~~ inside a class'],
    ['[[a]b]', 'a class inside a class'],
    ['[^a[b]]', 'a class inside a class'],
    ['\\1', 'back-references'],
    ['\\012', 'octal'],
    ['\\Qa.b\\E', '\\Q'],
    ['\\C', '\\C'],
    ['\\<a\\>', 'edge of a word'],
    ['\\b{start}a', '\\b{'],
    ['a{,3}', 'begins no repetition'],
    ['{', 'begins no repetition'],
    ['a{x}', 'begins no repetition'],
    ['\\p{^L}', 'opposite'],
    ['\\p{Unheard}', 'not understood'],
    ['a(', 'not understood'],
    ['a**', 'not understood'],
    ['[b-a]', 'not understood'],
    ['\\y', 'not understood'],
    ['a{9999}', 'not understood'],
    ['\\', 'not understood'],
  ])('%s is refused: %s', (pattern, message) => {
    const text = `http.host ~ r###"${pattern}"###`;
    expect(refusal(text).message).toContain(message);
    expect(refusal(text).position).toBe(text.indexOf('r#'));
  });

  test.each([
    ['counts one after another', '.{0,1000}'.repeat(400)],
    ['a count inside a count', '(a{100}){100}'],
    ['counts in groups in groups', '(?:(?:[ab]{10}x){20}|y{3}){30}'],
    ['an open count', '(?i:a{900}){9,}'],
    ['a long text', 'a?'.repeat(1_500)],
  ])('that are too large are refused before they are compiled: %s', (_what, pattern) => {
    const text = `http.host ~ r###"${pattern}"###`;
    const error = refusal(text);
    expect(error.message).toMatch(/too large: with its counts multiplied it takes [\d,]+ steps, and 2,000 are allowed/);
    expect(error.position).toBe(text.indexOf('r#'));
    expect(error.caret()).toContain('^^^');
  });

  test.each([
    ['^[a-z0-9-]{1,63}(\\.[a-z0-9-]{1,63}){1,8}$'],
    ['^(https?://)?[^/]{1,255}/.{0,500}$'],
    ['[}{3000]{2}(?P<id>\\d{1,20})\\{5000'],
    [Array.from({ length: 100 }, (_, i) => `host-${i}\\.example`).join('|')],
  ])('of a usual size are taken: %s', (pattern) => {
    expect(typeof compilePattern(pattern)).toBe('function');
  });

  test('are about as large as their program', () => {
    const patterns = [
      'a',
      '(a|b)*c+',
      'a{1,30}b{20}',
      '(?:ab?){40}',
      '(a{10}[b-z]){50}',
      '[^]a]{9,}',
      '(?i)x|y|\\p{L}{7}',
    ];
    for (const pattern of patterns) {
      const actual = RE2JS.compile(pattern).programSize();
      expect(patternSize(pattern), pattern).toBeGreaterThan(actual / 2 - 5);
      expect(patternSize(pattern), pattern).toBeLessThan(actual * 2 + 5);
    }
  });

  test('take time that grows with the text, whatever the pattern', () => {
    const matches = compilePattern('^(a+)+$');
    expect(typeof matches === 'function' && matches(`${'a'.repeat(50_000)}!`)).toBe(false);
  });
});
