import type { Readable } from 'node:stream';

/** What a program writes to one of its streams, to be waited for piece by piece. */
export class Said {
  /** Everything so far. */
  text = '';
  private read = 0;
  private ended = false;
  private onMore: (() => void)[] = [];

  constructor(
    stream: Readable,
    private readonly name: string,
  ) {
    stream.setEncoding('utf8').on('data', (piece: string) => {
      this.text += piece;
      this.more();
    });
    stream.on('close', () => {
      this.ended = true;
      this.more();
    });
  }

  /** Resolves with the next match, behind the one of the call before; rejects when the program ends without. */
  async next(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.text.slice(this.read));
      if (match) {
        this.read += match.index + match[0].length;
        return match;
      }
      if (this.ended) throw new Error(`${this.name} ended without ${pattern}; it wrote:\n${this.text}`);
      await new Promise<void>((resolve) => this.onMore.push(resolve));
    }
  }

  private more(): void {
    for (const resolve of this.onMore.splice(0)) resolve();
  }
}
