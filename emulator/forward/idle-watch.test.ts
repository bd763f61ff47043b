import { Duplex, PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { ManualDeadlines } from '../../runtime/deadlines.js';
import { IdleWatch } from './idle-watch.js';
import { watchIdle } from './joined.js';

describe('a watch for idleness', () => {
  test('keeps one deadline however much moves, and none once it is stopped', () => {
    const deadlines = new ManualDeadlines();
    const watch = new IdleWatch(deadlines, 1, () => expect.unreachable());
    for (let move = 0; move < 100; move++) {
      deadlines.elapse(999);
      watch.moved();
      expect(deadlines.size).toBe(1);
    }
    watch.stop();
    watch.moved();
    expect(deadlines.size).toBe(0);
  });

  test('begins anew while simulated latency holds something up', () => {
    const deadlines = new ManualDeadlines();
    let underWay = true;
    let idle = 0;
    new IdleWatch(
      deadlines,
      1,
      () => idle++,
      () => underWay,
    );
    deadlines.elapse(10_000);
    expect(idle).toBe(0);
    underWay = false;
    deadlines.elapse(999);
    expect(idle).toBe(0);
    deadlines.elapse(1);
    expect([idle, deadlines.size]).toEqual([1, 0]);
  });

  test('begins anew with the next move when it has expired', () => {
    const deadlines = new ManualDeadlines();
    let idle = 0;
    const watch = new IdleWatch(deadlines, 1, () => idle++);
    deadlines.elapse(5_000);
    expect(idle).toBe(1);
    watch.moved();
    deadlines.elapse(1_000);
    expect(idle).toBe(2);
  });
});

/** A client that takes nothing until it is told to. */
class SlowClient extends Duplex {
  private taken: (() => void) | undefined;

  override _read(): void {}

  override _write(_chunk: unknown, _encoding: BufferEncoding, done: () => void): void {
    this.taken = done;
  }

  accept(): void {
    this.taken?.();
  }
}

test('a client that does not take what it is sent is waited for; the span begins when it does', () => {
  const deadlines = new ManualDeadlines();
  const client = new SlowClient({ writableHighWaterMark: 1 });
  const origin = new PassThrough();
  let ended = 0;
  watchIdle(client, origin, { deadlines, seconds: 1 }, () => ended++);
  client.write('more than it takes');
  expect(client.writableNeedDrain).toBe(true);
  deadlines.elapse(10_000);
  expect(ended).toBe(0);
  client.accept();
  deadlines.elapse(999);
  expect(ended).toBe(0);
  deadlines.elapse(1);
  expect(ended).toBe(1);
  expect([client.destroyed, origin.destroyed]).toEqual([true, true]);
});
