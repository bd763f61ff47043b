import { MAX_QUERY } from './message.js';

/** Takes a TCP stream apart: each message has its length before it, in two bytes (RFC 1035 4.2.2). */
export class MessageSplitter {
  private rest: Buffer = Buffer.alloc(0);

  /** The messages that are whole now; undefined, as the last: what comes next cannot be a query. */
  *push(chunk: Buffer): Generator<Buffer | undefined> {
    const bytes = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    let at = 0;
    while (bytes.length - at >= 2) {
      const length = bytes.readUInt16BE(at);
      if (length > MAX_QUERY) {
        yield undefined;
        return;
      }
      if (bytes.length - at - 2 < length) break;
      yield bytes.subarray(at + 2, at + 2 + length);
      at += 2 + length;
    }
    this.rest = Buffer.from(bytes.subarray(at));
  }
}
