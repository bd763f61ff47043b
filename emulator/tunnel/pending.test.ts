import { expect, test } from 'vitest';
import type { Connection } from './connection.js';
import { PendingReconnects } from './pending.js';

const connection = (connectorId: string, index: number, leaving = false): Connection =>
  ({ id: `${connectorId}${index}`, tunnelId: 't', connectorId, index, leaving }) as Connection;

function setUp() {
  const clock = { now: 0 };
  const pending = new PendingReconnects(() => clock.now);
  return { clock, pending, ids: () => pending.of('t').map(({ id }) => id) };
}

test('a connection that breaks is expected back for five minutes', () => {
  const { clock, pending, ids } = setUp();
  pending.closed(connection('a', 0));
  clock.now = 299_999;
  expect(ids()).toEqual(['a0']);
  clock.now = 300_000;
  expect(ids()).toEqual([]);
});

test('not one that took its leave, nor one whose place is taken', () => {
  const { pending, ids } = setUp();
  pending.closed(connection('a', 0, true));
  pending.closed(connection('a', 1));
  pending.closed(connection('b', 1));
  pending.opened(connection('a', 1));
  expect(ids()).toEqual(['b1']);
  pending.forget('t');
  expect(ids()).toEqual([]);
});

test('a connector that breaks for ever does not fill the memory', () => {
  const { pending } = setUp();
  for (let index = 0; index < 500; index++) pending.closed(connection(`c${index}`, 0));
  expect(pending.of('t')).toHaveLength(100);
  expect(pending.of('t').at(-1)?.connectorId).toBe('c499');
});
