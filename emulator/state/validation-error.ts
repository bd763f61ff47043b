import { ColocalError } from '../../runtime/errors.js';
import type { Problem } from './state.types.js';

/** Refuses a transaction: the account as it would be is not valid. Nothing was changed. */
export class ValidationError extends ColocalError {
  constructor(
    /** Everything that is wrong; never empty. */
    readonly problems: readonly Problem[],
  ) {
    super(
      'VALIDATION_FAILED',
      'user',
      problems.map((problem) => `${problem.path.join('.')}: ${problem.message}`).join('\n'),
      'nothing was changed; correct what is named above and try again',
      400,
    );
  }
}
