import { beforeEach, describe, expect, test } from 'vitest';
import { createRng } from '../../runtime/rng.js';
import type { Connection } from './connection.js';
import { TunnelRegistry } from './registry.js';

const KILOMETRES: Readonly<Record<string, number>> = {
  'NRT NRT': 0,
  'NRT KIX': 490,
  'NRT LHR': 9_590,
  'LHR LHR': 0,
  'LHR NRT': 9_590,
};

type Fake = Connection & { accepting: boolean; readonly closings: string[] };

function connection(fields: Partial<Pick<Connection, 'tunnelId' | 'connectorId' | 'index' | 'dataCenter'>> = {}): Fake {
  const closings: string[] = [];
  const fake = { tunnelId: 't', connectorId: 'c', index: 0, dataCenter: 'NRT', ...fields, accepting: true, closings };
  return { ...fake, close: (reason: string) => closings.push(reason) } as unknown as Fake;
}

describe('the registry of connections', () => {
  let registry: TunnelRegistry;
  const choose = (from: string, tried: readonly Connection[] = []) => registry.choose('t', from, tried, createRng(1));

  beforeEach(() => {
    registry = new TunnelRegistry((from, to) => KILOMETRES[`${from} ${to}`] ?? 20_000);
  });

  test('knows the connections of each tunnel, in the order in which they came', () => {
    const [first, second, other] = [connection({ index: 1 }), connection({ index: 0 }), connection({ tunnelId: 'u' })];
    for (const each of [first, second, other]) registry.add(each);
    expect([...registry.of('t')]).toEqual([first, second]);
    expect([...registry.of('u')]).toEqual([other]);
    expect([...registry.of('nobody')]).toEqual([]);
    expect([...registry.all()]).toEqual([first, second, other]);
  });

  test('chooses the one that is closest to where the request came in', () => {
    const [tokyo, london] = [connection(), connection({ index: 1, dataCenter: 'LHR' })];
    registry.add(london);
    registry.add(tokyo);
    expect(choose('NRT')).toBe(tokyo);
    expect(choose('LHR')).toBe(london);
    expect(choose('NRT', [tokyo])).toBe(london);
    expect(choose('NRT', [tokyo, london])).toBeUndefined();
    expect(registry.choose('nobody', 'NRT', [], createRng(1))).toBeUndefined();
  });

  test('sees at once who has come, who has gone and who takes nothing more', () => {
    const london = connection({ dataCenter: 'LHR' });
    registry.add(london);
    expect(choose('NRT')).toBe(london);
    const tokyo = connection({ index: 1 });
    registry.add(tokyo);
    expect(choose('NRT')).toBe(tokyo);
    tokyo.accepting = false;
    expect(choose('NRT')).toBe(london);
    tokyo.accepting = true;
    registry.remove(tokyo, 'gone');
    expect(choose('NRT')).toBe(london);
    registry.remove(london, 'gone');
    expect(choose('NRT')).toBeUndefined();
    expect([...registry.all()]).toEqual([]);
  });

  test('gives the place of a connection to the one that comes again under its number', () => {
    const [before, elsewhere] = [connection({ index: 2 }), connection({ index: 2, connectorId: 'other' })];
    registry.add(before);
    registry.add(elsewhere);
    const after = connection({ index: 2 });
    registry.add(after);
    expect(before.closings).toEqual(['replaced by a newer connection of the same connector']);
    expect(elsewhere.closings).toEqual([]);
    expect([...registry.of('t')]).toEqual([elsewhere, after]);
    // Its own end is heard of later, and takes nobody else along.
    registry.remove(before, 'closed');
    expect([...registry.of('t')]).toEqual([elsewhere, after]);
  });

  test('tells who comes and who goes, each once', () => {
    const heard: string[] = [];
    const stop = registry.subscribe({
      connected: ({ index }) => heard.push(`${index} came`),
      disconnected: ({ index }, reason) => heard.push(`${index} went: ${reason}`),
    });
    const one = connection({ index: 1 });
    registry.add(one);
    registry.remove(one, 'tired');
    registry.remove(one, 'tired');
    stop();
    registry.add(connection({ index: 3 }));
    expect(heard).toEqual(['1 came', '1 went: tired']);
  });
});
