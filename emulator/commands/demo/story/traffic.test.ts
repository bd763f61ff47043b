import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { ManualDeadlines, realDeadlines } from '../../../../runtime/deadlines.js';
import type { Result } from './tally.js';
import { MOST_OPEN, type Send, sendTo, startTraffic } from './traffic.js';

const answer: Result = { retryable: true, status: 200, origin: 'one' };

function held(): { send: Send; methods: string[]; release: () => void } {
  const methods: string[] = [];
  const open: (() => void)[] = [];
  const send: Send = (method) => {
    methods.push(method);
    return new Promise((resolve) => open.push(() => resolve(answer)));
  };
  return {
    send,
    methods,
    release: () => {
      for (const end of open.splice(0)) end();
    },
  };
}

test('a hundred a second, every fifth a POST; what a stall delayed is sent after it', () => {
  const deadlines = new ManualDeadlines();
  const { send, methods } = held();
  const traffic = startTraffic(send, deadlines);
  deadlines.elapse(100);
  expect(methods).toEqual(['GET', 'GET', 'GET', 'GET', 'POST', 'GET', 'GET', 'GET', 'GET', 'POST']);
  deadlines.elapse(400);
  expect(traffic.current.sent).toBe(50);
  traffic.stop();
  deadlines.elapse(1_000);
  expect(methods).toHaveLength(50);
  expect(deadlines.size).toBe(0);
});

test('no more than so many are open; those left out are not counted', async () => {
  const deadlines = new ManualDeadlines();
  const { send, release } = held();
  const traffic = startTraffic(send, deadlines);
  deadlines.elapse(3_000);
  expect(traffic.current.sent).toBe(MOST_OPEN);
  release();
  await traffic.current.settled();
  deadlines.elapse(100);
  expect(traffic.current.sent).toBe(MOST_OPEN + 10);
});

test('a request counts where it was sent, even when it ends after the turn', async () => {
  const deadlines = new ManualDeadlines();
  const { send, release } = held();
  const traffic = startTraffic(send, deadlines);
  deadlines.elapse(100);
  const first = traffic.turn();
  deadlines.elapse(50);
  release();
  await Promise.all([first.settled(), traffic.current.settled()]);
  expect(first.answered.get('one')).toBe(10);
  expect(traffic.current.answered.get('one')).toBe(5);
});

test('each ends as it was answered, or lost when its connection breaks before or within the answer', async () => {
  const server = createServer((request, response) => {
    if (request.method === 'GET') {
      response.setHeader('x-origin', 'one');
      response.end('whole');
    } else if (request.headers['content-length'] === '11') {
      response.writeHead(200, { 'content-length': 100 }).write('a piece');
      setImmediate(() => request.socket.destroy());
    }
  }).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.close();
  });
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { send, close } = sendTo(url, realDeadlines);
  expect(await send('GET')).toEqual({ retryable: true, status: 200, origin: 'one' });
  expect(await send('POST')).toEqual({ retryable: false, status: undefined, origin: undefined });
  close();
  server.close();
  server.closeAllConnections();
  const { send: sendToNobody } = sendTo('http://127.0.0.1:1', realDeadlines);
  expect(await sendToNobody('GET')).toEqual({ retryable: true, status: undefined, origin: undefined });
});
