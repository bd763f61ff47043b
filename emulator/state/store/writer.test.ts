import { describe, expect, test } from 'vitest';
import type { ColocalError } from '../../../runtime/errors.js';
import { decodeValue } from './entries.js';
import { Writer } from './writer.js';

/** A disk that is done when it is told to. */
function slowDisk() {
  const batches: { readonly entries: Record<string, unknown>; done(): void; fail(error: unknown): void }[] = [];
  const failures: ColocalError[] = [];
  const writer = new Writer({
    folder: '/state',
    onFailure: (error) => failures.push(error),
    database: {
      write: (entries) =>
        new Promise((done, fail) => {
          const read = [...entries].map(([key, value]) => [key, value && decodeValue(key, value)?.value] as const);
          batches.push({ entries: Object.fromEntries(read), done, fail });
        }),
    },
  });
  return { writer, batches, failures };
}

/** Lets everything happen that waits for nothing. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** How far a promise is. */
function follow(promise: Promise<void>): { state: string } {
  const followed = { state: 'waiting' };
  promise.then(
    () => {
      followed.state = 'done';
    },
    (error: ColocalError) => {
      followed.state = error.code;
    },
  );
  return followed;
}

describe('the writer', () => {
  test('writes what gathers while the disk is busy in one go, and acknowledges each when it is there', async () => {
    const { writer, batches } = slowDisk();
    writer.add([['a', 1]]);
    const first = follow(writer.durable());
    await turn();
    writer.add([['a', 2]]);
    const second = follow(writer.durable());
    writer.add([
      ['a', 3],
      ['b', undefined],
    ]);
    const third = follow(writer.durable());
    await turn();
    expect(batches.map(({ entries }) => entries)).toEqual([{ a: 1 }]);
    expect([first.state, second.state, third.state]).toEqual(['waiting', 'waiting', 'waiting']);

    batches[0]?.done();
    await turn();
    expect(batches.map(({ entries }) => entries)).toEqual([{ a: 1 }, { a: 3, b: undefined }]);
    expect([first.state, second.state, third.state]).toEqual(['done', 'waiting', 'waiting']);

    batches[1]?.done();
    await turn();
    expect([second.state, third.state]).toEqual(['done', 'done']);
    await writer.durable();
  });

  test('makes one batch of what a turn adds', async () => {
    const { writer, batches } = slowDisk();
    writer.add([['a', 1]]);
    writer.add([['b', 2]]);
    await turn();
    expect(batches.map(({ entries }) => entries)).toEqual([{ a: 1, b: 2 }]);
  });

  test('accepts nothing after a write failed, and says why to all who wait', async () => {
    const { writer, batches, failures } = slowDisk();
    writer.add([['a', 1]]);
    const first = follow(writer.durable());
    await turn();
    writer.add([['b', 2]]);
    const second = follow(writer.durable());
    batches[0]?.fail(new Error('No space left on device'));
    await turn();

    expect([first.state, second.state]).toEqual(['STATE_NOT_KEPT', 'STATE_NOT_KEPT']);
    expect(failures.map(({ message }) => message)).toEqual([
      'changes can no longer be kept in /state: No space left on device',
    ]);
    expect(() => writer.check()).toThrow('No space left on device');
    expect(() => writer.add([['c', 3]])).toThrow('No space left on device');
    await expect(writer.durable()).rejects.toMatchObject({ code: 'STATE_NOT_KEPT', status: 503 });
    // Nor is what had gathered: it may build on what is not there.
    expect(batches.length).toBe(1);
  });
});
