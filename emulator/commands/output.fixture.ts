import { afterEach, beforeEach, vi } from 'vitest';

/** What a command printed in the test that runs. */
export interface Output {
  out: string;
  err: string;
}

/** Catches what commands print, in every test of the file, and takes back what a test set in the environment. */
export function useOutput(): Output {
  const output: Output = { out: '', err: '' };
  beforeEach(() => {
    output.out = '';
    output.err = '';
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      output.out += String(text);
      return true;
    });
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      output.err += String(text);
      return true;
    });
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  });
  return output;
}
