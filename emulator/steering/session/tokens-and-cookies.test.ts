import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRng } from '../../../runtime/rng.js';
import { cookiesIn, SESSION_COOKIE, sessionCookiesIn } from './cookies.js';
import { createSessionTokens, endpointTag } from './tokens.js';

const TOKENS = createSessionTokens('secret');
const sealed = (seed: number, createdAt: number): string =>
  TOKENS.seal('lb', { tag: endpointTag('pool', 'endpoint'), createdAt }, createRng(seed));
const seconds = fc.integer({ min: 0, max: 0xffff_ffff });

test('a token is read as it was made, by its own load balancer and secret alone', () => {
  fc.assert(
    fc.property(fc.integer(), seconds, (seed, created) => {
      const text = sealed(seed, created * 1000);
      expect(TOKENS.open('lb', text)).toEqual({ tag: endpointTag('pool', 'endpoint'), createdAt: created * 1000 });
      expect(TOKENS.open('l', text)).toBeUndefined();
      expect(TOKENS.open('lb2', text)).toBeUndefined();
      expect(createSessionTokens('other').open('lb', text)).toBeUndefined();
    }),
  );
});

test('no character of a token can be another', () => {
  const text = sealed(1, 1_000);
  for (let at = 0; at < text.length; at++) {
    for (const other of 'ABgz09-_=') {
      if (other === text[at]) continue;
      expect(TOKENS.open('lb', text.slice(0, at) + other + text.slice(at + 1))).toBeUndefined();
    }
  }
  expect(TOKENS.open('lb', text.slice(0, -1))).toBeUndefined();
  expect(TOKENS.open('lb', `${text}A`)).toBeUndefined();
  fc.assert(fc.property(fc.string(), (given) => TOKENS.open('lb', given) === undefined));
});

test('session cookies are those of all cookies that have the name', () => {
  const piece = fc.constantFrom(SESSION_COOKIE, '__cflbx', 'x__cflb', ' ', '=', ';', 'a', '__CFLB');
  const name = fc.constantFrom('Cookie', 'cookie', 'COOKIE', 'Cookies', 'Accept');
  const header = fc.tuple(
    name,
    fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
  );
  fc.assert(
    fc.property(fc.array(header, { maxLength: 4 }), (headers) => {
      const flat = headers.flat();
      const expected = [...cookiesIn(flat)].filter(([each]) => each === SESSION_COOKIE).map(([, value]) => value);
      expect(sessionCookiesIn(flat)).toEqual(expected);
    }),
  );
});
