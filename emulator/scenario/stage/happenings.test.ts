import { expect, test } from 'vitest';
import type { Edge } from '../../edge.js';
import type { Connectors } from './connectors.js';
import { Happenings } from './happenings.js';

test('of one moment a step is told first, then faults, then what connectors made of them, then health', () => {
  let tell: (event: object) => void = () => undefined;
  const subscribe = (given: typeof tell): void => {
    tell = given;
  };
  const edge = { clock: { now: () => 5 }, events: { subscribe } };
  let where = 'NRT 4';
  const happenings = new Happenings(
    edge as unknown as Edge,
    { ends: () => new Map([['tokyo-1', where]]) } as unknown as Connectors,
    5,
  );
  happenings.begin(1, 'fault nrt is added');
  tell({ type: 'health.changed', data: {}, message: 'a pool is critical; by port 1234' });
  where = 'KIX 4';
  happenings.lookAtConnectors();
  tell({ type: 'fault.started', data: {}, message: 'fault nrt began' });
  tell({ type: 'tunnel.status', data: {}, message: 'as sockets have it' });
  expect(happenings.inOrder().map(({ step, text }) => [step, text])).toEqual([
    [0, 'connector tokyo-1 is connected: NRT 4'],
    [1, 'fault nrt is added'],
    [1, 'fault nrt began'],
    [1, 'connector tokyo-1 is connected: KIX 4'],
    [1, 'a pool is critical'],
  ]);
});
