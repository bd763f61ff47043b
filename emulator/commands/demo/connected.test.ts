import { expect, test } from 'vitest';
import { ManualDeadlines } from '../../../runtime/deadlines.js';
import { connectorsOf, notConnected } from './connected.js';

const CAST = [{ tunnel: 'tokyo' }, { tunnel: 'tokyo' }, { tunnel: 'osaka' }];

/** Connections of one connector: how many take requests, and how many do not. */
function of(connector_id: string, accepting: number, others = 0) {
  return Array.from({ length: accepting + others }, (_, index) => ({ connector_id, accepting: index < accepting }));
}

const osaka = { name: 'osaka', connections: of('o1', 4) };

test('every connector with all its connections: nothing is missing', () => {
  const tokyo = { name: 'tokyo', connections: [...of('t1', 4), ...of('t2', 4)] };
  expect(notConnected([tokyo, osaka], CAST)).toEqual([]);
});

test.each([
  ['has not dialled in', of('t1', 4)],
  ['has one connection of four', [...of('t1', 4), ...of('t2', 1)]],
  ['has one that does not take requests yet', [...of('t1', 4), ...of('t2', 3, 1)]],
  // As many connections as two complete connectors have, and still one to be killed with nobody left.
  ['is one that came twice', [...of('t1', 8)]],
])('a replica that %s is waited for, although its tunnel has connections', (_what, connections) => {
  expect(notConnected([{ name: 'tokyo', connections }, osaka], CAST)).toEqual([
    'tunnel tokyo: 1 of 2 connectors with all connections',
  ]);
});

test('a tunnel that is empty, or not there, is named', () => {
  expect(notConnected([{ name: 'tokyo', connections: [] }], CAST)).toEqual([
    'tunnel tokyo: 0 of 2 connectors with all connections',
    'tunnel osaka: 0 of 1 connector with all connections',
  ]);
});

test('it is looked at again until nothing is missing; until then the sentences say what is', async () => {
  const views = [{ tunnels: [{ name: 'osaka', connections: of('o1', 1) }] }, { tunnels: [osaka] }];
  const connectors = connectorsOf({ get: async () => JSON.stringify(views.shift()) }, [{ tunnel: 'osaka' }]);
  const deadlines = new ManualDeadlines();
  const complete = connectors.complete(deadlines, new AbortController().signal);
  while (deadlines.size === 0) await Promise.resolve();
  expect(connectors.missing()).toEqual(['tunnel osaka: 0 of 1 connector with all connections']);
  deadlines.elapse(100);
  await complete;
  expect(connectors.missing()).toEqual([]);
});
