/** A message or segment table that is not read any further. */
export class FramingError extends Error {
  override readonly name = 'FramingError';
}

/** Segments of one message: cloudflared sends one or two; a table that announces 2^32 must cost nothing. */
export const MAX_SEGMENTS = 64;
/** Bytes of one message with its table: a local configuration is the largest thing that is sent. */
export const MAX_MESSAGE_BYTES = 1024 * 1024;

const WORD = 8;

/**
 * Cuts a byte stream into Cap'n Proto messages: segment count less one, sizes in words, padding, segments, all little
 * endian (docs/reference/cloudflared-wire.md 3). Count and size are checked before anything is kept or decoded,
 * because decoders allocate by what the table says.
 */
export class MessageReader {
  private chunks: Buffer[] = [];
  private length = 0;
  /** Bytes of the message that has begun, its table included; 0: not known yet. */
  private wanted = 0;

  /**
   * Takes what came and gives the messages that are whole with it, each with its table.
   *
   * @throws FramingError: the stream cannot be read any further
   */
  *take(chunk: Buffer): Generator<Buffer> {
    if (chunk.length > 0) {
      this.chunks.push(chunk);
      this.length += chunk.length;
    }
    while (this.wanted !== 0 || this.measure()) {
      if (this.length < this.wanted) return;
      const all = this.joined();
      const message = all.subarray(0, this.wanted);
      this.keep(all.subarray(this.wanted));
      this.wanted = 0;
      yield message;
    }
  }

  /** Reads the table, once it is whole. */
  private measure(): boolean {
    if (this.length < 4) return false;
    const head = this.joined();
    const segments = head.readUInt32LE(0) + 1;
    if (segments > MAX_SEGMENTS)
      throw new FramingError(`a message announces ${segments} segments, of at most ${MAX_SEGMENTS}`);
    const table = Math.ceil((4 + 4 * segments) / WORD) * WORD;
    if (head.length < table) return false;
    let bytes = table;
    for (let segment = 0; segment < segments; segment++) bytes += head.readUInt32LE(4 + 4 * segment) * WORD;
    if (bytes > MAX_MESSAGE_BYTES)
      throw new FramingError(`a message announces ${bytes} bytes, of at most ${MAX_MESSAGE_BYTES}`);
    if (bytes === table) throw new FramingError('a message without content');
    this.wanted = bytes;
    return true;
  }

  private joined(): Buffer {
    const [only] = this.chunks;
    if (this.chunks.length === 1 && only) return only;
    const all = Buffer.concat(this.chunks, this.length);
    this.keep(all);
    return all;
  }

  private keep(rest: Buffer): void {
    this.chunks = rest.length === 0 ? [] : [rest];
    this.length = rest.length;
  }
}
