import { expect, test } from 'vitest';
import { createGeography } from '../geo/geography.js';
import type { Connection } from './connection.js';
import { Homes } from './homes.js';
import { TunnelRegistry } from './registry.js';

const CODES = ['NRT', 'KIX', 'LHR'];

function withRunning(running: (code: string) => boolean): Homes {
  const geography = createGeography(CODES, running);
  return new Homes(
    new TunnelRegistry(() => 0),
    () => geography,
    () => () => undefined,
  );
}

const up = withRunning(() => true);
const assign = (location: string | undefined) =>
  up.assign({ tunnelId: 'tunnel', connectorId: 'connector', index: 0, location });

test('a connector ends near where it says it stands, in any case of letters', () => {
  expect(assign('lhr')).toEqual({ ok: true, dataCenter: 'LHR' });
  expect(assign('FUK')).toEqual({ ok: true, dataCenter: 'KIX' });
  expect(assign(undefined)).toEqual({ ok: true, dataCenter: 'NRT' });
});

test('a location that does not exist is refused for good, with what may be meant', () => {
  const answer = assign('NTR');
  expect(answer).toMatchObject({ ok: false, retry: false });
  expect(answer.ok ? '' : answer.reason).toContain('data center "NTR", which does not exist; did you mean NRT (Tokyo)');
  expect(assign('')).toMatchObject({ ok: false, retry: false });
});

test('who dials the address of a data center ends there, and while that is down in those next to it', () => {
  const dialled = (home: string, homes = up) =>
    homes.assign({ tunnelId: 'tunnel', connectorId: 'connector', index: 0, location: home, home });
  expect(dialled('LHR')).toEqual({ ok: true, dataCenter: 'LHR' });
  expect(dialled('FRA')).toEqual({ ok: false, reason: 'data center FRA is not configured' });
  expect(
    dialled(
      'NRT',
      withRunning((code) => code !== 'NRT'),
    ),
  ).toEqual({ ok: true, dataCenter: 'KIX' });
  expect(
    dialled(
      'NRT',
      withRunning(() => false),
    ),
  ).toEqual({ ok: false, reason: 'no data center is running' });
});

test('a connection that came while its data center was down goes home, also when that is back before it takes requests', () => {
  const registry = new TunnelRegistry(() => 0);
  let now = createGeography(CODES, (code) => code !== 'NRT');
  const moved = new Homes(
    registry,
    () => now,
    () => () => undefined,
  );
  const redialled: string[] = [];
  const connect = (index: number, dataCenter: string): Connection => {
    const connection = {
      tunnelId: 'tunnel',
      connectorId: 'connector',
      index,
      dataCenter,
      location: 'NRT',
      accepting: true,
      redial: (reason: string) => redialled.push(reason),
    } as Partial<Connection> as Connection;
    registry.add(connection);
    return connection;
  };
  connect(0, 'KIX');
  const away = connect(1, 'LHR');
  now = createGeography(CODES);
  moved.registered(away);
  expect(redialled).toEqual(['a data center closer than LHR is back']);
});
