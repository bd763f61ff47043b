import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MAX_QUERY } from './message.js';
import { MessageSplitter } from './splitter.js';

function framed(message: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([message.length >> 8, message.length & 0xff]), message]);
}

test('messages come out as they went in, however the stream is cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 8 }),
      (messages, sizes) => {
        const stream = Buffer.concat(messages.map(framed));
        const splitter = new MessageSplitter();
        const found: (Buffer | undefined)[] = [];
        for (let at = 0, turn = 0; at < stream.length; turn++) {
          const size = sizes[turn % sizes.length] ?? 1;
          found.push(...splitter.push(stream.subarray(at, at + size)));
          at += size;
        }
        expect(found).toEqual(messages.map((message) => Buffer.from(message)));
      },
    ),
  );
});

test('a message that is too long for a query ends the stream before it is there', () => {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(MAX_QUERY + 1);
  expect([...new MessageSplitter().push(length)]).toEqual([undefined]);
});
