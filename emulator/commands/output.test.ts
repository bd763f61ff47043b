import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { linesTo } from './output.js';

test('writes lines until nobody reads them, and nothing after that', async () => {
  const written: string[] = [];
  const stream = new Writable({
    autoDestroy: false,
    write(chunk: Buffer, _encoding, done) {
      written.push(String(chunk));
      done(written.length < 2 ? null : Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    },
  });
  const print = linesTo(stream);
  print('one');
  const broken = new Promise((resolve) => stream.once('error', resolve));
  print('two');
  await broken;
  print('three');
  expect(written).toEqual(['one\n', 'two\n']);
});
