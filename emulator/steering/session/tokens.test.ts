import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRng } from '../../../runtime/rng.js';
import { createSessionTokens, endpointTag } from './tokens.js';

const tokens = createSessionTokens('secret');
const rng = createRng(1);
const token = { tag: endpointTag('pool', 'a'), createdAt: 1_700_000_000_000 };
const sealed = tokens.seal('lb', token, rng);

// docs/reference/load-balancing.md 5.1, 14.17.
describe('a session token', () => {
  test('gives back what was put in, for its load balancer', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.string(),
        fc.string(),
        fc.integer({ min: 0, max: 0xffffffff }),
        (lb, pool, name, s) => {
          const given = { tag: endpointTag(pool, name), createdAt: s * 1000 };
          expect(tokens.open(lb, tokens.seal(lb, given, rng))).toEqual(given);
        },
      ),
    );
  });

  test('keeps whole seconds', () => {
    const text = tokens.seal('lb', { ...token, createdAt: 1_700_000_000_999 }, rng);
    expect(tokens.open('lb', text)?.createdAt).toBe(1_700_000_000_000);
  });

  test('is unique and names nothing', () => {
    const more = Array.from({ length: 20 }, () => tokens.seal('lb', token, rng));
    expect(new Set(more).size).toBe(20);
    expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toContain('pool');
    expect(sealed).toMatch(/^[\w-]{40}$/);
  });

  test('is nothing once any bit of any byte is another', () => {
    const bytes = Buffer.from(sealed, 'base64url');
    for (let at = 0; at < bytes.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const forged = Buffer.from(bytes);
        forged[at] = (forged[at] ?? 0) ^ (1 << bit);
        expect(tokens.open('lb', forged.toString('base64url'))).toBeUndefined();
      }
    }
  });

  test('is nothing once any of its characters is another', () => {
    for (let at = 0; at < sealed.length; at++) {
      for (const character of ['A', 'z', '_', '=', '%', ' ', '\u{1f600}']) {
        if (sealed[at] === character) continue;
        expect(tokens.open('lb', sealed.slice(0, at) + character + sealed.slice(at + 1))).toBeUndefined();
      }
    }
  });

  test.each([
    ['truncated', sealed.slice(0, -1)],
    ['empty', ''],
    ['oversized', `${sealed}A`],
    ['very long', sealed.repeat(1000)],
    ['with padding', `${sealed.slice(0, -1)}=`],
    ['in the other alphabet of base64', sealed.replace(/.$/, '+')],
  ])('that is %s is nothing', (_what, text) => {
    expect(tokens.open('lb', text)).toBeUndefined();
  });

  test('of another load balancer, or made with another secret, is nothing', () => {
    expect(tokens.open('other', sealed)).toBeUndefined();
    expect(createSessionTokens('other').open('lb', sealed)).toBeUndefined();
    expect(createSessionTokens('secret').open('lb', sealed)).toEqual(token);
  });

  test('of whatever text never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(tokens.open('lb', text)).toBeUndefined();
      }),
    );
  });
});

test('a tag stands for pool and endpoint together', () => {
  expect(endpointTag('ab', 'c')).not.toBe(endpointTag('a', 'bc'));
  expect(endpointTag('a', 'b')).toMatch(/^[0-9a-f]{16}$/);
});
