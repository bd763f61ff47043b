import { expect, test } from 'vitest';
import { Gate } from './gate.js';

test('a gate lets only so many through at once, the others in the order in which they came', async () => {
  const gate = new Gate(2);
  const started: number[] = [];
  const ends: (() => void)[] = [];
  const all = [0, 1, 2, 3].map((number) =>
    gate.through(async () => {
      started.push(number);
      await new Promise<void>((resolve) => ends.push(resolve));
      return number;
    }),
  );
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  expect(started).toEqual([0, 1]);
  ends[1]?.();
  await turn();
  expect(started).toEqual([0, 1, 2]);
  ends[0]?.();
  ends[2]?.();
  await turn();
  expect(started).toEqual([0, 1, 2, 3]);
  ends[3]?.();
  expect(await Promise.all(all)).toEqual([0, 1, 2, 3]);
});

test('a gate gives the place of what failed to the next', async () => {
  const gate = new Gate(1);
  const failed = gate.through(() => Promise.reject(new Error('it broke')));
  const next = gate.through(async () => 'through');
  await expect(failed).rejects.toThrow('it broke');
  expect(await next).toBe('through');
});
