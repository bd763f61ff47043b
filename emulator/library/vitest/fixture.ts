import { type Emulator, type EmulatorOptions, startEmulator } from '../../index.js';

export interface ColocalTestOptions extends EmulatorOptions {
  /**
   * `file`: one emulator for all tests of a file, and `reset` after each of them. `test`: a fresh one for each test.
   * Default `file`.
   */
  readonly per?: 'file' | 'test';
  /** Called with each emulator that is started, before any test has it: here connectors and origins start. */
  readonly setup?: (emu: Emulator) => unknown;
}

/** Lets a test have its emulator, and ends it after that. */
export async function withEmulator(
  { per: _per, setup, ...options }: ColocalTestOptions,
  use: (emu: Emulator) => Promise<void>,
): Promise<void> {
  const emu = await startEmulator(options);
  try {
    await setup?.(emu);
    await catchUp(emu);
    await use(emu);
  } finally {
    await emu.close();
  }
}

/** The emulator as its configuration has it, for the next test. */
export async function renew(emu: Emulator): Promise<void> {
  await emu.reset();
  await catchUp(emu);
}

/** What is due at once has happened: monitors have their first results, on a manual clock too. */
async function catchUp(emu: Emulator): Promise<void> {
  if (emu.clock.mode === 'manual') await emu.clock.advance(0);
}
