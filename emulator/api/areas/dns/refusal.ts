import type { Problem } from '../../../state/state.types.js';
import { type ApiError, apiError } from '../../errors.js';
import { fieldOf, problemText } from '../../problem-text.js';

/** docs/reference/api.md section 3 (DNS). */
export function refusal(problems: readonly Problem[]): ApiError {
  const codes = new Set(problems.map(({ code }) => code));
  if (codes.has('not_unique')) {
    return apiError(400, 81053, 'An A, AAAA, or CNAME record with that host already exists.');
  }
  if (codes.has('identical')) return apiError(400, 81058, 'An identical record already exists.');
  if (codes.has('refers_to_itself')) return apiError(400, 9039, 'CNAME content cannot reference itself.');
  return validationError(problems.map((problem) => ({ code: chainCode(problem), message: problemText(problem) })));
}

export const validationError = (chain: readonly { readonly code: number; readonly message: string }[]): ApiError =>
  apiError(400, 1004, 'DNS Validation Error', { error_chain: [...chain] });

/** The numbers that clients have been seen to get; what none is known for has the service's own. */
function chainCode(problem: Problem): number {
  if (problem.code === 'not_proxiable') return 9004;
  switch (fieldOf(problem.path)) {
    case 'name':
      return 9000;
    case 'ttl':
      return 9021;
    case 'content':
      return contentCode(problem.message);
    default:
      return 1004;
  }
}

function contentCode(message: string): number {
  if (message.endsWith('is required')) return 9020;
  if (message.includes('IPv4')) return 9005;
  if (message.includes('IPv6')) return 9006;
  return 9007;
}

export const notFound = (): ApiError => apiError(404, 81044, 'Record does not exist.');
