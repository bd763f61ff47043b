import { expect, test } from 'vitest';
import { struckRequest, turns } from '../faults.fixture.js';

const LENGTH = ['Content-Length', '6'];

test('so many bytes come, and then it breaks off', async () => {
  const { send, played, client, asked } = struckRequest([{ name: 'broken', type: 'origin_truncated', after: 4 }], {
    path: { kind: 'public' },
  });
  send();
  played.origin.head({ status: 200, headers: LENGTH, source: 'origin' });
  played.origin.data(Buffer.from('abc'));
  expect(client.told).toEqual(['head 200', 'data abc']);
  played.origin.data(Buffer.from('def'));
  played.origin.end([]);
  await turns();
  expect(client.told).toEqual(['head 200', 'data abc', 'data d', 'fail invalid_response']);
  expect(asked).toEqual(['GET', 'abort']);
});

test('what is no longer than that is whole', async () => {
  const { send, played, client } = struckRequest([{ name: 'broken', type: 'origin_truncated', after: 6 }]);
  send();
  played.origin.head({ status: 200, headers: LENGTH, source: 'origin' });
  played.origin.data(Buffer.from('abcdef'));
  played.origin.end([]);
  await turns();
  expect(client.told).toEqual(['head 200', 'data abcdef', 'end']);
});

test('a client that goes away meanwhile hears nothing more', async () => {
  const { send, played, client } = struckRequest([{ name: 'broken', type: 'origin_truncated' }]);
  const exchange = send();
  played.origin.head({ status: 200, headers: LENGTH, source: 'origin' });
  played.origin.data(Buffer.from('abcdef'));
  exchange.abort();
  await turns();
  expect(client.told).toEqual(['head 200']);
});

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
