import type { RequestTrace } from '../observe/journal.types.js';
import { FILTERS, matcherOf, type RequestFilter, STATUS_PATTERN } from '../observe/request-filter.js';
import { badOption, isRecord, refuseUnknown, shown } from './options.js';

/** Which requests `requests.list` returns. */
export interface RequestsWanted extends RequestFilter {
  /** At most so many. Default 100. */
  readonly limit?: number;
}

export interface JournalQuery {
  readonly limit: number;
  /** Absent: every request. */
  readonly matches?: (trace: RequestTrace) => boolean;
}

const CALL = 'requests.list';
const DEFAULT_LIMIT = 100;

/**
 * What `requests.list` was called with.
 *
 * @throws BAD_OPTION
 */
export function journalQuery(wanted: unknown = DEFAULT_LIMIT): JournalQuery {
  if (typeof wanted === 'number') return { limit: wanted };
  if (!isRecord(wanted)) {
    const fix = 'pass a number, a filter such as { pool: "tokyo", status: "5xx" }, or nothing';
    throw badOption({ call: CALL, problem: `cannot use ${shown(wanted)}`, fix });
  }
  refuseUnknown(CALL, wanted, [...FILTERS, 'limit'], 'filter');
  const { limit = DEFAULT_LIMIT, status, ...names } = wanted;
  if (typeof limit !== 'number') throw unusable('limit', limit, 'a number');
  if (status !== undefined && !STATUS_PATTERN.test(String(status))) {
    throw unusable('status', status, 'a status such as 503, or a hundred of them such as "5xx"');
  }
  for (const [key, value] of Object.entries(names)) {
    if (value !== undefined && typeof value !== 'string') throw unusable(key, value, 'text');
  }
  const matches = matcherOf(wanted as RequestFilter);
  return matches ? { limit, matches } : { limit };
}

function unusable(key: string, value: unknown, must: string): Error {
  return badOption({ call: CALL, problem: `cannot use the filter ${key}: ${shown(value)}`, fix: `it must be ${must}` });
}

/** @throws BAD_OPTION */
export function checkedRay(call: 'find' | 'replay', ray: unknown): string {
  if (typeof ray === 'string') return ray;
  const fix = `pass what the answer's CF-RAY says: requests.${call}(response.headers.get('cf-ray'))`;
  throw badOption({ call: `requests.${call}`, problem: `needs the ray of a request, not ${shown(ray)}`, fix });
}
