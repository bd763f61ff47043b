import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { closeFrame, FrameReader, frameHeader, Opcode } from './websocket-frames.js';

interface Frame {
  readonly opcode: number;
  readonly payload: Buffer;
  readonly final?: boolean;
}

/** As a client sends it: masked. */
function fromClient({ opcode, payload, final = true }: Frame): Buffer {
  const header = Buffer.from(frameHeader(opcode, payload.length));
  if (!final) header[0] = opcode;
  header[1] = (header[1] ?? 0) | 0x80;
  const mask = Buffer.from([1, 2, 3, 255]);
  return Buffer.concat([header, mask, payload.map((byte, at) => byte ^ (mask[at & 3] ?? 0))]);
}

/** What a reader makes of bytes that come in pieces. */
function read(pieces: readonly Buffer[]): { payload: string; events: string[] } {
  const payload: Buffer[] = [];
  const events: string[] = [];
  const reader = new FrameReader({
    payload: (chunk) => payload.push(Buffer.from(chunk)),
    ping: (data) => events.push(`ping ${data.toString('latin1')}`),
    close: () => events.push('close'),
  });
  for (const piece of pieces) reader.read(Buffer.from(piece));
  return { payload: Buffer.concat(payload).toString('latin1'), events };
}

/** Bytes cut into pieces of the given sizes, over and over. */
function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0, index = 0; at < bytes.length; index++) {
    const size = sizes[index % sizes.length] ?? 1;
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

describe("a client's frames", () => {
  const frames = fc.array(
    fc.record({
      opcode: fc.constantFrom(Opcode.TEXT, Opcode.BINARY),
      payload: fc.oneof(
        fc.uint8Array({ maxLength: 200 }),
        fc.constantFrom(125, 126, 65_535, 65_536).map((length) => new Uint8Array(length).fill(7)),
      ),
    }),
    { maxLength: 6 },
  );

  test('give their payload, however they are cut', () => {
    fc.assert(
      fc.property(
        frames,
        fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 5 }),
        (list, sizes) => {
          const sent = list.map(({ opcode, payload }) => ({ opcode, payload: Buffer.from(payload) }));
          const { payload } = read(cut(Buffer.concat(sent.map(fromClient)), sizes));
          expect(payload === Buffer.concat(sent.map((frame) => frame.payload)).toString('latin1')).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('may be fragments, with control frames in between; nothing is read after the close', () => {
    const text = Buffer.concat(
      [
        { opcode: Opcode.TEXT, payload: Buffer.from('one '), final: false },
        { opcode: Opcode.PING, payload: Buffer.from('hello') },
        { opcode: Opcode.PING, payload: Buffer.alloc(0) },
        { opcode: Opcode.CONTINUATION, payload: Buffer.from('two') },
        { opcode: Opcode.CLOSE, payload: Buffer.alloc(0) },
        { opcode: Opcode.BINARY, payload: Buffer.from('lost') },
      ].map(fromClient),
    );
    for (const size of [1, 3, 1000])
      expect(read(cut(text, [size]))).toEqual({ payload: 'one two', events: ['ping hello', 'ping ', 'close'] });
  });

  const broken = (
    change: (frame: Buffer) => void,
    frame: Frame = { opcode: Opcode.BINARY, payload: Buffer.from('x') },
  ) => {
    const bytes = fromClient(frame);
    change(bytes);
    return bytes;
  };
  const set = (at: number, value: number) => (bytes: Buffer) => bytes.writeUInt8(value, at);

  test.each<[string, Buffer]>([
    ['is not masked', broken(set(1, 1))],
    ['has reserved bits', broken(set(0, 0xc2))],
    ['has an unknown opcode', broken(set(0, 0x83))],
    ['has an unknown control opcode', broken(set(0, 0x8b))],
    ['continues nothing', broken(set(0, 0x80))],
    ['is a fragmented ping', broken(set(0, 0x09))],
    ['is a long ping', fromClient({ opcode: Opcode.PING, payload: Buffer.alloc(126) })],
    ['is longer than numbers go', Buffer.from([0x82, 0xff, 255, 255, 255, 255, 255, 255, 255, 255, 1, 2, 3, 4])],
  ])('are refused when one %s', (_, bytes) => {
    expect(() => read([bytes])).toThrow(expect.objectContaining({ name: 'FrameError' }));
  });
});

test('a close frame carries its code', () => {
  expect([...closeFrame(1000)]).toEqual([0x88, 2, 0x03, 0xe8]);
});
