import { expect, test } from 'vitest';
import { struckRequest } from '../faults.fixture.js';

test('carries so many bytes a second, for all its streams together', async () => {
  const { send, played, client, clock } = struckRequest([
    { name: 'narrow', type: 'link_bandwidth', between: 'client-edge', rate: 40 },
  ]);
  for (const text of ['abcdefgh', 'ABCDEFGH']) {
    send();
    played.origin.head({ status: 200, headers: [], source: 'origin' });
    played.origin.data(Buffer.from(text));
    played.origin.end([]);
  }
  const dataOf = () => client.told.filter((each) => each.startsWith('data'));
  await clock.advance(200);
  expect(dataOf()).toEqual(['data abcd', 'data ABCD']);
  await clock.advance(200);
  expect(dataOf()).toEqual(['data abcd', 'data ABCD', 'data efgh', 'data EFGH']);
  expect(client.told.filter((each) => each === 'end')).toHaveLength(2);
});
