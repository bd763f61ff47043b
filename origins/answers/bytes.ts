import { type Answer, readNumber } from '../answer.js';

const MOST_BYTES = 16 * 1024 ** 3;
/** The pattern repeats after this many bytes; also the largest and default size of one write. */
export const PATTERN_LENGTH = 64 * 1024;

/** The byte at an offset of every `/bytes` answer: varied enough that lost, doubled or swapped pieces show. */
export function patternByte(offset: number): number {
  const position = offset % PATTERN_LENGTH;
  return (position * 31 + (position >> 8) * 17) & 0xff;
}

/** Two periods long, so that a piece may start anywhere. Made once: every answer writes from it and none copies it. */
let pattern: Buffer | undefined;

function patternBuffer(): Buffer {
  pattern ??= Buffer.from(Uint8Array.from({ length: 2 * PATTERN_LENGTH }, (_, offset) => patternByte(offset)));
  return pattern;
}

/** `/bytes/1000000?chunk=65536`: that many bytes, written in pieces of that size as fast as they are taken. */
export const bytes: Answer = (_origin, request, response, target) => {
  const length = readNumber('the number of bytes', target.rest, 0, MOST_BYTES);
  const chunk = readNumber('chunk', target.query.get('chunk') ?? String(PATTERN_LENGTH), 1, PATTERN_LENGTH);
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': length });
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  const buffer = patternBuffer();
  const whole = buffer.subarray(0, PATTERN_LENGTH);
  let offset = 0;
  const write = (): void => {
    while (offset < length) {
      if (response.destroyed) return;
      const size = Math.min(chunk, length - offset);
      const start = offset % PATTERN_LENGTH;
      offset += size;
      const piece = start === 0 && size === PATTERN_LENGTH ? whole : buffer.subarray(start, start + size);
      if (!response.write(piece)) {
        if (offset < length) return;
        break;
      }
    }
    response.off('drain', write);
    response.end();
  };
  response.on('drain', write);
  write();
};
