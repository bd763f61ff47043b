import { expect, test } from 'vitest';
import type { EdgeEvent, RequestTrace } from '../../../observe/journal.types.js';
import { PLOT } from './plot.js';
import type { Step } from './step.types.js';
import { explain } from './why.js';

const killed = PLOT[1] as Step;
const ID = '11111111-1111-4111-8111-111111111111';
const NAMES = new Map([[ID, 'tokyo-1']]);

function trace(method: string, status: number, reasons: RequestTrace['reasons']): RequestTrace {
  return { ray: 'f'.repeat(16), dataCenter: 'NRT', method, path: '/', status, reasons } as unknown as RequestTrace;
}

const failed = { step: 'replica', subject: ID, outcome: 'failed', detail: 'it closed the connection' };
const pool = { step: 'pool', subject: 'tokyo', outcome: 'chosen', detail: 'available' };

function closed(index: number): EdgeEvent {
  const message = `tunnel tokyo: connection ${index} of connector ${ID} in NRT closed: gone`;
  return { at: 0, type: 'connection.closed', message, data: {} };
}

test('the edge tells it: events once per kind, a request that shows it, one that was lost; connectors by name', () => {
  const traces = [
    trace('GET', 200, [pool]),
    trace('POST', 502, [pool, { step: 'replica', outcome: 'none', detail: 'not sent again' }]),
    trace('GET', 200, [pool, failed]),
  ];
  const other: EdgeEvent = { at: 0, type: 'state.changed', message: 'no part of it', data: {} };
  expect(explain(killed, [closed(0), other, closed(2)], traces, NAMES)).toEqual({
    events: ['tunnel tokyo: connection 0 of connector tokyo-1 in NRT closed: gone (2 like this)'],
    shown: {
      title: `GET /, ray ${'f'.repeat(16)}-NRT, answered 200`,
      reasons: ['replica tokyo-1 failed: it closed the connection'],
    },
    lost: {
      title: `POST /, ray ${'f'.repeat(16)}-NRT, answered 502`,
      reasons: ['replica none: not sent again'],
    },
  });
});

test('without such requests it says nothing of them', () => {
  expect(explain(killed, [], [trace('GET', 200, [pool])], NAMES)).toEqual({
    events: [],
    shown: undefined,
    lost: undefined,
  });
});
