import { StringDecoder } from 'node:string_decoder';

/** Only the first 10 KB are searched (docs/reference/load-balancing.md 2.2, 13). */
export const SEARCHED_BYTES = 10 * 1024;

/** Looks for a text, in any case, at the beginning of a body that comes in pieces. */
export class BodySearch {
  private readonly wanted: string;
  private readonly decoder = new StringDecoder('utf8');
  private text = '';
  private left = SEARCHED_BYTES;

  constructor(expected: string) {
    this.wanted = expected.toLowerCase();
  }

  /** `searching` until the text is found or the searched part is over. */
  add(chunk: Buffer): 'found' | 'absent' | 'searching' {
    const part = chunk.subarray(0, this.left);
    this.left -= part.length;
    // What was searched before can only be the beginning of a match.
    const from = Math.max(0, this.text.length - this.wanted.length);
    this.text += this.decoder.write(part).toLowerCase();
    if (this.text.includes(this.wanted, from)) return 'found';
    return this.left === 0 ? 'absent' : 'searching';
  }
}
