import { FailureError } from '../../tunnel/connection.js';
import type { DelayLine } from './delay-line.js';

/** The two directions between the edge and what a way leads to, for one stream. */
export interface Crossing {
  readonly out: DelayLine;
  readonly back: DelayLine;
  /** The other side has been asked and is about to answer. Returns what to call once it has, or will not. */
  awaitAnswer(): () => void;
}

/** Drops all that is on its way. */
export function closeCrossing({ out, back }: Crossing): void {
  out.close();
  back.close();
}

/** Resolves when something sent now has arrived; rejects, with nothing left under way, when it is given up before. */
export function crossed(line: DelayLine, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const givenUp = (): void => {
      line.close();
      reject(new FailureError({ kind: 'aborted', detail: 'given up while it was on its way', unsent: true }));
    };
    if (signal.aborted) {
      givenUp();
      return;
    }
    signal.addEventListener('abort', givenUp, { once: true });
    line.send(() => {
      signal.removeEventListener('abort', givenUp);
      resolve();
    });
  });
}
