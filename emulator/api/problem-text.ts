import type { Problem } from '../state/state.types.js';

/** A problem in one sentence that names the JSON field: `origins.0.weight must be at most 1; it is 2`. */
export function problemText({ path, message }: Problem): string {
  const field = fieldOf(path);
  const isWholeSentence = /^[A-Z]/.test(message);
  return field === '' || isWholeSentence ? message : `${field} ${message}`;
}

/** Where in the object it is: a problem's path begins with the kind and the id. */
export function fieldOf(path: Problem['path']): string {
  return path.slice(2).join('.');
}

/** The same as a JSON pointer. */
export function pointerOf(path: Problem['path']): string {
  return path
    .slice(2)
    .map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
}
