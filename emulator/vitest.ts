/** `colocal/vitest`: a test that has an emulator, and matchers. Importing it teaches `expect` the matchers. */
import { test as base, expect, type TestAPI } from 'vitest';
import type { Emulator, FailOverOptions, ServedBy } from './index.js';
import { type ColocalTestOptions, matchers, renew, withEmulator } from './library/vitest/kit.js';

export type { ColocalTestOptions } from './library/vitest/kit.js';

declare module 'vitest' {
  // biome-ignore lint/suspicious/noExplicitAny: the declaration that this one extends says so
  interface Matchers<T = any> {
    /** Of a response: who answered it. The journal's story of the request stands in the message when it was somebody else. */
    toBeServedBy(wanted: ServedBy): void;
    /** Of an emulator with a manual clock: sends requests while model time passes, until another endpoint answers. */
    toFailOverWithin(span: string, options: FailOverOptions): Promise<void>;
  }
}

expect.extend(matchers);

/**
 * vitest's `test` with an emulator, `emu`, for those tests that ask for it.
 *
 * @example
 * const test = colocalTest({ config: 'colocal.yaml', clock: 'manual' });
 * test('answers', async ({ emu }) => {
 *   expect(await emu.fetch('http://app.example.com/')).toBeServedBy({ pool: 'web' });
 * });
 */
export function colocalTest(options: ColocalTestOptions): TestAPI<{ emu: Emulator }> {
  if (options.per === 'test') {
    return base.extend<{ emu: Emulator }>({
      // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern what a fixture needs
      emu: async ({}, use) => withEmulator(options, use),
    });
  }
  return base.extend<{ fileEmulator: Emulator; emu: Emulator }>({
    fileEmulator: [
      // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern what a fixture needs
      async ({}, use) => withEmulator(options, use),
      { scope: 'file' },
    ],
    emu: async ({ fileEmulator }, use) => {
      await use(fileEmulator);
      await renew(fileEmulator);
    },
  });
}

/** {@link colocalTest} of the `colocal.yaml` in the working directory. */
export const test: TestAPI<{ emu: Emulator }> = colocalTest({ config: 'colocal.yaml' });
