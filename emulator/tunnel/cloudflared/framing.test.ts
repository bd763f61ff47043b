import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { segmentTable } from '../../../test/support/capnp.js';
import { FramingError, MAX_MESSAGE_BYTES, MAX_SEGMENTS, MessageReader } from './framing.js';

const arbitraryMessage = fc
  .array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: MAX_SEGMENTS })
  .filter((words) => words.some((count) => count > 0))
  .map((words) => {
    const total = words.reduce((sum, count) => sum + count, 0);
    return Buffer.concat([segmentTable(...words), Buffer.alloc(total * 8, total)]);
  });

/** A stream in pieces of these lengths, over and over. */
function* pieces(stream: Buffer, lengths: readonly number[]): Generator<Buffer> {
  for (let at = 0, turn = 0; at < stream.length; turn++) {
    const length = lengths[turn % lengths.length] ?? 1;
    yield stream.subarray(at, at + length);
    at += length;
  }
}

const read = (reader: MessageReader, chunks: Iterable<Buffer>) =>
  [...chunks].flatMap((chunk) => [...reader.take(chunk)]);

describe('a stream of messages', () => {
  test('is cut where they end, however it arrives', () => {
    fc.assert(
      fc.property(
        fc.array(arbitraryMessage, { maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1 }),
        (messages, lengths) => {
          const found = read(new MessageReader(), pieces(Buffer.concat(messages), lengths));
          expect(found.map((message) => message.toString('hex'))).toEqual(
            messages.map((message) => message.toString('hex')),
          );
        },
      ),
    );
  });

  test('keeps nothing of the pieces in which a message comes, which are parts of larger buffers', () => {
    const message = Buffer.concat([segmentTable(1000), Buffer.alloc(8000, 'content ')]);
    const reader = new MessageReader();
    const piece = Buffer.alloc(1);
    const found: Buffer[] = [];
    for (const byte of message) {
      piece[0] = byte;
      found.push(...reader.take(piece));
    }
    expect(found).toEqual([message]);
  });

  test('that is cut short gives what was whole', () => {
    const message = Buffer.concat([segmentTable(2), Buffer.alloc(16)]);
    for (let length = 0; length < message.length; length++) {
      const reader = new MessageReader();
      expect([...reader.take(message.subarray(0, length))]).toEqual([]);
      expect([...reader.take(message.subarray(length))]).toEqual([message]);
    }
  });
});

describe('a segment table that announces too much is refused by its first words', () => {
  const table = (...words: number[]): Buffer => {
    const bytes = Buffer.alloc(words.length * 4);
    for (const [index, word] of words.entries()) bytes.writeUInt32LE(word, index * 4);
    return bytes;
  };

  test.each([
    ['2^32 segments', table(0xffff_ffff, 0)],
    ['one segment more than may be', table(MAX_SEGMENTS, 0)],
    ['a segment of 32 GiB', table(0, 0xffff_ffff)],
    ['a word more than may be', table(0, MAX_MESSAGE_BYTES / 8)],
    ['too much in all', table(2, MAX_MESSAGE_BYTES / 16, MAX_MESSAGE_BYTES / 16, 0)],
    ['nothing', table(0, 0)],
  ])('%s', (_what, bytes) => {
    expect(() => [...new MessageReader().take(bytes)]).toThrow(FramingError);
  });

  test('and any bytes give messages or that error, and never more than is bounded', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        try {
          for (const message of new MessageReader().take(Buffer.from(bytes)))
            expect(message.length).toBeLessThanOrEqual(bytes.length);
        } catch (error) {
          expect(error).toBeInstanceOf(FramingError);
        }
      }),
    );
  });
});
