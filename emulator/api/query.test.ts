import { describe, expect, test } from 'vitest';
import { Query } from './query.js';

const query = (text: string) => new Query(new URLSearchParams(text));

/** docs/reference/api.md 1.5. */
describe('queries', () => {
  test('lists are repeated, or separated by commas, or both', () => {
    expect(query('t=a&t=b').all('t')).toEqual(['a', 'b']);
    expect(query('t=a,b').all('t')).toEqual(['a', 'b']);
    expect(query('t=a,%20b&t=c&t=').all('t')).toEqual(['a', 'b', 'c']);
    expect(query('').all('t')).toEqual([]);
  });

  test.each([
    ['true', true],
    ['TRUE', true],
    ['1', true],
    ['false', false],
    ['0', false],
    ['', undefined],
    ['yes', undefined],
  ])('a flag %j is %s', (text, flag) => {
    expect(query(`f=${text}`).flag('f')).toBe(flag);
  });

  test.each(['0', '-1', '1.5', 'x', '', '99999999999999999999', '1e3', ' 1'])('%j is no count', (text) => {
    expect(query(`n=${encodeURIComponent(text)}`).count('n')).toBeUndefined();
  });

  test('an escaped star and other reserved characters are what they stand for', () => {
    expect(query('references=%2A').text('references')).toBe('*');
    expect(query('name=a%26b%3Dc+d').text('name')).toBe('a&b=c d');
  });

  test.each([
    ['name=App', true],
    ['name=ap', false],
    ['name.exact=app', true],
    ['name.contains=P', true],
    ['name.startswith=ap', true],
    ['name.endswith=ap', false],
    ['name=contains:pp', true],
    ['name=starts_with:pp', false],
    ['name=not_equal:app', false],
    ['name=equal:app', true],
    ['name.contains=a&name.contains=x', false],
    ['name.unknown=x', true],
    ['name=', true],
    ['other=x', true],
  ])('app against %s: %s', (text, fits) => {
    expect(query(text).matches('name', 'app')).toBe(fits);
  });

  test('a value with colons of its own is itself', () => {
    expect(query('content=2001:db8::1').matches('content', '2001:db8::1')).toBe(true);
  });

  test('parameters named like an object’s machinery are parameters', () => {
    expect(query('__proto__=1').text('__proto__')).toBe('1');
    expect(query('name.__proto__=1&name.constructor=1').matches('name', 'app')).toBe(true);
    expect(query('').text('constructor')).toBeUndefined();
  });
});
