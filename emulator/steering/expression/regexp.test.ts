import { describe, expect, test } from 'vitest';
import { holds, refusal } from './expression.fixture.js';
import { compilePattern } from './regexp.js';

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

  test('take time that grows with the text, whatever the pattern', () => {
    const matches = compilePattern('^(a+)+$');
    expect(typeof matches === 'function' && matches(`${'a'.repeat(50_000)}!`)).toBe(false);
  });
});
