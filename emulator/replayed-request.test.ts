import { describe, expect, test } from 'vitest';
import { createGeography } from './geo/geography.js';
import { createVantageResolver } from './geo/vantage.js';
import { traced } from './observe/journal.fixture.js';
import type { RecordedExchange, RequestTrace } from './observe/journal.types.js';
import { replayedRequest } from './replayed-request.js';

const recorded = (kept: string, whole = true): RecordedExchange => ({
  authority: 'app.example.com:8443',
  request: { headers: ['X-Mine', '1'], body: { kept: Buffer.from(kept), whole } },
});

/** Data centers, of which the first is the default one. */
function again(about: Partial<RequestTrace>, options: { running?: readonly string[]; enabled?: boolean } = {}) {
  const { running, enabled = true } = options;
  const geography = createGeography(['NRT', 'LHR'], running && ((code) => running.includes(code)));
  return replayedRequest(traced(about), createVantageResolver({ geography, clients: [], enabled }));
}

describe('a replayed request', () => {
  test('is what was recorded', async () => {
    const request = again({
      method: 'POST',
      scheme: 'https',
      httpVersion: '2',
      path: '/a?b',
      recorded: recorded('hello'),
    });
    expect(request).toMatchObject({
      method: 'POST',
      scheme: 'https',
      host: 'app.example.com',
      authority: 'app.example.com:8443',
      path: '/a?b',
      httpVersion: '2',
      headers: ['X-Mine', '1'],
      replayOf: '00000000000000aa',
    });
    expect(String(await request.body?.toArray())).toBe('hello');
  });

  test('without a recording has Host alone, where HTTP has it', () => {
    expect(again({ method: 'DELETE' })).toMatchObject({ headers: ['Host', 'app.example.com'], body: null });
    expect(again({ httpVersion: '2' })).toMatchObject({ headers: [], authority: 'app.example.com' });
  });

  test('comes from where it came, whether or not clients may say so', () => {
    for (const enabled of [true, false]) {
      const { vantage } = again({ dataCenter: 'LHR', clientIp: '203.0.113.9' }, { enabled });
      expect(vantage).toMatchObject({ dataCenter: { code: 'LHR' }, clientIp: '203.0.113.9' });
    }
    expect(again({ country: 'NZ' }).vantage.country).toBe('NZ');
  });

  test('enters where it would have entered, once that runs again', () => {
    const rerouted = { dataCenter: 'LHR', insteadOf: 'NRT' };
    expect(again(rerouted).vantage.dataCenter.code).toBe('NRT');
    expect(again(rerouted, { running: ['LHR'] }).vantage).toMatchObject({
      dataCenter: { code: 'LHR' },
      insteadOf: 'NRT',
    });
  });

  test.each<[string, Partial<RequestTrace>]>([
    ['it is a connection', { scheme: 'tcp', path: '' }],
    ['it became a WebSocket', { status: 101 }],
    ['it was not well formed', { reasons: [{ step: 'ingress', outcome: 'refused', detail: 'bad' }] }],
    ['its body was not recorded', { method: 'POST' }],
    ['its body was not recorded', { method: 'DELETE', requestBytes: 1 }],
    ['its body was not recorded whole, but 3 bytes', { method: 'POST', recorded: recorded('hel', false) }],
  ])('is refused when %s', (why, about) => {
    expect(() => again(about)).toThrow(
      expect.objectContaining({
        code: 'NOT_REPLAYABLE',
        message: expect.stringContaining(`00000000000000aa-NRT cannot be sent again: ${why}`),
      }),
    );
  });

  test('is refused when no data center runs', () => {
    expect(() => again({}, { running: [] })).toThrow(expect.objectContaining({ code: 'NO_RUNNING_DATA_CENTER' }));
  });
});
