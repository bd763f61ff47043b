import { describe, expect, test } from 'vitest';
import type { DataCenter } from '../geo/geo.types.js';
import { assignDataCenter, toBringHome } from './assign.js';
import type { Connection } from './connection.js';

const dataCenter = (code: string): DataCenter => ({
  code,
  city: code,
  country: 'JP',
  region: 'NEAS',
  latitude: 0,
  longitude: 0,
});
const place = { latitude: 0, longitude: 0 };
const among =
  (...codes: string[]) =>
  (_: unknown, count: number): DataCenter[] =>
    codes.slice(0, count).map(dataCenter);

/** Assigns connections one after the other, beside those that are there. */
function assign(indexes: readonly number[], codes: readonly string[], there: readonly string[] = []): string[] {
  const ends = [...there];
  for (const index of indexes) {
    const count = (code: string) => ends.filter((end) => end === code).length;
    ends.push(assignDataCenter(place, index, among(...codes), count)?.code ?? 'none');
  }
  return ends.slice(there.length);
}

test('four connections end two and two in the nearest two data centers', () => {
  expect(assign([0, 1, 2, 3], ['NRT', 'KIX', 'ICN'])).toEqual(['NRT', 'KIX', 'NRT', 'KIX']);
});

test('in whatever order they come they end two and two', () => {
  for (const order of [
    [3, 1, 2, 0],
    [0, 2, 1, 3],
    [1, 3, 2, 0],
  ]) {
    expect(assign(order, ['NRT', 'KIX', 'ICN']).sort()).toEqual(['KIX', 'KIX', 'NRT', 'NRT']);
  }
});

test('those that lost their data center go to the next, not to where the others are', () => {
  expect(assign([0, 2], ['KIX', 'ICN', 'HKG'], ['KIX', 'KIX'])).toEqual(['ICN', 'ICN']);
  expect(assign([0], ['KIX', 'ICN'], ['KIX'])).toEqual(['ICN']);
});

test('with one data center all end there; with none there is no answer', () => {
  expect(assign([0, 1, 2, 3], ['NRT'])).toEqual(['NRT', 'NRT', 'NRT', 'NRT']);
  expect(assign([0], [])).toEqual(['none']);
});

describe('when a closer data center is back', () => {
  const connection = (name: string, accepting = true) => ({ dataCenter: name, accepting }) as Connection;
  const away = ({ dataCenter }: Connection) => dataCenter.startsWith('away');

  test('the connections that are away come home, if others stay', () => {
    const connections = ['home', 'away-1', 'home', 'away-2'].map((name) => connection(name));
    expect(toBringHome(connections, away).map((one) => one.dataCenter)).toEqual(['away-1', 'away-2']);
  });

  test('one stays when all are away, and none goes twice', () => {
    const connections = [connection('away-1'), connection('away-2'), connection('away-3', false)];
    expect(toBringHome(connections, away).map((one) => one.dataCenter)).toEqual(['away-2']);
    expect(toBringHome([connection('away-1')], away)).toEqual([]);
  });
});
