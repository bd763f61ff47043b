import { expect, test } from 'vitest';
import { struckRequest } from '../faults.fixture.js';

test('the head comes at once, the body at its rate, and the end behind it', async () => {
  const { send, played, client, clock, way } = struckRequest([{ name: 'drips', type: 'origin_slow_body', rate: 40 }]);
  send();
  played.origin.head({ status: 200, headers: [], source: 'origin' });
  expect(client.told).toEqual(['head 200']);
  expect(played.origin.data(Buffer.from('abcdefghij'))).toBe(true);
  played.origin.end([]);
  expect(way.underWay?.()).toBe(true);
  await clock.advance(99);
  expect(client.told).toEqual(['head 200']);
  await clock.advance(1);
  expect(client.told).toEqual(['head 200', 'data abcd']);
  await clock.advance(150);
  expect(client.told).toEqual(['head 200', 'data abcd', 'data efgh', 'data ij', 'end']);
});

test('the origin waits for it, and goes on when there is room', async () => {
  const { send, played, asked, clock } = struckRequest([{ name: 'drips', type: 'origin_slow_body', rate: 65_536 }]);
  send();
  played.origin.head({ status: 200, headers: [], source: 'origin' });
  expect(played.origin.data(Buffer.alloc(70_000))).toBe(false);
  expect(asked).toEqual(['GET']);
  await clock.advance(600);
  expect(asked).toEqual(['GET', 'resume']);
});
