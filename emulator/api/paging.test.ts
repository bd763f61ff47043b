import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pageOf, wholeList } from './paging.js';
import { Query } from './query.js';

const query = (text: string) => new Query(new URLSearchParams(text));
const same = (item: number): number => item;

/** docs/reference/api.md 1.4. */
describe('pages', () => {
  test('asked for until one is empty, they are the list, each item once', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.integer({ min: 1, max: 70 }), (size, perPage) => {
        const items = Array.from({ length: size }, (_, at) => at);
        const all: unknown[] = [];
        for (let page = 1; ; page++) {
          const { result, info } = pageOf(items, query(`page=${page}&per_page=${perPage}`), same);
          expect(info).toMatchObject({
            page,
            per_page: perPage,
            total_count: size,
            count: (result as unknown[]).length,
          });
          expect(info?.total_pages).toBe(Math.ceil(size / perPage));
          if ((result as unknown[]).length === 0) break;
          all.push(...(result as unknown[]));
        }
        expect(all).toEqual(items);
      }),
    );
  });

  test('only what is on the page is made ready', () => {
    const shown: number[] = [];
    pageOf([1, 2, 3, 4, 5], query('page=2&per_page=2'), (item) => shown.push(item));
    expect(shown).toEqual([3, 4]);
  });

  test.each(['page=0', 'page=-1', 'per_page=0', 'page=x&per_page=y'])('%s is as if it were not there', (text) => {
    expect(pageOf([1], query(text), same).info).toMatchObject({ page: 1, per_page: 20 });
  });

  test('a page has a bound, whatever is asked for', () => {
    const items = Array.from({ length: 6000 }, (_, at) => at);
    expect(pageOf(items, query('per_page=100000'), same).result).toHaveLength(5000);
  });

  test('a list without pages is whole, and an empty one a list', () => {
    expect(wholeList([1, 2])).toEqual({
      result: [1, 2],
      info: { page: 1, per_page: 2, count: 2, total_count: 2, total_pages: 1 },
    });
    expect(wholeList([])).toMatchObject({ result: [], info: { count: 0 } });
  });
});
