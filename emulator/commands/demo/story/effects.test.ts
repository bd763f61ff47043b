import { expect, test } from 'vitest';
import type { EdgeEvent } from '../../../observe/journal.types.js';
import { allClosed, awayFrom, backIn, poolBecomes } from './effects.js';

function connection(type: 'opened' | 'closed', dataCenter: string, connector = 'c1', tunnel = 'tokyo'): EdgeEvent {
  return {
    at: 0,
    type: `connection.${type}`,
    message: '',
    data: { tunnel, connector, index: 0, data_center: dataCenter },
  };
}

const idOf = (name: string): string | undefined => ({ 'tokyo-1': 'c1' })[name];
const HOME = ['NRT', 'KIX', 'NRT', 'KIX'].map((code) => connection('opened', code));

test('a connector is gone with its last connection', () => {
  const others = Array.from({ length: 4 }, () => connection('closed', 'NRT', 'c2'));
  const own = Array.from({ length: 4 }, () => connection('closed', 'NRT'));
  const effect = allClosed('tokyo-1');
  expect(effect.event({ before: [], since: [...others, ...own.slice(1)], idOf })).toBeUndefined();
  expect(effect.event({ before: [], since: [...others, ...own], idOf })).toBe(own[3]);
});

test('connections have moved when all are there and none where they were; what others do does not count', () => {
  const others = ['NRT', 'NRT'].map((code) => connection('opened', code, 'c9', 'osaka'));
  const closed = [connection('closed', 'NRT'), connection('closed', 'NRT')];
  const opened = [connection('opened', 'ICN'), connection('opened', 'ICN')];
  const away = awayFrom('NRT', 'tokyo', 4);
  const before = [...HOME, ...others];
  expect(away.event({ before, since: [...closed, ...opened.slice(1)], idOf })).toBeUndefined();
  expect(away.event({ before, since: [...closed, ...opened], idOf })).toBe(opened[1]);
});

test('they are back when all are there and some end there again, also when the new one comes before the old goes', () => {
  const before = ['ICN', 'KIX', 'ICN', 'KIX'].map((code) => connection('opened', code));
  const since = [connection('opened', 'NRT'), connection('closed', 'ICN')];
  const back = backIn('NRT', 'tokyo', 4);
  expect(back.event({ before, since: since.slice(0, 1), idOf })).toBeUndefined();
  expect(back.event({ before, since, idOf })).toBe(since[1]);
});

test('a state that was reached before the step is no effect of it', () => {
  expect(backIn('NRT', 'tokyo', 4).event({ before: HOME, since: [], idOf })).toBeUndefined();
});

test("a pool's health is that of the pool, not of an endpoint in it", () => {
  const change = (kind: string, to: string): EdgeEvent => ({
    at: 0,
    type: 'health.changed',
    message: '',
    data: { kind, pool: 'tokyo', to },
  });
  const critical = change('pool', 'critical');
  const since = [change('endpoint', 'critical'), change('pool', 'degraded'), critical];
  expect(poolBecomes('tokyo', 'critical').event({ before: [], since, idOf })).toBe(critical);
});
