import { expect, test } from 'vitest';
import { struckRequest } from '../faults.fixture.js';

const lossy = (loss: number) =>
  [{ name: 'lossy', type: 'link_loss', between: 'client-edge', loss, stall: '1s' }] as const;

test('what is not lost takes no time', () => {
  const { send, asked, played, client } = struckRequest(lossy(0));
  send();
  expect(asked).toEqual(['GET']);
  played.origin.head({ status: 200, headers: [], source: 'origin' });
  played.origin.end([]);
  expect(client.told).toEqual(['head 200', 'end']);
});

test('what is lost stalls what follows', async () => {
  const { send, asked, clock } = struckRequest(lossy(1));
  send();
  await clock.advance(999);
  expect(asked).toEqual([]);
  void clock.advance(1);
  await new Promise((resolve) => setImmediate(resolve));
  expect(asked).toEqual(['GET']);
});
