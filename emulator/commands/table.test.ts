import { expect, test } from 'vitest';
import { renderList, renderTable } from './table.js';

test('columns are aligned and lines end at the width', () => {
  expect(
    renderTable(
      [
        ['a', 'long cell', 'x'.repeat(30)],
        ['bbb', 'c', 'y'],
      ],
      20,
    ),
  ).toEqual(['  a    long cell  x…', '  bbb  c          y']);
});

test('a list takes as many lines as it needs', () => {
  expect(renderList(['NRT', 'KIX', 'LHR'], 12)).toEqual(['  NRT  KIX', '  LHR']);
  expect(renderList([])).toEqual([]);
});
