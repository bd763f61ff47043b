import { expect, test } from 'vitest';
import { struckRequest, turns } from '../faults.fixture.js';

test('takes a request and never answers; nothing is sent, and nothing is left when it is given up', async () => {
  const { send, asked, client, deadlines, reasons } = struckRequest([{ name: 'hung', type: 'connector_hung' }], {
    connector: 'c1',
  });
  expect(reasons).toEqual(['hung (connector_hung): the connector takes the request and does not answer']);
  const exchange = send();
  deadlines.elapse(3_600_000);
  await turns();
  expect([asked, client.told]).toEqual([[], []]);
  exchange.abort();
});

test('an address that it should dial is not connected to in time', async () => {
  const { send, way, client, deadlines } = struckRequest([{ name: 'hung', type: 'connector_hung' }], {
    connector: 'c1',
    path: { kind: 'private', ip: '10.1.2.3', port: 80, secure: false } as never,
  });
  send();
  const given = send();
  given.abort();
  if (way.switching.by !== 'edge') throw new Error('the edge dials');
  const connecting = expect(way.switching.connect(new AbortController().signal)).rejects.toMatchObject({
    failure: { kind: 'timeout', detail: '10.1.2.3:80 did not answer within 19 s', unsent: true },
  });
  deadlines.elapse(18_999);
  await turns();
  expect(client.told).toEqual([]);
  deadlines.elapse(1);
  await connecting;
  expect(client.told).toEqual(['fail timeout']);
});

test('does not touch what goes through no connector', () => {
  const { way, opened } = struckRequest([{ name: 'hung', type: 'connector_hung' }], { path: { kind: 'public' } });
  expect(way).toBe(opened);
});

test('is found by the data center in which its connection ends', () => {
  const inputs = [{ name: 'hung', type: 'connector_hung', match: { data_center: 'LHR' } }] as const;
  expect(struckRequest(inputs, { connector: 'c1', dataCenter: 'LHR' }).reasons).toHaveLength(1);
  // Where the request comes in is another matter.
  expect(struckRequest([{ ...inputs[0], match: { data_center: 'NRT' } }], { connector: 'c1' }).reasons).toEqual([]);
});
