import { expect, test } from 'vitest';
import { struckRequest, turns } from '../faults.fixture.js';

test('a body whose end is that of the connection ends, and nobody can tell', async () => {
  const { send, played, client } = struckRequest([{ name: 'broken', type: 'origin_truncated', after: 1 }], {
    path: { kind: 'public' },
  });
  send();
  played.origin.head({ status: 200, headers: [], source: 'origin' });
  played.origin.data(Buffer.from('abcdef'));
  await turns();
  expect(client.told).toEqual(['head 200', 'data a', 'end']);
});
