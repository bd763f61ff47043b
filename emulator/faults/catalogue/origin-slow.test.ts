import { expect, test } from 'vitest';
import { createClock } from '../../../runtime/clock.js';
import { ManualDeadlines } from '../../../runtime/deadlines.js';
import type { Opened } from '../../reach/reach.js';
import type { OriginSlow } from '../../state/fault.types.js';
import { FailureError, type ResponseHandler } from '../../tunnel/connection.js';
import { ACCOUNT, fault, opening, Recorder } from '../faults.fixture.js';
import { originSlow } from './origin-slow.js';

const HEAD = { method: 'GET', path: '/', scheme: 'http', authority: 'app.example.com', headers: [] } as const;

/** A request to an origin that the test plays, two seconds too slow. */
function slowRequest() {
  const deadlines = new ManualDeadlines();
  const clock = createClock({ mode: 'manual', deadlines });
  const asked: string[] = [];
  let origin: ResponseHandler = new Recorder();
  const opened: Opened = {
    ...opening().opened,
    request: (_head, _body, handler) => {
      origin = handler;
      return { resume: () => asked.push('resume'), abort: () => asked.push('abort') };
    },
    switching: {
      by: 'edge',
      connect: async () => {
        asked.push('connect');
        throw new Error('that was all');
      },
    },
  };
  const slow = fault({ name: 'slow', type: 'origin_slow', delay: '2s' }) as OriginSlow;
  const effect = originSlow.way?.(slow, { account: ACCOUNT, clock, deadlines }) ?? failed();
  const late = effect.strike(opened, opening());
  const client = new Recorder();
  const exchange = late.request(HEAD, null, client);
  return { clock, asked, origin, client, exchange, late };
}

function failed(): never {
  throw new Error('the fault does nothing to origins');
}

const OK = { status: 200, headers: [], source: 'origin' } as const;

test('the head is held back, and what comes behind it with it; then everything flows', async () => {
  const { clock, asked, origin, client } = slowRequest();
  origin.head(OK);
  expect(origin.data(Buffer.from('one'))).toBe(false);
  await clock.advance(1_999);
  expect(client.told).toEqual([]);
  await clock.advance(1);
  expect(client.told).toEqual(['head 200', 'data one']);
  expect(asked).toEqual(['resume']);
  expect(origin.data(Buffer.from('two'))).toBe(true);
  origin.end([]);
  expect(client.told).toEqual(['head 200', 'data one', 'data two', 'end']);
});

test('a response that is whole already comes whole, and one that broke off breaks off', async () => {
  for (const [finish, last] of [
    [(origin: ResponseHandler) => origin.end([]), 'end'],
    [(origin: ResponseHandler) => origin.fail({ kind: 'lost', detail: '', unsent: false }), 'fail lost'],
  ] as const) {
    const { clock, origin, client } = slowRequest();
    origin.head(OK);
    origin.data(Buffer.from('one'));
    finish(origin);
    expect(client.told).toEqual([]);
    await clock.advance(2_000);
    expect(client.told).toEqual(['head 200', 'data one', last]);
  }
});

test('a client that does not read is not pushed: the origin stays paused until it resumes', async () => {
  const { clock, asked, origin, client, exchange } = slowRequest();
  client.flow = false;
  origin.head(OK);
  origin.data(Buffer.from('one'));
  exchange.resume();
  expect(asked).toEqual([]);
  await clock.advance(2_000);
  expect(asked).toEqual([]);
  exchange.resume();
  expect(asked).toEqual(['resume']);
});

test('a failure before any head is told at once', () => {
  const { origin, client } = slowRequest();
  origin.fail({ kind: 'refused', detail: '', unsent: true });
  expect(client.told).toEqual(['fail refused']);
});

test('a request that is given up hears nothing more', async () => {
  const { clock, asked, origin, client, exchange } = slowRequest();
  origin.head(OK);
  exchange.abort();
  await clock.advance(10_000);
  origin.end([]);
  expect(client.told).toEqual([]);
  expect(asked).toEqual(['abort']);
});

test('a switch of protocols begins later, and not at all once it is given up', async () => {
  const { clock, asked, late } = slowRequest();
  if (late.switching.by !== 'edge') throw new Error('it was to be dialled');
  const connecting = expect(late.switching.connect(new AbortController().signal)).rejects.toThrow('that was all');
  await clock.advance(1_999);
  expect(asked).toEqual([]);
  await clock.advance(1);
  await connecting;
  const abort = new AbortController();
  const given = expect(late.switching.connect(abort.signal)).rejects.toBeInstanceOf(FailureError);
  abort.abort();
  await given;
  await clock.advance(10_000);
  expect(asked).toEqual(['connect']);
});
