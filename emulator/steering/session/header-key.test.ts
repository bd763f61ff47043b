import { describe, expect, test } from 'vitest';
import { compileHeaderKey } from './header-key.js';

const keyOf = (
  headers: readonly string[],
  given: Record<string, string> | readonly string[],
  require_all_headers = false,
) =>
  compileHeaderKey({ headers, require_all_headers })(
    Array.isArray(given) ? (given as readonly string[]) : Object.entries(given as Record<string, string>).flat(),
  );

// docs/reference/load-balancing.md 5.2, 14.18.
describe('the key of a session', () => {
  const headers = ['X-User', 'X-Tenant'];
  const key = keyOf(headers, { 'x-user': 'ann', 'x-tenant': 'red' });

  test('is the configured headers with their values, whatever the case of the names and their order', () => {
    expect(key).toBeDefined();
    expect(keyOf(headers, { 'X-TENANT': 'red', 'X-USER': 'ann' })).toBe(key);
  });

  test.each([
    ['another value', { 'x-user': 'bob', 'x-tenant': 'red' }],
    ['another case of a value', { 'x-user': 'Ann', 'x-tenant': 'red' }],
    ['values that are swapped', { 'x-user': 'red', 'x-tenant': 'ann' }],
    ['a configured header that is dropped', { 'x-user': 'ann' }],
    ['the other that is dropped', { 'x-tenant': 'red' }],
  ])('is another with %s', (_what, given) => {
    expect(keyOf(headers, given)).toBeDefined();
    expect(keyOf(headers, given)).not.toBe(key);
  });

  test('is another once a configured header is added, even an empty one', () => {
    const before = keyOf(headers, { 'x-user': 'ann' });
    expect(keyOf(headers, { 'x-user': 'ann', 'x-tenant': 'red' })).not.toBe(before);
    expect(keyOf(headers, { 'x-user': 'ann', 'x-tenant': '' })).not.toBe(before);
  });

  test('is the same whatever other headers there are', () => {
    expect(keyOf(headers, { accept: '*/*', 'x-user': 'ann', cookie: 'a=1', 'x-tenant': 'red' })).toBe(key);
  });

  test('holds all values of a header that comes more than once', () => {
    const twice = keyOf(headers, ['x-user', 'ann', 'x-user', 'bob']);
    expect(twice).not.toBe(keyOf(headers, ['x-user', 'ann']));
    expect(twice).not.toBe(keyOf(headers, ['x-user', 'bob', 'x-user', 'ann']));
  });

  test('is another for another header with the same value', () => {
    const value = { 'x-user': 'ann', 'x-tenant': 'ann' };
    expect(keyOf(['x-tenant'], value)).not.toBe(keyOf(['x-user'], value));
    expect(keyOf(['X-User'], value)).toBe(keyOf(['x-user'], value));
    expect(keyOf(['cookie'], { cookie: 'a=1' })).not.toBe(keyOf(['cookie:a'], { cookie: 'a=1' }));
    expect(keyOf(['cookie:b,a'], { cookie: 'a=1' })).toBe(keyOf(['cookie:a,b'], { cookie: 'a=1' }));
  });

  test('costs the same however long the headers are', () => {
    expect(keyOf(headers, { 'x-user': 'u'.repeat(30_000) })?.length).toBe(key?.length);
  });
});

describe('headers that are missing', () => {
  test('some: a session; all: none', () => {
    expect(keyOf(['a', 'b'], { a: '1' })).toBeDefined();
    expect(keyOf(['a', 'b'], { c: '1' })).toBeUndefined();
  });

  test('any with require_all_headers: none', () => {
    expect(keyOf(['a', 'b'], { a: '1' }, true)).toBeUndefined();
    expect(keyOf(['a', 'b'], { a: '1', b: '' }, true)).toBeDefined();
  });
});

describe('cookies', () => {
  test('cookie:a,b is those two, in whatever order they come', () => {
    const items = ['cookie:a,b'];
    const key = keyOf(items, { cookie: 'a=1; b=2' });
    expect(keyOf(items, { Cookie: 'b=2; c=3; a=1' })).toBe(key);
    expect(keyOf(items, ['cookie', 'b=2', 'cookie', 'a=1'])).toBe(key);
    expect(keyOf(items, { cookie: 'a=1; b=3' })).not.toBe(key);
    expect(keyOf(items, { cookie: 'c=3' })).toBeUndefined();
  });

  test('an item of several cookies is there when any of them is, also with require_all_headers', () => {
    expect(keyOf(['cookie:a,b'], { cookie: 'b=2' }, true)).toBeDefined();
    expect(keyOf(['cookie:a', 'cookie:b'], { cookie: 'b=2' }, true)).toBeUndefined();
  });

  test('their names have upper and lower case', () => {
    expect(keyOf(['cookie:Sid'], { cookie: 'sid=1' })).toBeUndefined();
    expect(keyOf(['Cookie:Sid'], { cookie: 'Sid=1' })).toBeDefined();
  });

  test('cookie is all of them', () => {
    const key = keyOf(['cookie'], { cookie: 'a=1; b=2' });
    expect(keyOf(['cookie'], { cookie: 'b=2; a=1' })).toBe(key);
    expect(keyOf(['cookie'], { cookie: 'a=1; b=2; c=3' })).not.toBe(key);
    expect(keyOf(['cookie'], { accept: '*/*' })).toBeUndefined();
  });

  test('stand beside headers', () => {
    const items = ['cookie:a', 'x-user'];
    expect(keyOf(items, { cookie: 'a=1', 'x-user': 'ann' })).not.toBe(keyOf(items, { 'x-user': 'ann' }));
  });
});
