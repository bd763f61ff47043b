import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hostOf, parseAuthority } from './authority.js';

describe('an authority', () => {
  test.each([
    ['app.example.com', { host: 'app.example.com' }],
    ['App.Example.COM:8080', { host: 'app.example.com', port: 8080 }],
    ['example.com.', { host: 'example.com' }],
    ['example.com.:443', { host: 'example.com', port: 443 }],
    ['example.com:', { host: 'example.com' }],
    ['localhost', { host: 'localhost' }],
    ['under_score.example.com', { host: 'under_score.example.com' }],
    ['127.0.0.1:0', { host: '127.0.0.1', port: 0 }],
    ['[::1]:8080', { host: '[::1]', port: 8080 }],
    ['[2001:DB8::1]', { host: '[2001:db8::1]' }],
  ])('%s', (text, expected) => {
    expect(parseAuthority(text)).toEqual(expected);
    expect(hostOf(text)).toBe(expected.host);
  });

  test.each([
    '',
    ' ',
    'a b',
    'a..b',
    '.a',
    'a:b',
    'a:65536',
    'a:123456',
    'a:1:2',
    'me@a',
    'a/b',
    'a?b',
    'a#b',
    'a\\b',
    '<a>',
    'é.test',
    '[::1',
    '::1',
    '[::g]',
    '[127.0.0.1]',
    '[::1]a',
    '*.a',
    '..',
    '.',
    'a%20b',
    `${'a'.repeat(261)}`,
  ])('%j is none', (text) => {
    expect(parseAuthority(text)).toBeUndefined();
    expect(hostOf(text)).toBeUndefined();
  });

  test('is never more than letters, digits, hyphens, underscores and dots, or a bracketed address', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'aB0-_.:[]@/ \t%') })), (text) => {
        const host = hostOf(text);
        if (host !== undefined) expect(host).toMatch(/^(?:[a-z0-9_.-]+|\[[0-9a-f:.]+\])$/);
      }),
    );
  });

  test('is read in a time that grows with its length only', () => {
    expect(parseAuthority(`${'a.'.repeat(126)}!`)).toBeUndefined();
    expect(parseAuthority(`${'a'.repeat(250)}!`)).toBeUndefined();
  });

  test('is remembered without bound being lost', () => {
    for (let i = 0; i < 3000; i++) expect(hostOf(`N${i}.example.com`)).toBe(`n${i}.example.com`);
    expect(hostOf('N1.example.com')).toBe('n1.example.com');
  });
});
