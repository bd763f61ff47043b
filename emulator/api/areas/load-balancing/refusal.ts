import type { Problem } from '../../../state/state.types.js';
import { ApiError, apiError, type ErrorItem } from '../../errors.js';
import { pointerOf, problemText } from '../../problem-text.js';

/** docs/reference/api.md section 3, the load-balancing service. */
export function refusal(problems: readonly Problem[]): ApiError {
  if (problems.some(({ code }) => code === 'referenced')) {
    return apiError(412, 1005, 'This object is referenced by other objects, delete them first.');
  }
  if (problems.every(({ code }) => code === 'not_unique')) return apiError(400, 1003, 'value not unique');
  return new ApiError(400, problems.map(itemOf));
}

function itemOf(problem: Problem): ErrorItem {
  return {
    code: 1002,
    message: `${problemText(problem)}: validation failed`,
    source: { pointer: pointerOf(problem.path) },
  };
}

/** A load balancer, pool, monitor or monitor group that does not exist. */
export const notFound =
  (noun: string) =>
  (id: string): ApiError =>
    apiError(404, 1001, `${noun} ${id} not found`);
