import { expect, test } from 'vitest';
import { type Result, sum, Tally } from './tally.js';

const answer: Result = { retryable: true, status: 200, origin: 'tokyo-app' };

test('what may be sent again and what may not are counted apart when they are lost', () => {
  const tally = new Tally();
  tally.send()(answer);
  tally.send()({ ...answer, origin: 'osaka-app', retryable: false });
  tally.send()({ retryable: true, status: 502, origin: undefined });
  tally.send()({ retryable: false, status: undefined, origin: undefined });
  // The edge's own answer is nobody's, whatever its status.
  tally.send()({ retryable: false, status: 200, origin: undefined });
  expect(tally).toMatchObject({ sent: 5, lost: { retryable: 1, other: 2 } });
  expect([...tally.answered]).toEqual([
    ['tokyo-app', 1],
    ['osaka-app', 1],
  ]);
  expect([...tally.ways]).toEqual([
    ['502', 1],
    ['no answer', 1],
    ['200', 1],
  ]);
});

test('it is settled when everything that was sent has ended', async () => {
  const tally = new Tally();
  await tally.settled();
  const [first, second] = [tally.send(), tally.send()];
  let settled = false;
  const waiting = tally.settled().then(() => {
    settled = true;
  });
  first(answer);
  await Promise.resolve();
  expect(settled).toBe(false);
  second(answer);
  await waiting;
});

test('several spans add up', () => {
  const [one, other] = [new Tally(), new Tally()];
  one.send()(answer);
  other.send()(answer);
  other.send()({ retryable: true, status: 502, origin: undefined });
  const all = sum([one, other]);
  expect(all).toMatchObject({ sent: 3, lost: { retryable: 1, other: 0 } });
  expect(all.answered.get('tokyo-app')).toBe(2);
  expect(all.ways.get('502')).toBe(1);
});
