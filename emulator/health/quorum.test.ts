import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Verdict } from './health.types.js';
import { decide, majority, type Voter } from './quorum.js';

const LETTERS: Readonly<Record<string, Verdict>> = { h: 'healthy', u: 'unhealthy', '?': 'unknown' };
const verdicts = (letters: string): Verdict[] => [...letters].map((letter) => LETTERS[letter] ?? 'unknown');

describe('the majority', () => {
  test.each([
    ['', 'unknown'],
    ['h', 'healthy'],
    ['u', 'unhealthy'],
    ['?', 'unknown'],
    ['hhu', 'healthy'],
    ['huu', 'unhealthy'],
    ['hu', 'unhealthy'],
    ['hhuu', 'unhealthy'],
    ['hh?', 'healthy'],
    ['uu?', 'unhealthy'],
    ['hu?', 'unknown'],
    ['h?', 'unknown'],
    // An exact half is all that can still come of it.
    ['u?', 'unhealthy'],
    ['h???', 'unknown'],
  ] as const)('of "%s" is %s', (letters, expected) => {
    expect(majority(verdicts(letters))).toBe(expected);
  });

  const votes = fc.array(fc.constantFrom<Verdict>('healthy', 'unhealthy', 'unknown'), { maxLength: 50 });

  test('does not change once it is decided, whatever the others say', () => {
    fc.assert(
      fc.property(votes, fc.infiniteStream(fc.boolean()), (given, says) => {
        const decided = majority(given);
        fc.pre(decided !== 'unknown');
        const complete = given.map((verdict) =>
          verdict === 'unknown' ? (says.next().value ? 'healthy' : 'unhealthy') : verdict,
        );
        expect(majority(complete)).toBe(decided);
      }),
    );
  });

  test('is always one or the other when everybody voted', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 50 }), (passed) => {
        const healthy = passed.filter(Boolean).length;
        const decided = majority(passed.map((pass) => (pass ? 'healthy' : 'unhealthy')));
        expect(decided).toBe(healthy > passed.length / 2 ? 'healthy' : 'unhealthy');
      }),
    );
  });
});

describe('a decision', () => {
  const voters = (regions: Readonly<Record<string, string>>): Voter[] =>
    Object.entries(regions).flatMap(([region, letters]) => verdicts(letters).map((verdict) => ({ region, verdict })));

  test('by regions is the majority of regions, not of data centers', () => {
    const given = voters({ NEAS: 'hhu', WEU: 'hhu', ENAM: 'uuu' });
    expect(decide(given, true)).toEqual({
      verdict: 'healthy',
      regions: new Map([
        ['NEAS', 'healthy'],
        ['WEU', 'healthy'],
        ['ENAM', 'unhealthy'],
      ]),
    });
    // Four of nine pass.
    expect(decide(given, false)).toEqual({ verdict: 'unhealthy', regions: new Map() });
  });

  test('by two regions needs both of them', () => {
    expect(decide(voters({ NEAS: 'hhh', WEU: 'huu' }), true).verdict).toBe('unhealthy');
    expect(decide(voters({ NEAS: 'hhh', WEU: 'hhu' }), true).verdict).toBe('healthy');
  });

  test('by regions is open as long as one of them can turn it', () => {
    expect(decide(voters({ NEAS: 'hh', WEU: 'h?', ENAM: 'uu' }), true).verdict).toBe('unknown');
    expect(decide(voters({ NEAS: 'uu', WEU: 'h?', ENAM: 'uu' }), true).verdict).toBe('unhealthy');
  });
});
