import { expect, test } from 'vitest';
import type { FaultInput } from '../../state/schemas/fault.js';
import type { Connection } from '../../tunnel/connection.js';
import { struckRequest } from '../faults.fixture.js';

const partition = (part: object): FaultInput =>
  ({ name: 'split', type: 'data_centers_partitioned', ...part }) as FaultInput;

/** Whether a data center finds a connection of the tunnel `app`. */
function finds(input: FaultInput, from: string, to: string, tunnelId = 'app-id'): boolean {
  const connection = { dataCenter: to, tunnelId } as Connection;
  return struckRequest([input]).hooks.replicas?.bars(from, connection) === undefined;
}

test.each([
  { part: { match: { data_center: 'NRT' }, from: 'LHR' }, cut: ['NRT LHR', 'LHR NRT'] },
  {
    part: { match: { data_center: ['NRT', 'KIX'] }, from: ['LHR'] },
    cut: ['NRT LHR', 'KIX LHR', 'LHR NRT', 'LHR KIX'],
  },
  {
    part: { match: { data_center: ['NRT', 'KIX'] } },
    cut: ['NRT LHR', 'KIX LHR', 'LHR NRT', 'LHR KIX', 'NRT SYD', 'KIX SYD', 'SYD NRT', 'SYD KIX'],
  },
  { part: { match: { data_center: ['NRT', 'LHR'] }, from: ['LHR', 'NRT'] }, cut: ['NRT LHR', 'LHR NRT'] },
])('$part cuts $cut', ({ part, cut }) => {
  const codes = ['NRT', 'KIX', 'LHR', 'SYD'];
  const pairs = codes.flatMap((from) => codes.map((to) => `${from} ${to}`));
  const input = partition(part);
  const missed = pairs.filter((pair) => !finds(input, pair.slice(0, 3), pair.slice(4)));
  expect(missed.sort()).toEqual([...cut].sort());
});

test('says which data center could not be got to', () => {
  const { hooks } = struckRequest([partition({ match: { data_center: 'NRT' } })]);
  expect(hooks.replicas?.bars('LHR', { dataCenter: 'NRT', tunnelId: 'app-id' } as Connection)).toEqual({
    step: 'fault',
    subject: 'split',
    outcome: 'data_centers_partitioned',
    detail: 'data center NRT cannot be got to from LHR',
  });
});

test('may be of one tunnel', () => {
  const input = partition({ match: { data_center: 'NRT', tunnel: 'app' } });
  expect([finds(input, 'NRT', 'LHR'), finds(input, 'NRT', 'LHR', 'gateway-id')]).toEqual([false, true]);
});
