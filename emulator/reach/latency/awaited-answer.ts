import type { Clock } from '../../../runtime/clock.js';
import type { Deadlines } from '../../../runtime/deadlines.js';

/**
 * Real milliseconds in which an answer that is asked for holds a manual clock. Somebody who waits longer, as for an event
 * that may never come, finds that time has gone on.
 */
const ANSWER_PATIENCE = 1_000;

export interface AnswerOptions {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  /** Who answers: late answers of one do not hold up time for each of them. */
  readonly endpoint: string;
  /** Tells one stream from another. */
  readonly nextNumber: () => number;
}

/** Holds a manual clock while an answer is awaited. Returns what to call once it is there, or will not come. */
export function awaitAnswer({ clock, deadlines, endpoint, nextNumber }: AnswerOptions): () => void {
  // A clock that runs waits for nobody.
  if (clock.mode !== 'manual') return NOBODY;
  let answered: () => void = () => undefined;
  const answer = new Promise<void>((resolve) => {
    answered = resolve;
  });
  const work = async (): Promise<void> => {
    const patience = deadlines.after(ANSWER_PATIENCE, answered);
    await answer;
    patience.cancel();
  };
  const about = `answers of ${endpoint}`;
  const waiting = clock.schedule(0, `${about}: stream ${nextNumber()} waits`, work, about);
  return () => {
    waiting.cancel();
    answered();
  };
}

export const NOBODY = (): void => undefined;
