import { describe, expect, test } from 'vitest';
import { cookieAttributes, cookiesIn, setCookie } from './cookies.js';

// docs/reference/load-balancing.md 5.2, section 13.
describe('SameSite and Secure', () => {
  test.each([
    ['Auto', 'Auto', false, '; SameSite=None'],
    ['Auto', 'Auto', true, '; SameSite=Lax; Secure'],
    ['Auto', 'Always', false, '; SameSite=None; Secure'],
    ['Auto', 'Always', true, '; SameSite=Lax; Secure'],
    ['Auto', 'Never', false, '; SameSite=None'],
    ['Auto', 'Never', true, '; SameSite=Lax'],
    ['Lax', 'Auto', false, '; SameSite=Lax'],
    ['Lax', 'Auto', true, '; SameSite=Lax; Secure'],
    ['Lax', 'Always', false, '; SameSite=Lax; Secure'],
    ['Lax', 'Never', true, '; SameSite=Lax'],
    ['None', 'Auto', false, '; SameSite=None'],
    ['None', 'Auto', true, '; SameSite=None; Secure'],
    ['None', 'Always', false, '; SameSite=None; Secure'],
    ['Strict', 'Auto', false, '; SameSite=Strict'],
    ['Strict', 'Auto', true, '; SameSite=Strict; Secure'],
    ['Strict', 'Always', false, '; SameSite=Strict; Secure'],
    ['Strict', 'Never', true, '; SameSite=Strict'],
  ] as const)('samesite %s, secure %s, Always Use HTTPS %s: %s', (samesite, secure, alwaysUseHttps, expected) => {
    expect(cookieAttributes({ samesite, secure }, alwaysUseHttps)).toBe(expected);
  });
});

// 14.17.
test('the attributes stand in the order path, expires, HttpOnly, SameSite, Secure; there is no domain', () => {
  expect(setCookie('value', 1_700_000_000_000, '; SameSite=Lax; Secure')).toBe(
    '__cflb=value; path=/; expires=Tue, 14 Nov 2023 22:13:20 GMT; HttpOnly; SameSite=Lax; Secure',
  );
});

test('cookies are found in any number of Cookie headers, whatever the case and blanks', () => {
  const headers = ['Cookie', 'a=1;  b = 2 ; =x; flag', 'X-Cookie', 'c=3', 'COOKIE', 'a=4=5;d='];
  expect([...cookiesIn(headers)]).toEqual([
    ['a', '1'],
    ['b', '2'],
    ['a', '4=5'],
    ['d', ''],
  ]);
});
