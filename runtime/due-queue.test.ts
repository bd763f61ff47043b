import { expect, test } from 'vitest';
import { type Due, DueQueue } from './due-queue.js';
import { createRng } from './rng.js';

function drain(queue: DueQueue<Due>, until = Number.POSITIVE_INFINITY): Due[] {
  const found: Due[] = [];
  for (let next = queue.until(until); next; next = queue.until(until)) {
    found.push(next);
    queue.remove(next);
  }
  return found;
}

test('gives what is due, earliest first, equal times in their order, whatever was removed', () => {
  const rng = createRng('queue');
  const queue = new DueQueue<Due>();
  const items = Array.from({ length: 3_000 }, (_, order) => ({ at: rng.int(200), order }));
  for (const item of items) queue.add(item);
  const removed = new Set(items.filter(() => rng.next() < 0.7));
  for (const item of removed) queue.remove(item);
  const left = items.filter((item) => !removed.has(item)).sort((a, b) => a.at - b.at || a.order - b.order);
  expect(queue.size).toBe(left.length);
  const early = left.filter(({ at }) => at <= 100);
  expect(drain(queue, 100)).toEqual(early);
  expect(drain(queue)).toEqual(left.slice(early.length));
  expect(queue.size).toBe(0);
});

test('removing twice, or what is gone, does nothing', () => {
  const queue = new DueQueue<Due>();
  const item = { at: 1, order: 0 };
  queue.add(item);
  queue.remove(item);
  queue.remove(item);
  queue.add({ at: 2, order: 1 });
  queue.remove(item);
  expect(drain(queue)).toEqual([{ at: 2, order: 1 }]);
});
