import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { refusal } from './expression.fixture.js';
import { wildcardMatcher, wildcardPieces } from './wildcard.js';

function matches(pattern: string, value: string, ignoreCase = false): boolean {
  const pieces = wildcardPieces(pattern);
  if ('problem' in pieces) throw new Error(pieces.problem);
  return wildcardMatcher(pieces, ignoreCase)(value);
}

describe('wildcards', () => {
  test.each([
    ['https://example.com/a/*', 'https://example.com/a/', true],
    ['https://example.com/a/*', 'https://example.com/a/page.html', true],
    ['https://example.com/a/*', 'https://example.com/ab/', false],
    ['*.example.com/*/page.html', 'http://sub.example.com/folder/page.html', true],
    ['*.example.com/*/page.html', 'https://example.com/ab/page.html', false],
    ['*.example.com/*/page.html', 'https://sub.example.com/folder2/page.html?s=value', false],
    ['*', '', true],
    ['', '', true],
    ['', 'a', false],
    ['a*a', 'a', false],
    ['a*b*a', 'aba', true],
    ['a*b*a', 'aa', false],
    ['a*ab*ab', 'aab', false],
    ['\\*\\\\', '*\\', true],
    ['a.c', 'abc', false],
  ])('%s and %s: %s', (pattern, value, expected) => {
    expect(matches(pattern, value)).toBe(expected);
  });

  test('ignore the case of ASCII letters, or not', () => {
    expect([matches('A*\u00c9', 'abc\u00c9', true), matches('a*\u00e9', 'abc\u00c9', true)]).toEqual([true, false]);
    expect(matches('A*', 'abc')).toBe(false);
  });

  test('match what the same regular expression matches', () => {
    const text = (...letters: string[]) =>
      fc.array(fc.constantFrom(...letters), { maxLength: 8 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(
        text('a', 'b', '*', '\\*').filter((pattern) => !pattern.includes('**')),
        text('a', 'b', '*'),
        (pattern, value) => {
          const same = new RegExp(`^${pattern.replace(/\\\*|\*/g, (star) => (star === '*' ? '.*' : '\\*'))}$`);
          expect(matches(pattern, value)).toBe(same.test(value));
        },
      ),
      { numRuns: 500 },
    );
  });

  test.each([
    ['r"a**"', 'cannot have **'],
    ['r"a\\b"', '\\b is no escape'],
    ['r"a\\"', '\\ is no escape'],
  ])('%s is refused', (literal, message) => {
    expect(refusal(`http.host wildcard ${literal}`).message).toContain(message);
    expect(refusal(`http.host strict wildcard ${literal}`).position).toBe(26);
  });
});
