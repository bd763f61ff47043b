/**
 * Cap'n Proto in a hundred lines, written from the encoding's specification: the tests' own, so that the edge's
 * decoder is not checked against itself. One segment out; any number in.
 */

/** What a pointer leads to. */
export type Node =
  | { readonly kind: 'struct'; readonly data: Buffer; readonly pointers: readonly Node[] }
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'null' };

export const NULL: Node = { kind: 'null' };

/** `data` is padded to words. */
export function struct(data: Buffer, ...pointers: Node[]): Node {
  const padded = Buffer.alloc(Math.ceil(data.length / 8) * 8);
  data.copy(padded);
  return { kind: 'struct', data: padded, pointers };
}

export function bytes(data: Buffer): Node {
  return { kind: 'bytes', bytes: data };
}

export function text(value: string): Node {
  return { kind: 'bytes', bytes: Buffer.from(`${value}\0`) };
}

/** A message with its segment table. */
export function message(root: Node): Buffer {
  const words: Buffer[] = [Buffer.alloc(8)];
  place(words, 0, root);
  const segment = Buffer.concat(words);
  return Buffer.concat([segmentTable(segment.length / 8), segment]);
}

export function segmentTable(...words: number[]): Buffer {
  const table = Buffer.alloc(Math.ceil((4 + 4 * words.length) / 8) * 8);
  table.writeUInt32LE(words.length - 1, 0);
  for (const [index, size] of words.entries()) table.writeUInt32LE(size, 4 + 4 * index);
  return table;
}

/** Puts what `node` says behind everything there is, and a pointer to it at word `at`. */
function place(words: Buffer[], at: number, node: Node): void {
  if (node.kind === 'null') return;
  const start = words.length;
  const pointer = words[at] as Buffer;
  const offset = start - at - 1;
  if (node.kind === 'bytes') {
    pointer.writeUInt32LE(((offset << 2) | 1) >>> 0, 0);
    pointer.writeUInt32LE(((node.bytes.length << 3) | 2) >>> 0, 4);
    const padded = Buffer.alloc(Math.ceil(node.bytes.length / 8) * 8);
    node.bytes.copy(padded);
    for (let i = 0; i < padded.length; i += 8) words.push(padded.subarray(i, i + 8));
    return;
  }
  pointer.writeUInt32LE((offset << 2) >>> 0, 0);
  pointer.writeUInt16LE(node.data.length / 8, 4);
  pointer.writeUInt16LE(node.pointers.length, 6);
  for (let i = 0; i < node.data.length; i += 8) words.push(node.data.subarray(i, i + 8));
  const first = words.length;
  for (let i = 0; i < node.pointers.length; i++) words.push(Buffer.alloc(8));
  for (const [index, each] of node.pointers.entries()) place(words, first + index, each);
}

/** A struct as it was received. */
export interface Received {
  readonly data: Buffer;
  /** The struct that pointer leads to. */
  struct(pointer: number): Received;
  bytes(pointer: number): Buffer;
  text(pointer: number): string;
  /** The first struct of a list of structs. */
  first(pointer: number): Received;
  /** The eight bytes of the pointer itself. */
  raw(pointer: number): Buffer;
}

/** Reads a message with its segment table. */
export function read(message: Buffer): Received {
  const count = message.readUInt32LE(0) + 1;
  let at = Math.ceil((4 + 4 * count) / 8) * 8;
  const segments = Array.from({ length: count }, (_, index) => {
    const length = message.readUInt32LE(4 + 4 * index) * 8;
    at += length;
    return message.subarray(at - length, at);
  });
  return structAt(segments, 0, 0);
}

/** Follows far pointers of the short kind: segment, and where in it the real pointer stands. */
function resolve(segments: Buffer[], segment: number, at: number): { segment: number; at: number; pointer: Buffer } {
  const pointer = (segments[segment] as Buffer).subarray(at, at + 8);
  if ((pointer.readUInt8(0) & 7) !== 2) return { segment, at, pointer };
  return resolve(segments, pointer.readUInt32LE(4), (pointer.readUInt32LE(0) >>> 3) * 8);
}

function structAt(segments: Buffer[], segment: number, at: number): Received {
  const found = resolve(segments, segment, at);
  const start = found.at + 8 + (found.pointer.readInt32LE(0) >> 2) * 8;
  return received(segments, found.segment, start, found.pointer.readUInt16LE(4), found.pointer.readUInt16LE(6));
}

function received(segments: Buffer[], segment: number, start: number, dataWords: number, pointers: number): Received {
  const home = segments[segment] as Buffer;
  const pointerAt = (index: number): number => {
    if (index >= pointers) throw new Error(`the struct has ${pointers} pointers, and ${index} was asked for`);
    return start + dataWords * 8 + index * 8;
  };
  const list = (index: number) => {
    const found = resolve(segments, segment, pointerAt(index));
    const begin = found.at + 8 + (found.pointer.readInt32LE(0) >> 2) * 8;
    return { segment: found.segment, begin, length: found.pointer.readUInt32LE(4) >>> 3 };
  };
  const bytesOf = (index: number): Buffer => {
    const { segment: where, begin, length } = list(index);
    return (segments[where] as Buffer).subarray(begin, begin + length);
  };
  return {
    data: home.subarray(start, start + dataWords * 8),
    struct: (index) => structAt(segments, segment, pointerAt(index)),
    bytes: bytesOf,
    text: (index) => bytesOf(index).toString('utf8').replace(/\0$/, ''),
    first: (index) => {
      const { segment: where, begin } = list(index);
      const tag = (segments[where] as Buffer).subarray(begin, begin + 8);
      return received(segments, where, begin + 8, tag.readUInt16LE(4), tag.readUInt16LE(6));
    },
    raw: (index) => home.subarray(pointerAt(index), pointerAt(index) + 8),
  };
}
