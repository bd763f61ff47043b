import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { groupVerdict, type MonitorVote } from './group-vote.js';
import type { Part, Verdict } from './health.types.js';

const VERDICTS: Readonly<Record<string, Verdict>> = { h: 'healthy', u: 'unhealthy', '?': 'unknown' };
const PARTS: Readonly<Record<string, Part>> = { c: 'must_be_healthy', v: 'voting', m: 'monitoring_only' };

/** E.g. `cu vh m?`: a critical one that fails, a voter that passes, one that only monitors and does not know yet. */
const votes = (text: string): MonitorVote[] =>
  text
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => ({ part: PARTS[word[0] ?? ''] ?? 'voting', verdict: VERDICTS[word[1] ?? ''] ?? 'unknown' }));

describe('monitors of a group decide', () => {
  test.each([
    ['cu vh vh vh', 'unhealthy'],
    ['cu v? v?', 'unhealthy'],
    ['vu vh', 'healthy'],
    ['vu vu vh', 'unhealthy'],
    ['vu vu vh vh', 'healthy'],
    ['vu vu vu vh vh', 'unhealthy'],
    // A passing critical one does not vote: otherwise it would be one of two.
    ['ch vu', 'unhealthy'],
    ['ch ch vu vh', 'healthy'],
    ['mu mu vh', 'healthy'],
    ['mh mh vu', 'unhealthy'],
    ['ch', 'healthy'],
    ['cu', 'unhealthy'],
    ['ch mu', 'healthy'],
    ['mu', 'healthy'],
    ['', 'healthy'],
  ])('%s: %s', (text, expected) => {
    expect(groupVerdict(votes(text))).toBe(expected);
  });

  test.each([
    ['c? vh', 'unknown'],
    ['c? vu vu', 'unhealthy'],
    ['v? vh', 'healthy'],
    ['v? vu', 'unknown'],
    ['v? v? vh', 'unknown'],
    ['vu vu v?', 'unhealthy'],
    ['m? vh', 'healthy'],
  ])('only what cannot change any more, with some that have no result: %s: %s', (text, expected) => {
    expect(groupVerdict(votes(text))).toBe(expected);
  });

  test('alike in any order, and never otherwise than the open ones would', () => {
    const vote = fc.record({
      part: fc.constantFrom(...Object.values(PARTS)),
      verdict: fc.constantFrom(...Object.values(VERDICTS)),
    });
    fc.assert(
      fc.property(fc.array(vote, { maxLength: 8 }), (given) => {
        const decided = groupVerdict(given);
        expect(groupVerdict([...given].reverse())).toBe(decided);
        const filled = (['healthy', 'unhealthy'] as const).map((instead) =>
          groupVerdict(given.map((each) => (each.verdict === 'unknown' ? { ...each, verdict: instead } : each))),
        );
        if (decided === 'unknown') expect(filled).toEqual(['healthy', 'unhealthy']);
        else expect(filled).toEqual([decided, decided]);
      }),
    );
  });
});
