import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeFrames,
  encodeFrame,
  FRAME_HEADER_BYTES,
  FrameType,
  frameHeader,
  MAX_CONTROL_BYTES,
  MAX_DATA_BYTES,
  MAX_HEAD_BYTES,
  ProtocolError,
} from './frames.js';

interface Frame {
  readonly type: FrameType;
  readonly stream: number;
  readonly payload: Buffer;
}

function decode(message: Buffer): Frame[] {
  const frames: Frame[] = [];
  decodeFrames(message, (type, stream, payload) => frames.push({ type, stream, payload }));
  return frames;
}

/** What each type may carry at most, as documentation of the wire. */
const LARGEST: readonly (readonly [keyof typeof FrameType, number, number])[] = [
  ['REGISTER', 1, 16 * 1024],
  ['REGISTERED', 2, 16 * 1024],
  ['OPEN', 3, MAX_HEAD_BYTES],
  ['HEAD', 4, MAX_HEAD_BYTES],
  ['DATA', 5, MAX_DATA_BYTES],
  ['END', 6, MAX_HEAD_BYTES],
  ['RESET', 7, 1024],
  ['WINDOW', 8, 4],
  ['CONFIG', 9, MAX_CONTROL_BYTES],
  ['CONFIG_ACK', 10, 16 * 1024],
  ['GOAWAY', 11, 1024],
  ['LOCAL_CONFIG', 12, MAX_CONTROL_BYTES],
];

describe('framing', () => {
  test('covers every frame type', () => {
    expect(LARGEST.map(([name, type]) => [name, type])).toEqual(Object.entries(FrameType));
  });

  test('a frame is its type, stream, length and payload, big endian', () => {
    const frame = encodeFrame(FrameType.DATA, 0x01020304, Buffer.from('hi'));
    expect([...frame]).toEqual([5, 1, 2, 3, 4, 0, 0, 0, 2, 104, 105]);
  });

  test.each(LARGEST)('%s is taken up to its limit', (name, type, limit) => {
    const payload = Buffer.alloc(limit, 7);
    const [frame] = decode(encodeFrame(FrameType[name], 9, payload));
    expect(frame).toMatchObject({ type, stream: 9 });
    expect(frame?.payload.equals(payload)).toBe(true);
  });

  test.each(LARGEST)('%s over its limit is refused before the payload is looked at', (name, _, limit) => {
    const header = frameHeader(FrameType[name], 1, limit + 1);
    expect(() => decode(header)).toThrow(`announces ${limit + 1} bytes, limit ${limit}`);
  });

  test.each([0, 13, 128, 255])('type %i is unknown', (type) => {
    const frame = encodeFrame(FrameType.DATA, 1, Buffer.from('x'));
    frame[0] = type;
    expect(() => decode(frame)).toThrow(`unknown frame type ${type}`);
  });

  test('a length of 2 GB is refused', () => {
    expect(() => decode(frameHeader(FrameType.DATA, 1, 0x8000_0000))).toThrow(ProtocolError);
  });

  test('a length past the end of the message is refused', () => {
    const frame = encodeFrame(FrameType.DATA, 1, Buffer.alloc(10));
    expect(() => decode(frame.subarray(0, frame.length - 1))).toThrow('announces 10 bytes, message has 9');
  });

  test.each([1, FRAME_HEADER_BYTES - 1])('%i bytes of a header are refused', (bytes) => {
    expect(() => decode(encodeFrame(FrameType.END, 1, Buffer.alloc(0)).subarray(0, bytes))).toThrow(
      'truncated frame header',
    );
  });

  test('an empty message holds no frame', () => {
    expect(decode(Buffer.alloc(0))).toEqual([]);
  });

  test('payloads are views into the message, not copies', () => {
    const message = encodeFrame(FrameType.DATA, 1, Buffer.from('abc'));
    const [frame] = decode(message);
    message[FRAME_HEADER_BYTES] = 120;
    expect(frame?.payload.toString()).toBe('xbc');
  });

  test('any frames come back in order from one message', () => {
    const frame = fc.record({
      type: fc.constantFrom(FrameType.OPEN, FrameType.HEAD, FrameType.DATA, FrameType.END, FrameType.CONFIG),
      stream: fc.integer({ min: 0, max: 0xffff_ffff }),
      payload: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    });
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 20 }), (frames) => {
        const message = Buffer.concat(frames.map((each) => encodeFrame(each.type, each.stream, each.payload)));
        expect(decode(message)).toEqual(frames);
      }),
    );
  });

  test('whatever the bytes, only a ProtocolError comes out', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          decode(Buffer.from(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('what a payload keeps in memory', () => {
  const big = encodeFrame(FrameType.LOCAL_CONFIG, 0, Buffer.alloc(512 * 1024));

  test('a byte beside a large frame does not keep the whole message', () => {
    const message = Buffer.concat([big, encodeFrame(FrameType.DATA, 1, Buffer.from('x'))]);
    const [, data] = decode(message);
    expect(String(data?.payload)).toBe('x');
    expect(data?.payload.buffer).not.toBe(message.buffer);
  });

  test('bulk data is not copied', () => {
    const message = encodeFrame(FrameType.DATA, 1, Buffer.alloc(MAX_DATA_BYTES));
    expect(decode(message)[0]?.payload.buffer).toBe(message.buffer);
  });
});
