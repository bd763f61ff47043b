import { type ClientHttp2Stream, constants, type IncomingHttpHeaders } from 'node:http2';
import type { Readable } from 'node:stream';
import { type Exchange, FailureError, type ResponseHandler, type ResponseHead } from '../connection.js';
import { responseHead } from './headers.js';
import type { OpenedStream } from './streams.js';

/** Bytes that are handed on at once, even if more came in the same turn. */
const PIECE_BYTES = 64 * 1024;

/**
 * One HTTP request over a stream of HTTP/2. Either side is read only as fast as the other takes it.
 *
 * Node tells of a head, of each piece of a body (frames and TLS records are 16 KiB and do not begin together, so every
 * other piece has a few bytes) and of the end one by one, and whatever is handed on is a write to the client. So what
 * comes in one turn of the event loop is handed on as one, at the turn's end.
 */
export class HttpExchange implements Exchange {
  private stream: ClientHttp2Stream | undefined;
  private headSeen = false;
  private trailers: readonly string[] = [];
  /** What came and was not handed on yet: this head, and these pieces. */
  private head: ResponseHead | undefined;
  private pieces: Buffer[] = [];
  private pieceBytes = 0;
  /** The end of this turn hands on. */
  private waiting = false;
  private over = false;

  constructor(
    private readonly body: Readable | null,
    private readonly handler: ResponseHandler,
  ) {}

  /** @param open opens the stream, or throws a {@link FailureError} */
  start(open: () => OpenedStream): void {
    let opened: OpenedStream;
    try {
      opened = open();
    } catch (error) {
      if (!(error instanceof FailureError)) throw error;
      queueMicrotask(() => {
        if (this.over) return;
        this.over = true;
        this.handler.fail(error.failure);
      });
      return;
    }
    const { stream } = opened;
    this.stream = stream;
    stream.on('response', (headers) => this.responded(headers));
    // Before the head: a stream that nobody reads is told of its bytes only a turn later.
    stream.on('data', (chunk: Buffer) => this.receive(chunk));
    stream.on('end', () => this.ended());
    // Node gives the raw list as well, whose names are told apart as they were sent.
    stream.on('trailers', (_fields: object, _flags: number, ...more: unknown[]) => {
      const [raw] = more;
      if (Array.isArray(raw)) this.trailers = raw as string[];
    });
    stream.on('close', () => this.closed(opened));
    this.sendBody(stream);
  }

  private sendBody(stream: ClientHttp2Stream): void {
    const { body } = this;
    if (!body) return;
    body.on('data', (chunk: Buffer) => {
      if (!stream.closed && !stream.write(chunk)) body.pause();
    });
    stream.on('drain', () => body.resume());
    body.on('end', () => stream.end());
    body.on('close', () => {
      if (!body.readableEnded) this.abort();
    });
    body.on('error', () => this.abort());
  }

  private responded(headers: IncomingHttpHeaders): void {
    if (this.over) return;
    this.headSeen = true;
    this.head = responseHead(headers);
    this.handOnLater();
  }

  private receive(chunk: Buffer): void {
    if (this.over) return;
    this.pieces.push(chunk);
    this.pieceBytes += chunk.length;
    // When much comes in one read, Node tells of a body's first bytes before it tells of the head.
    if (!this.headSeen) return;
    if (this.pieceBytes >= PIECE_BYTES) this.handOn();
    else this.handOnLater();
  }

  private handOnLater(): void {
    if (this.waiting) return;
    this.waiting = true;
    setImmediate(endOfTurn, this);
  }

  /** @internal */
  endOfTurn(): void {
    this.waiting = false;
    this.handOn();
  }

  private handOn(): void {
    const { head } = this;
    if (head && !this.over) {
      this.head = undefined;
      this.handler.head(head);
    }
    const { pieces, pieceBytes } = this;
    if (pieceBytes === 0 || this.over) return;
    this.pieces = [];
    this.pieceBytes = 0;
    const [only] = pieces;
    const whole = pieces.length === 1 && only ? only : Buffer.concat(pieces, pieceBytes);
    if (!this.handler.data(whole)) this.stream?.pause();
  }

  resume(): void {
    this.stream?.resume();
  }

  private ended(): void {
    // What was reset ends as well, and then it was not whole.
    if (!this.headSeen || this.stream?.rstCode || this.stream?.aborted) return;
    this.handOn();
    if (this.over) return;
    this.over = true;
    // The answer is whole; what is left of the request's body is of no use to anybody.
    if (this.body && !this.body.readableEnded) this.stream?.close(constants.NGHTTP2_NO_ERROR);
    this.handler.end(this.trailers);
  }

  private closed(opened: OpenedStream): void {
    if (this.headSeen) this.handOn();
    if (this.over) return;
    this.over = true;
    this.handler.fail(opened.failure());
  }

  abort(): void {
    if (this.over) return;
    this.over = true;
    this.pieces = [];
    this.stream?.close(constants.NGHTTP2_CANCEL);
  }
}

function endOfTurn(exchange: HttpExchange): void {
  exchange.endOfTurn();
}
