import { Readable } from 'node:stream';

/** Bytes of a request's body that are kept to be sent again (docs/reference/load-balancing.md 14.24). */
export const REPLAY_LIMIT = 1024 * 1024;

/**
 * A request's body that can be read again from its beginning, as long as what was read of it fits the limit.
 * Nothing is taken from the client before somebody reads.
 */
export class ReplayBody {
  private kept: Buffer[] | undefined = [];
  private keptBytes = 0;
  private started = false;
  private ended = false;
  private failure: Error | undefined;
  private reader: BodyReader | undefined;
  /** Bytes taken from the client. */
  bytes = 0;

  /**
   * @param onStart called when the first reader wants the first bytes: the moment for `100 Continue`
   * @param onProgress called for each piece that the client sent
   */
  constructor(
    private readonly source: Readable,
    private readonly onStart: () => void,
    private readonly onProgress: (chunk: Buffer) => void = () => undefined,
    private readonly limit = REPLAY_LIMIT,
  ) {}

  /** Whether {@link open} can give the whole body (again). */
  get replayable(): boolean {
    return this.kept !== undefined && this.failure === undefined;
  }

  /** Whether the client sent it to its end. */
  get whole(): boolean {
    return this.ended;
  }

  /** The body from its beginning. Whoever read it before gets nothing more. */
  open(): Readable {
    if (!this.kept) throw new Error('the body was read past what is kept of it');
    if (this.reader) this.reader.detach();
    const reader = new BodyReader(this);
    this.reader = reader;
    for (const chunk of this.kept) reader.push(chunk);
    if (this.failure) reader.destroy(this.failure);
    else if (this.ended) reader.push(null);
    return reader;
  }

  /** @internal The reader has room. */
  pull(reader: BodyReader): void {
    if (reader !== this.reader || this.ended) return;
    if (this.started) {
      this.source.resume();
      return;
    }
    this.started = true;
    this.onStart();
    this.source.on('data', (chunk: Buffer) => this.take(chunk));
    this.source.on('end', () => {
      this.ended = true;
      this.reader?.push(null);
    });
    this.source.on('error', (error) => this.fail(error));
    this.source.on('close', () => {
      if (!this.ended) this.fail(new Error('the client closed before its body was whole'));
    });
  }

  private take(chunk: Buffer): void {
    this.bytes += chunk.length;
    this.onProgress(chunk);
    if (this.kept) {
      this.keptBytes += chunk.length;
      if (this.keptBytes > this.limit) this.kept = undefined;
      else this.kept.push(chunk);
    }
    if (this.reader?.push(chunk) === false) this.source.pause();
  }

  private fail(error: Error): void {
    if (this.failure) return;
    this.failure = error;
    this.reader?.destroy(error);
  }

  /** Nobody will read any more: frees what is kept. */
  release(): void {
    this.kept = undefined;
    this.reader?.detach();
    this.reader = undefined;
  }
}

class BodyReader extends Readable {
  private owner: ReplayBody | undefined;

  constructor(owner: ReplayBody) {
    super();
    this.owner = owner;
    // Destroyed by the client's end as well; whoever reads hears of it by 'close'.
    this.on('error', () => undefined);
  }

  detach(): void {
    this.owner = undefined;
    this.destroy();
  }

  override _read(): void {
    this.owner?.pull(this);
  }
}
