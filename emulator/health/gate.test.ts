import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Gate } from './gate.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A gate, what is inside, and who came in in which order. Whoever is let through stays until it is told to go. */
function setup(places: number) {
  const gate = new Gate(places);
  const entered: string[] = [];
  const inside: { readonly key: string; readonly go: () => void }[] = [];
  const come = (key: string, times = 1): void => {
    for (let time = 0; time < times; time++) {
      void gate.through(key, async () => {
        entered.push(key);
        await new Promise<void>((go) => inside.push({ key, go }));
      });
    }
  };
  /** The first of this key, or of all, goes; resolves when those have come in that take its place. */
  const leave = async (key = inside[0]?.key): Promise<void> => {
    const [left] = inside.splice(
      inside.findIndex((each) => each.key === key),
      1,
    );
    left?.go();
    await turn();
  };
  const count = (key: string): number => inside.filter((each) => each.key === key).length;
  return { gate, entered, inside, come, leave, count };
}

describe('a gate', () => {
  test('lets only so many through at once', async () => {
    const { entered, inside, come, leave } = setup(2);
    for (const key of ['a', 'b', 'c', 'd']) come(key);
    expect(entered).toEqual(['a', 'b']);
    await leave('b');
    expect(entered).toEqual(['a', 'b', 'c']);
    await leave();
    await leave();
    expect([entered, inside.length]).toEqual([['a', 'b', 'c', 'd'], 1]);
  });

  test('keeps the order of those with the same key, and returns what their work does', async () => {
    const gate = new Gate(3);
    const order: number[] = [];
    const all = [0, 1, 2, 3, 4].map((number) =>
      gate.through('a', async () => {
        order.push(number);
        return number;
      }),
    );
    expect(await Promise.all(all)).toEqual([0, 1, 2, 3, 4]);
    expect(order).toEqual([0, 1, 2, 3, 4]);
  });

  test('gives the place of what failed to the next', async () => {
    const gate = new Gate(1);
    const failed = gate.through('a', () => Promise.reject(new Error('it broke')));
    const next = gate.through('a', async () => 'through');
    await expect(failed).rejects.toThrow('it broke');
    expect(await next).toBe('through');
  });

  test('shares its places among those that come at once and stay, and has some left for others', async () => {
    const { inside, come, count } = setup(256);
    const hanging = Array.from({ length: 20 }, (_, index) => `hanging ${index}`);
    for (const key of hanging) come(key, 39);
    await turn();
    const shares = hanging.map(count);
    expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
    expect(inside.length).toBeLessThan(256);
    come('healthy', 39);
    expect(count('healthy')).toBe(1);
    await turn();
    expect(count('healthy')).toBeGreaterThan(1);
  });

  test('lets those that wait take turns, key by key', async () => {
    const { entered, come, leave } = setup(4);
    for (const key of ['a', 'b', 'c', 'd']) come(key, 3);
    await turn();
    for (let left = 0; left < 8; left++) await leave();
    expect(entered).toEqual(['a', 'b', 'c', 'd', 'a', 'b', 'c', 'd', 'a', 'b', 'c', 'd']);
  });

  test('never has more inside than places, and lets everybody through in the end', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 8 }),
        fc.array(fc.option(fc.constantFrom('a', 'b', 'c', 'd')), { maxLength: 40 }),
        async (places, steps) => {
          const { entered, inside, come, leave } = setup(places);
          for (const step of steps) {
            if (step === null) await leave();
            else come(step);
            expect(inside.length).toBeLessThanOrEqual(places);
          }
          await turn();
          while (inside.length > 0) await leave();
          expect(entered.toSorted()).toEqual(steps.filter((step) => step !== null).toSorted());
        },
      ),
    );
  });
});
