import type { Answer } from './envelope.js';
import type { Query } from './query.js';

/** A list whose clients never ask for a second page: all of it, whatever `page` says (docs/reference/api.md 1.4). */
export function wholeList(items: readonly unknown[]): Answer {
  const count = items.length;
  return {
    result: items,
    info: { page: 1, per_page: Math.max(count, 1), count, total_count: count, total_pages: 1 },
  };
}

/**
 * One page of a list. Beyond its end a page is empty: clients ask until they get one (docs/reference/api.md 1.4).
 * Only what is on the page is made ready to be shown.
 */
export function pageOf<T>(items: readonly T[], query: Query, show: (item: T) => unknown, defaultPerPage = 20): Answer {
  const page = query.count('page') ?? 1;
  const perPage = Math.min(query.count('per_page') ?? defaultPerPage, MAX_PER_PAGE);
  const shown = items.slice((page - 1) * perPage, page * perPage).map(show);
  return {
    result: shown,
    info: {
      page,
      per_page: perPage,
      count: shown.length,
      total_count: items.length,
      total_pages: Math.ceil(items.length / perPage),
    },
  };
}

/** A page is built in memory. */
const MAX_PER_PAGE = 5_000;
