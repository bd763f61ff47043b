import { beforeEach, describe, expect, test } from 'vitest';
import { type Clock, createClock } from '../../../runtime/clock.js';
import { ManualDeadlines } from '../../../runtime/deadlines.js';
import { sendBytes } from './crossing.js';
import { Pipe, PipedLine } from './pipe.js';

let clock: Clock;
beforeEach(() => {
  clock = createClock({ mode: 'manual', deadlines: new ManualDeadlines() });
});

describe('a line through a pipe', () => {
  test('delivers in order, each byte in its time; what has no bytes takes none', async () => {
    const told: string[] = [];
    const line = new PipedLine(new Pipe(clock, 100, 'a piece'));
    line.send(() => told.push('head'));
    expect(told).toEqual(['head']);
    expect(line.underWay).toBe(false);
    sendBytes(line, Buffer.alloc(25), (piece) => void told.push(`${piece.length}`));
    line.send(() => told.push('end'));
    await clock.advance(99);
    expect(told).toEqual(['head']);
    expect(line.underWay).toBe(true);
    await clock.advance(1);
    expect(told).toEqual(['head', '10']);
    await clock.advance(150);
    expect(told).toEqual(['head', '10', '10', '5', 'end']);
    expect(line.underWay).toBe(false);
  });

  test('is bounded: a sender that is told to wait is told when there is room', () => {
    const line = new PipedLine(new Pipe(clock, 1_000, 'a piece'));
    let rooms = 0;
    line.room = () => rooms++;
    expect(sendBytes(line, Buffer.alloc(63 * 1024), () => undefined)).toBe(true);
    expect(sendBytes(line, Buffer.alloc(1024), () => undefined)).toBe(false);
    return clock.advance(31_000).then(async () => {
      expect(rooms).toBe(0);
      await clock.advance(2_000);
      expect(rooms).toBe(1);
    });
  });

  test('that is paused holds what is through, and takes nothing more from the pipe', async () => {
    const told: number[] = [];
    const line = new PipedLine(new Pipe(clock, 100, 'a piece'));
    sendBytes(line, Buffer.alloc(20), (piece) => void told.push(piece.length));
    line.pause();
    await clock.advance(1_000);
    expect(told).toEqual([]);
    line.resume();
    expect(told).toEqual([10]);
    await clock.advance(100);
    expect(told).toEqual([10, 10]);
  });

  test('that is closed leaves the pipe to the others', async () => {
    const pipe = new Pipe(clock, 100, 'a piece');
    const [gone, stays] = [new PipedLine(pipe), new PipedLine(pipe)];
    const told: string[] = [];
    sendBytes(gone, Buffer.alloc(1_000), () => void told.push('gone'));
    sendBytes(stays, Buffer.alloc(10), () => void told.push('stays'));
    gone.close();
    // What was in the pipe takes its time all the same.
    await clock.advance(200);
    expect(told).toEqual(['stays']);
    expect(pipe.isIdle).toBe(true);
  });
});

test('lines through the same pipe take turns', async () => {
  const pipe = new Pipe(clock, 100, 'a piece');
  const told: string[] = [];
  for (const name of ['a', 'b']) {
    const line = new PipedLine(pipe);
    sendBytes(line, Buffer.alloc(30), () => void told.push(name));
  }
  await clock.advance(600);
  expect(told.join('')).toBe('ababab');
});
