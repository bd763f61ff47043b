import type { Duplex } from 'node:stream';
import type { Opened } from '../../reach/reach.js';
import {
  type Exchange,
  type Failure,
  FailureError,
  type ResponseHandler,
  type ResponseHead,
} from '../../tunnel/connection.js';
import { TunnelDuplex } from '../../tunnel/tunnel-duplex.js';

export interface Cut {
  /** Bytes that still come. What is no longer than that is not cut. */
  readonly after: number;
  /** `reset`: it breaks. `truncated`: it ends properly, but too early. */
  readonly how: 'reset' | 'truncated';
  /** Whether heads are the origin's own, with its framing: a connector has taken that off. */
  readonly framed: boolean;
  /** One sentence for people. */
  readonly detail: string;
}

/** A way on which only the beginning of each answer comes. Streams are cut after so many bytes of what they bring. */
export function cutting(opened: Opened, cut: Cut): Opened {
  const { switching } = opened;
  return {
    ...opened,
    request: (head, body, handler) => {
      const response = new CutResponse(handler, cut);
      response.exchange = opened.request(head, body, response);
      return response;
    },
    switching:
      switching.by === 'connector'
        ? {
            by: 'connector',
            upgrade: async (head, signal) => {
              const result = await switching.upgrade(head, signal);
              return result.accepted ? { ...result, stream: new CutDuplex(result.stream, cut) } : result;
            },
          }
        : { by: 'edge', connect: async (signal) => new CutDuplex(await switching.connect(signal), cut) },
  };
}

/** Between an answer and whoever waits for it. */
class CutResponse implements ResponseHandler, Exchange {
  exchange: Exchange | undefined;
  private left: number;
  private over = false;
  private givenUp = false;
  /** A length, or chunks, say where the body ends; otherwise its end is that of the connection. */
  private delimited = false;

  constructor(
    private readonly handler: ResponseHandler,
    private readonly cut: Cut,
  ) {
    this.left = cut.after;
  }

  head(head: ResponseHead): void {
    this.delimited = !this.cut.framed || isDelimited(head.headers);
    this.handler.head(head);
  }

  data(chunk: Buffer): boolean {
    if (this.over) return true;
    const passing = chunk.subarray(0, this.left);
    const flows = passing.length === 0 || this.handler.data(passing);
    this.left -= passing.length;
    if (passing.length < chunk.length) this.break();
    return flows;
  }

  private break(): void {
    // What came before may have made the receiver give up.
    if (this.over) return;
    this.over = true;
    this.exchange?.abort();
    // What did come goes on its way first: the client gets that much.
    setImmediate(() => {
      if (!this.givenUp) this.tell();
    });
  }

  private tell(): void {
    const { how, detail } = this.cut;
    if (how === 'truncated' && !this.delimited) this.handler.end([]);
    else this.handler.fail({ kind: how === 'reset' ? 'reset' : 'invalid_response', detail, unsent: false });
  }

  end(trailers: readonly string[]): void {
    if (this.over) return;
    this.over = true;
    this.handler.end(trailers);
  }

  fail(failure: Failure): void {
    if (this.over) return;
    this.over = true;
    this.handler.fail(failure);
  }

  resume(): void {
    this.exchange?.resume();
  }

  abort(): void {
    this.givenUp = true;
    if (this.over) return;
    this.over = true;
    this.exchange?.abort();
  }
}

function isDelimited(headers: readonly string[]): boolean {
  for (let i = 0; i < headers.length; i += 2) {
    const name = (headers[i] as string).toLowerCase();
    if (name === 'content-length' || name === 'transfer-encoding') return true;
  }
  return false;
}

/** The near end of a stream of which only the beginning comes. */
class CutDuplex extends TunnelDuplex {
  private left: number;
  private ended = false;

  constructor(
    private readonly far: Duplex,
    private readonly cut: Cut,
  ) {
    super();
    this.left = cut.after;
    far.on('data', (chunk: Buffer) => this.came(chunk));
    far.on('end', () => {
      if (!this.ended) this.push(null);
      this.ended = true;
    });
    far.on('error', (error) => this.destroy(error));
    far.on('close', () => {
      if (!this.ended) this.destroy();
    });
    if (far.destroyed) this.destroy(far.errored ?? undefined);
  }

  private came(chunk: Buffer): void {
    if (this.ended) return;
    const passing = chunk.subarray(0, this.left);
    this.left -= passing.length;
    if (passing.length > 0 && !this.push(passing)) this.far.pause();
    if (passing.length === chunk.length) return;
    this.ended = true;
    const { how, detail } = this.cut;
    if (how === 'truncated') this.push(null);
    else this.destroy(new FailureError({ kind: 'reset', detail, unsent: false }));
    this.far.destroy();
  }

  override _read(): void {
    this.far.resume();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.far.write(chunk, encoding, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    if (this.far.destroyed) done();
    else this.far.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.ended = true;
    this.far.destroy();
    done(error);
  }
}
