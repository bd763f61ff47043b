import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { closest, editDistance } from './did-you-mean.js';

describe('the closest name', () => {
  test.each([
    ['wieght', ['name', 'weight', 'port'], 'weight'],
    ['tokio', ['osaka', 'tokyo'], 'tokyo'],
    ['nrt', ['NRT', 'KIX'], 'NRT'],
    ['LHX', ['LAX', 'LHR'], 'LHR'],
    ['pool', ['zones', 'pools'], 'pools'],
    ['entirely', ['different', 'words'], undefined],
    ['x', [], undefined],
  ])('to %s in %j is %s', (text, candidates, expected) => {
    expect(closest(text, candidates)).toBe(expected);
  });
});

describe('the edit distance', () => {
  test.each([
    ['', '', 0],
    ['', 'abc', 3],
    ['abc', 'abd', 1],
    ['abc', 'acb', 1],
    ['weight', 'wieght', 1],
    ['kitten', 'sitting', 3],
  ])('of %j and %j is %i', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
  });

  test('is symmetric, zero only for equals, and at most the longer length', () => {
    const text = fc.string({ maxLength: 12 });
    fc.assert(
      fc.property(text, text, (a, b) => {
        const distance = editDistance(a, b);
        expect(distance).toBe(editDistance(b, a));
        expect(distance === 0).toBe(a === b);
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
    );
  });
});
