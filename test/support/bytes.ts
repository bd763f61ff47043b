import { createHash } from 'node:crypto';
import { PATTERN_LENGTH, patternByte } from '../../origins/answers/bytes.js';

/** What the sample origin's `/bytes` repeats: varied enough that lost, doubled or swapped pieces show. */
export const PIECE: Buffer = Buffer.from(
  Uint8Array.from({ length: PATTERN_LENGTH }, (_, offset) => patternByte(offset)),
);

const nothing = (): void => undefined;

/** Bodies of any length, a piece at a time. `sent` hears of each with the bytes so far. */
export function* pattern(length: number, sent: (bytes: number) => void = nothing): Generator<Buffer> {
  for (let at = 0; at < length; at += PIECE.length) {
    sent(at);
    yield PIECE.subarray(0, Math.min(PIECE.length, length - at));
  }
}

/** How long a body was, and what was in it. */
export interface Digest {
  readonly bytes: number;
  readonly sha256: string;
}

/** Reads a body to its end and keeps nothing of it. `received` hears of each piece with the bytes so far. */
export async function digestOf(
  body: AsyncIterable<Buffer> | Iterable<Buffer>,
  received: (bytes: number) => void = nothing,
): Promise<Digest> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of body) {
    hash.update(chunk);
    bytes += chunk.length;
    received(bytes);
  }
  return { bytes, sha256: hash.digest('hex') };
}
