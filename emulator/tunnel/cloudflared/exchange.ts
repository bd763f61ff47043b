import { type ClientHttp2Stream, constants, type IncomingHttpHeaders } from 'node:http2';
import type { Readable } from 'node:stream';
import { type Exchange, FailureError, type ResponseHandler, type ResponseHead } from '../connection.js';
import { responseHead } from './headers.js';
import type { OpenedStream } from './streams.js';

/** Bytes of a body that wait for the end of the turn in which the head came. */
const MAX_BEGINNING = 64 * 1024;

/**
 * One HTTP request over a stream of HTTP/2. Either side is read only as fast as the other takes it.
 *
 * Node tells of a head, of its body's beginning and of the end one by one, and each would be a write of its own to the
 * client. So what comes in one turn of the event loop with the head is handed on as one, at the turn's end or with the
 * body's. What comes later is not: large bodies cost less as they come (bench/README.md).
 */
export class HttpExchange implements Exchange {
  private stream: ClientHttp2Stream | undefined;
  private trailers: readonly string[] = [];
  /** The head that was not handed on yet, and what came of the body before it was. */
  private head: ResponseHead | undefined;
  private beginning: Buffer[] = [];
  private beginningBytes = 0;
  /** The head was handed on, and so is whatever comes. */
  private flowing = false;
  private over = false;

  constructor(
    private readonly body: Readable | null,
    private readonly handler: ResponseHandler,
    /** What a 502 means that the connector answers by itself. */
    private readonly unreachable: () => string,
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
    if (this.over || this.head || this.flowing) return;
    const head = responseHead(headers);
    this.head = head.status === 502 && head.source === 'connector' ? { ...head, detail: this.unreachable() } : head;
    setImmediate(handOn, this);
  }

  private receive(chunk: Buffer): void {
    if (this.over) return;
    if (this.flowing) {
      this.pass(chunk);
      return;
    }
    // When much comes in one read, Node tells of a body's first bytes before it tells of the head.
    this.beginning.push(chunk);
    this.beginningBytes += chunk.length;
    if (this.beginningBytes >= MAX_BEGINNING) this.handOn();
  }

  /** @internal The turn is over, or too much came in it. */
  handOn(): void {
    const { head } = this;
    if (!head || this.over) return;
    this.head = undefined;
    this.flowing = true;
    this.handler.head(head);
    const { beginning, beginningBytes } = this;
    this.beginning = [];
    if (beginningBytes > 0 && !this.over) this.pass(joined(beginning, beginningBytes));
  }

  private pass(chunk: Buffer): void {
    if (!this.handler.data(chunk)) this.stream?.pause();
  }

  resume(): void {
    this.stream?.resume();
  }

  private ended(): void {
    // What was reset ends as well, and then it was not whole.
    if (this.stream?.rstCode || this.stream?.aborted) return;
    this.handOn();
    if (this.over || !this.flowing) return;
    this.over = true;
    // The answer is whole; what is left of the request's body is of no use to anybody.
    if (this.body && !this.body.readableEnded) this.stream?.close(constants.NGHTTP2_NO_ERROR);
    this.handler.end(this.trailers);
  }

  private closed(opened: OpenedStream): void {
    this.handOn();
    if (this.over) return;
    this.over = true;
    this.handler.fail(opened.failure());
  }

  abort(): void {
    if (this.over) return;
    this.over = true;
    this.beginning = [];
    this.stream?.close(constants.NGHTTP2_CANCEL);
  }
}

function handOn(exchange: HttpExchange): void {
  exchange.handOn();
}

function joined(pieces: readonly Buffer[], bytes: number): Buffer {
  const [only] = pieces;
  return pieces.length === 1 && only ? only : Buffer.concat(pieces, bytes);
}
