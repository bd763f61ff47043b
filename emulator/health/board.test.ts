import { expect, test } from 'vitest';
import { Board } from './board.js';
import { reportTo, watchedEndpoint } from './health.fixture.js';

test('the board says which records are new or changed, and begins anew with another monitor', () => {
  const board = new Board();
  const first = watchedEndpoint();
  const [record] = board.replace([first]);
  const endpoint = board.find('p', 'a');
  if (!record || !endpoint) throw new Error('the first is new');
  expect(endpoint.records).toEqual([record]);
  reportTo(endpoint, 'm', '+++');
  expect(board.replace([first])).toEqual([]);
  expect(board.replace([watchedEndpoint()])).toEqual([record]);
  expect(endpoint.verdict).toBe('healthy');
  const [another] = board.replace([watchedEndpoint({ other: 'must_be_healthy' })]);
  expect(another).not.toBe(record);
  expect(board.find('p', 'a')?.verdict).toBe('unknown');
  expect([...board.of('p')]).toEqual([endpoint]);
  expect(board.replace([])).toEqual([]);
  expect([...board.all()]).toEqual([]);
});
