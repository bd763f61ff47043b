import type { Exchange } from '../../tunnel/connection.js';

/** An exchange with nobody: its answer is there at once, so there is nothing to resume. */
export function canceller(): Exchange & { unlessAborted(work: () => void): void } {
  let aborted = false;
  return {
    resume: () => undefined,
    abort: () => {
      aborted = true;
    },
    unlessAborted: (work) => {
      if (!aborted) work();
    },
  };
}
