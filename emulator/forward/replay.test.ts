import { PassThrough, type Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { ReplayBody } from './replay.js';

async function read(stream: Readable): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += chunk;
  return text;
}

const ignore = (): void => undefined;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a body that can be sent again', () => {
  test('takes nothing from the client before somebody reads, then says so once', async () => {
    const source = new PassThrough();
    let starts = 0;
    const body = new ReplayBody(source, () => starts++);
    source.write('hello');
    await turn();
    expect([starts, body.bytes]).toEqual([0, 0]);
    source.end();
    expect(await read(body.open())).toBe('hello');
    expect([starts, body.bytes]).toEqual([1, 5]);
  });

  test('gives the second reader everything from the beginning, also what came after the first', async () => {
    const source = new PassThrough();
    const body = new ReplayBody(source, ignore);
    const first = body.open();
    source.write('one ');
    expect(String((await first[Symbol.asyncIterator]().next()).value)).toBe('one ');
    const second = read(body.open());
    source.end('two');
    expect(await second).toBe('one two');
    expect(body.replayable).toBe(true);
  });

  test('a third reader after the end still gets it all', async () => {
    const source = new PassThrough();
    const body = new ReplayBody(source, ignore);
    source.end('all');
    expect(await read(body.open())).toBe('all');
    expect(await read(body.open())).toBe('all');
  });

  test('forgets a body that outgrows the limit, and says that it cannot be sent again', async () => {
    const source = new PassThrough();
    const body = new ReplayBody(source, ignore, ignore, 4);
    source.end('five!');
    expect(await read(body.open())).toBe('five!');
    expect(body.replayable).toBe(false);
    expect(() => body.open()).toThrow(/read past/);
  });

  test('does not read ahead of a slow reader without bound', async () => {
    const source = new PassThrough({ highWaterMark: 1024 });
    const body = new ReplayBody(source, ignore, ignore, 0);
    const reader = body.open();
    reader.once('readable', ignore);
    let accepted = 0;
    for (let i = 0; i < 1000 && source.write(Buffer.alloc(1024)); i++) {
      accepted += 1024;
      await turn();
    }
    expect(accepted).toBeLessThan(256 * 1024);
  });

  test('a client that breaks off breaks the reader, and the body cannot be sent again', async () => {
    const source = new PassThrough();
    const body = new ReplayBody(source, ignore);
    const reading = read(body.open());
    source.write('half');
    await turn();
    source.destroy();
    await expect(reading).rejects.toThrow(/client closed/);
    expect(body.replayable).toBe(false);
  });
});
