/** Opcodes of RFC 6455 section 5.2. */
export const Opcode = { CONTINUATION: 0, TEXT: 1, BINARY: 2, CLOSE: 8, PING: 9, PONG: 10 } as const;

/** Status codes of a closing handshake (RFC 6455 section 7.4.1). */
export const CloseCode = { NORMAL: 1000, PROTOCOL_ERROR: 1002 } as const;

export interface FrameEvents {
  /** A piece of a message, in order. Where messages begin and end means nothing to a byte stream. */
  payload(chunk: Buffer): void;
  ping(payload: Buffer): void;
  close(): void;
}

/** The client does not speak WebSocket as RFC 6455 has it. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

const MAX_CONTROL = 125;

/** Reads a client's frames as they come: pieces of payload are passed on at once, never collected. */
export class FrameReader {
  private header = Buffer.alloc(0);
  private inside = false;
  private opcode = 0;
  private mask = Buffer.alloc(4);
  private position = 0;
  private left = 0;
  private control: Buffer[] = [];
  private fragmented = false;
  private closed = false;

  constructor(private readonly events: FrameEvents) {}

  /**
   * Unmasks in place. What follows a close frame is not looked at.
   *
   * @throws FrameError
   */
  read(chunk: Buffer): void {
    let rest = chunk;
    while (!this.closed && (rest.length > 0 || (this.inside && this.left === 0))) {
      if (!this.inside) rest = this.readHeader(rest);
      else rest = this.readPayload(rest);
    }
  }

  private readHeader(chunk: Buffer): Buffer {
    const before = this.header.length;
    this.header = Buffer.concat([this.header, chunk.subarray(0, 14 - before)]);
    const length = headerLength(this.header);
    if (length === undefined || this.header.length < length) return chunk.subarray(this.header.length - before);
    this.begin(this.header.subarray(0, length));
    this.header = Buffer.alloc(0);
    return chunk.subarray(length - before);
  }

  private begin(header: Buffer): void {
    const [first = 0, second = 0] = header;
    const final = (first & 0x80) !== 0;
    const opcode = first & 0x0f;
    if ((first & 0x70) !== 0) throw new FrameError('reserved bits are set');
    if ((second & 0x80) === 0) throw new FrameError('a frame is not masked');
    const short = second & 0x7f;
    const length = short < 126 ? short : short === 126 ? header.readUInt16BE(2) : Number(header.readBigUInt64BE(2));
    if (!Number.isSafeInteger(length)) throw new FrameError('a frame is too long');
    if (opcode >= Opcode.CLOSE) {
      if (opcode > Opcode.PONG) throw new FrameError(`there is no opcode ${opcode}`);
      if (!final || length > MAX_CONTROL) throw new FrameError('a control frame is too long or fragmented');
    } else {
      if (opcode > Opcode.BINARY) throw new FrameError(`there is no opcode ${opcode}`);
      if ((opcode === Opcode.CONTINUATION) !== this.fragmented) throw new FrameError('fragments are out of order');
      this.fragmented = !final;
    }
    this.opcode = opcode;
    this.mask = Buffer.from(header.subarray(-4));
    this.position = 0;
    this.left = length;
    this.inside = true;
  }

  private readPayload(chunk: Buffer): Buffer {
    const part = chunk.subarray(0, this.left);
    for (let at = 0; at < part.length; at++)
      part[at] = (part[at] as number) ^ (this.mask[this.position++ & 3] as number);
    this.left -= part.length;
    if (this.opcode < Opcode.CLOSE) {
      if (part.length > 0) this.events.payload(part);
    } else this.control.push(part);
    if (this.left === 0) this.finish();
    return chunk.subarray(part.length);
  }

  private finish(): void {
    this.inside = false;
    if (this.opcode < Opcode.CLOSE) return;
    const payload = Buffer.concat(this.control);
    this.control = [];
    if (this.opcode === Opcode.PING) this.events.ping(payload);
    if (this.opcode !== Opcode.CLOSE) return;
    this.closed = true;
    this.events.close();
  }
}

/** Bytes of a header, once enough of it is there to tell. */
function headerLength(header: Buffer): number | undefined {
  const second = header[1];
  if (second === undefined) return undefined;
  const short = second & 0x7f;
  return 2 + (short === 126 ? 2 : short === 127 ? 8 : 0) + ((second & 0x80) === 0 ? 0 : 4);
}

/** What comes before a payload in a frame from the server: whole messages, unmasked. */
export function frameHeader(opcode: number, length: number): Buffer {
  if (length < 126) return Buffer.from([0x80 | opcode, length]);
  if (length <= 0xffff) {
    const header = Buffer.from([0x80 | opcode, 126, 0, 0]);
    header.writeUInt16BE(length, 2);
    return header;
  }
  const header = Buffer.alloc(10);
  header[0] = 0x80 | opcode;
  header[1] = 127;
  header.writeBigUInt64BE(BigInt(length), 2);
  return header;
}

export function closeFrame(code: number): Buffer {
  const frame = Buffer.from([0x80 | Opcode.CLOSE, 2, 0, 0]);
  frame.writeUInt16BE(code, 2);
  return frame;
}
