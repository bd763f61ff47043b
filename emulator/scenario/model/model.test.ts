import { expect, test } from 'vitest';
import { createClock } from '../../../runtime/clock.js';
import { ManualDeadlines } from '../../../runtime/deadlines.js';
import type { OpenPath } from '../../reach/path.js';
import type { Opened, OpenOptions } from '../../reach/reach.js';
import type { Connection, Failure, ResponseHandler } from '../../tunnel/connection.js';
import { createModel } from './model.js';
import { SERVICE_HEADER } from './service-header.js';

const HEAD = { method: 'GET', path: '/', scheme: 'http', authority: 'app.example.com', headers: [] } as const;

/** Requests through the model, to an origin that the test plays. */
function use() {
  const clock = createClock({ mode: 'manual', start: 0, deadlines: new ManualDeadlines() });
  const model = createModel(clock);
  const told: string[] = [];
  const origins: ResponseHandler[] = [];
  const ask = (name: string, connection?: Connection) => {
    const opened = {
      request: (_head: unknown, _body: unknown, handler: ResponseHandler) => {
        origins.push(handler);
        return { resume: () => undefined, abort: () => told.push(`${name} aborted`) };
      },
      legs: [],
      ...(connection ? { connection } : {}),
    } as unknown as Opened;
    const path = { kind: 'tunnel', endpoint: { name: 'web' } } as unknown as OpenPath;
    const way = model.innermost(opened, path, {} as OpenOptions);
    return way.request(HEAD, null, {
      head: ({ status, headers }) => told.push(`${name} ${status} ${headers.join('=')} @${clock.now()}`),
      data: () => true,
      end: () => told.push(`${name} ends @${clock.now()}`),
      fail: ({ kind }: Failure) => told.push(`${name} ${kind} @${clock.now()}`),
    });
  };
  const answer = (index: number, takes: string): void => {
    origins[index]?.head({ status: 200, headers: ['a', 'b', SERVICE_HEADER, `app;${takes}`], source: 'origin' });
    origins[index]?.end([]);
  };
  return { clock, model, told, ask, answer };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('an answer takes what its origin says, and the client does not see who said it', async () => {
  const { clock, told, ask, answer } = use();
  ask('one');
  answer(0, '40');
  await clock.advance(39);
  expect(told).toEqual([]);
  await clock.advance(1);
  expect(told).toEqual(['one 200 a=b @40', 'one ends @40']);
});

test('while the origin has a request the clock stands', async () => {
  const { clock, told, ask, answer } = use();
  clock.schedule(0, 'ask', () => void ask('one'));
  clock.schedule(10, 'later', () => void told.push(`later @${clock.now()}`));
  const passing = clock.advance(100);
  for (let i = 0; i < 5; i++) await turn();
  expect(told).toEqual([]);
  answer(0, '40');
  await passing;
  expect(told).toEqual(['later @10', 'one 200 a=b @40', 'one ends @40']);
});

test('what an origin or a connection had in hand breaks off, in the order in which it was asked', async () => {
  const { clock, model, told, ask, answer } = use();
  const [first, second] = [{ leaving: false }, { leaving: true }] as unknown as Connection[];
  for (const [index, connection] of [first, second, first].entries()) {
    ask(String(index), connection);
    answer(index, '40');
  }
  await clock.advance(10);
  // One that leaves has done what it had.
  model.connectionGone(second as Connection);
  model.connectionGone(first as Connection);
  await clock.advance(5);
  expect(told.filter((each) => !each.includes('aborted'))).toEqual(['0 lost @10', '2 lost @10']);
  model.originGone('other');
  model.originGone('app');
  await clock.advance(100);
  expect(told.at(-1)).toBe('1 reset @15');
});

test('an origin that never answers is waited for as long as somebody wants to', async () => {
  const { clock, model, told, ask, answer } = use();
  const exchange = ask('one');
  answer(0, 'never');
  model.deadlines.after(120_000, () => exchange.abort());
  expect(await clock.advance(200_000)).toMatchObject({ settled: true });
  expect(told).toEqual(['one aborted']);
});
