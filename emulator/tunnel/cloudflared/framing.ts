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
 * because decoders allocate by what the table says. What has begun is kept as one buffer that grows with what comes: a
 * message that comes byte by byte takes no more than one that comes at once.
 */
export class MessageReader {
  /** What came of a message that is not whole, with room for more. */
  private held = Buffer.alloc(0);
  private length = 0;

  /**
   * Takes what came and gives the messages that are whole with it, each with its table. To be read to its end.
   *
   * @throws FramingError: the stream cannot be read any further
   */
  *take(chunk: Buffer): Generator<Buffer> {
    const all = this.length === 0 ? chunk : this.joined(chunk);
    let at = 0;
    for (;;) {
      const rest = all.subarray(at);
      const bytes = measure(rest);
      if (bytes === undefined || rest.length < bytes) break;
      at += bytes;
      yield rest.subarray(0, bytes);
    }
    // What was given may still be read: it is not written over.
    if (at > 0 || this.length === 0) this.hold(all.subarray(at));
  }

  private joined(chunk: Buffer): Buffer {
    const length = this.length + chunk.length;
    if (length > this.held.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(length, 2 * this.held.length));
      this.held.copy(larger, 0, 0, this.length);
      this.held = larger;
    }
    chunk.copy(this.held, this.length);
    this.length = length;
    return this.held.subarray(0, length);
  }

  /** A copy: what came is a piece of a larger buffer, which is not kept for it. */
  private hold(rest: Buffer): void {
    this.held = Buffer.from(rest);
    this.length = rest.length;
  }
}

/** Bytes of the message that begins here, its table included; undefined while that is not whole. */
function measure(begun: Buffer): number | undefined {
  if (begun.length < 4) return undefined;
  const segments = begun.readUInt32LE(0) + 1;
  if (segments > MAX_SEGMENTS)
    throw new FramingError(`a message announces ${segments} segments, of at most ${MAX_SEGMENTS}`);
  const table = Math.ceil((4 + 4 * segments) / WORD) * WORD;
  if (begun.length < table) return undefined;
  let bytes = table;
  for (let segment = 0; segment < segments; segment++) bytes += begun.readUInt32LE(4 + 4 * segment) * WORD;
  if (bytes > MAX_MESSAGE_BYTES)
    throw new FramingError(`a message announces ${bytes} bytes, of at most ${MAX_MESSAGE_BYTES}`);
  if (bytes === table) throw new FramingError('a message without content');
  return bytes;
}
