import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BodySearch, SEARCHED_BYTES } from './body-search.js';

/** Feeds a body in pieces, as far as it is wanted. */
function search(expected: string, body: Buffer, size: number): string {
  const searching = new BodySearch(expected);
  for (let at = 0; at < body.length; at += size) {
    const found = searching.add(body.subarray(at, at + size));
    if (found !== 'searching') return found;
  }
  return 'searching';
}

describe('the search in a body', () => {
  test('knows no case', () => {
    expect(search('All Is WELL', Buffer.from('... all is Well.'), 100)).toBe('found');
  });

  test('finds what lies across pieces, also within a character', () => {
    const body = Buffer.from('alles läuft schön');
    for (let size = 1; size <= body.length; size++) expect(search('LÄUFT SCHÖN', body, size)).toBe('found');
  });

  test('goes on until the first 10 KB are over, and not further', () => {
    const inside = Buffer.from(`${'-'.repeat(SEARCHED_BYTES - 2)}ok`);
    const outside = Buffer.from(`${'-'.repeat(SEARCHED_BYTES - 1)}ok`);
    for (const size of [1, 1000, 100_000]) {
      expect(search('ok', inside, size)).toBe('found');
      expect(search('ok', outside, size)).toBe('absent');
    }
    expect(search('ok', Buffer.from('short'), 1)).toBe('searching');
  });

  test('finds in pieces what it finds in the whole', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'A'), maxLength: 40 });
    fc.assert(
      fc.property(
        text,
        fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 5 }),
        (body, wanted, size) => {
          const expected = body.toLowerCase().includes(wanted) ? 'found' : 'searching';
          expect(search(wanted, Buffer.from(body), size)).toBe(expected);
        },
      ),
    );
  });
});
