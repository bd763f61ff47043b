import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { drawnAccount } from './drawn-account.fixture.js';
import { made } from './made-account.fixture.js';
import { accountFrom, bare, textOf } from './write.fixture.js';

describe('an account that clients made', () => {
  test('comes back from its file, and the file from the account', () => {
    fc.assert(
      fc.property(drawnAccount, (drawn) => {
        const before = made(drawn);
        const written = textOf(before);
        const after = accountFrom(written);
        expect(bare(after)).toEqual(bare(before));
        expect(textOf(after)).toBe(written);
      }),
      { numRuns: 20 },
    );
    // Each of the accounts is read and written several times.
  }, 120_000);
});
