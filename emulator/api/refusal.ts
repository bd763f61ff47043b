import type { Problem } from '../state/state.types.js';
import { ApiError } from './errors.js';
import { pointerOf, problemText } from './problem-text.js';

/** What the state refuses, in the gateway's words: for services whose own are not known. */
export function plainRefusal(problems: readonly Problem[]): ApiError {
  return new ApiError(
    400,
    problems.map((problem) => ({
      code: 1004,
      message: problemText(problem),
      source: { pointer: pointerOf(problem.path) },
    })),
  );
}
