import { describe, expect, test } from 'vitest';
import { struckRequest, turns } from '../faults.fixture.js';

const LENGTH = ['Content-Length', '6'];

/** What cuts an answer, and how the client's side hears of it. */
const CUTS = [
  ['origin_reset', 'reset'],
  ['origin_truncated', 'invalid_response'],
] as const;

describe.each(CUTS)('%s', (type, failure) => {
  test('so many bytes come, and then it breaks off', async () => {
    const { send, played, client, asked } = struckRequest([{ name: 'broken', type, after: 4 }], {
      path: { kind: 'public' },
    });
    send();
    played.origin.head({ status: 200, headers: LENGTH, source: 'origin' });
    played.origin.data(Buffer.from('abc'));
    expect(client.told).toEqual(['head 200', 'data abc']);
    played.origin.data(Buffer.from('def'));
    played.origin.end([]);
    await turns();
    expect(client.told).toEqual(['head 200', 'data abc', 'data d', `fail ${failure}`]);
    expect(asked).toEqual(['GET', 'abort']);
  });

  test('what is no longer than that is whole', async () => {
    const { send, played, client } = struckRequest([{ name: 'broken', type, after: 6 }]);
    send();
    played.origin.head({ status: 200, headers: LENGTH, source: 'origin' });
    played.origin.data(Buffer.from('abcdef'));
    played.origin.end([]);
    await turns();
    expect(client.told).toEqual(['head 200', 'data abcdef', 'end']);
  });

  test('a client that goes away meanwhile hears nothing more', async () => {
    const { send, played, client } = struckRequest([{ name: 'broken', type }]);
    const exchange = send();
    played.origin.head({ status: 200, headers: LENGTH, source: 'origin' });
    played.origin.data(Buffer.from('abcdef'));
    exchange.abort();
    await turns();
    expect(client.told).toEqual(['head 200']);
  });
});
